package forwarder

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// Settings of servers under any name, as a command line names them, or as a script writes them.
var (
	frontends    = regexp.MustCompile(`(?m)^[ \t]*(?:frontend|listen)[ \t]+\S+`)
	apacheLeads  = regexp.MustCompile(`(?mi)^[ \t]*(?:Redirect(?:Match|Permanent|Temp)?[ \t]|RewriteRule[ \t]|ProxyPass[ \t]+/)`)
	caddyLeads   = regexp.MustCompile(`(?m)^[ \t]*(?:redir|reverse_proxy)[ \t]+(?:\*[ \t]+|/\*?[ \t]+)?(https?://[^\s{"'$]+)`)
	caddyElse    = regexp.MustCompile(`(?m)^[ \t]*(?:file_server|php_fastcgi|respond|root[ \t])`)
	balances     = regexp.MustCompile(`(?i)\bredirectRegex\b|\bhost_redirect\b|envoy\.filters\.network|\bloadBalancer\b`)
	rawAnswer    = []byte("HTTP/1.")
	answersItems = regexp.MustCompile(`(?m)^[ \t]*DocumentRoot[ \t]`)
)

// settings judges settings that no name tells: by the words of each server's own, with the
// parser of its files. What they say is sure only with what starts the server.
func (j *judgement) settings(text []byte) {
	var servers []server
	switch {
	case bytes.Contains(text, []byte("default_backend")) && frontends.Match(text):
		servers = haproxy(text)
	case bytes.Contains(text, []byte("url.redirect")):
		servers = lighttpd(text)
	case balances.Match(text):
		servers = balancer(text)
	case caddyLeads.Match(text):
		if caddyElse.Match(text) {
			return
		}
		for _, m := range caddyLeads.FindAllSubmatchIndex(text, maxTargets) {
			servers = append(servers, server{offset: m[0], targets: []string{string(text[m[2]:m[3]])}, how: "leads to"})
		}
	case apacheLeads.Match(text) && !answersItems.Match(text):
		servers = apache(text)
	}
	var own []string
	for _, s := range servers {
		for _, n := range s.names {
			if r := registered(strings.TrimPrefix(strings.ToLower(n), "*.")); r != "" {
				own = append(own, r)
			}
		}
		if s.serves || s.partly {
			return
		}
	}
	for _, s := range servers {
		if len(s.targets) == 0 {
			continue
		}
		if to, sure := s.foreign(own, j.d.Registries); to != "" {
			j.add(ruleSettings, min(sure, inspect.Medium), s.offset, s.how+" "+to)
		}
	}
}

// shown judges what settings have a server answer, if that is a page: return 200 '<meta …>'.
func (j *judgement) shown() {
	if bytes.Contains(j.text, []byte("http-equiv")) || bytes.Contains(j.text, []byte("location")) && bytes.Contains(j.text, []byte("<script")) {
		j.leaves(j.text, inspect.Medium)
	}
}

// Settings of servers that few have, by what each names where all leads.
var (
	iisRedirect  = regexp.MustCompile(`(?i)<httpRedirect\b[^>]{0,200}\bdestination="(https?://[^"]+)"|<action\s+type="Redirect"[^>]{0,200}\burl="(https?://[^"]+)"`)
	sourceTarget = regexp.MustCompile(`(?:"?(?:source|from)"?\s*[:=]\s*"([^"\n]{1,80})"\s*,?\s*"?(?:destination|to)"?\s*[:=]\s*"(https?://[^"\n]+)")`)
	poundTarget  = regexp.MustCompile(`(?mi)^[ \t]*Redirect(?:[ \t]+30[1278])?[ \t]+"(https?://[^"]+)"|^[ \t]*Address[ \t]+(\S+\.[a-z]{2,18})[ \t]*$`)
	h2oTarget    = regexp.MustCompile(`(?m)^[ \t]*(?:url|redirect|proxy\.reverse\.url):[ \t]*["']?(https?://[^\s"']+)`)
	unitTarget   = regexp.MustCompile(`"(?:location|proxy)"\s*:\s*"(https?://[^"]+)"`)
	squidTarget  = regexp.MustCompile(`(?m)^[ \t]*cache_peer[ \t]+(\S+)[ \t]+parent[ \t]+\d+[ \t]+\d+[^\n]*\boriginserver\b`)
	sniTarget    = regexp.MustCompile(`(?m)^[ \t]*\.\*[ \t]+(\S+\.[a-z]{2,18})(?::\d+)?[ \t]*$`)
)

// few are those servers' forms.
var few = map[form]*regexp.Regexp{formIIS: iisRedirect, formPound: poundTarget, formH2O: h2oTarget, formUnit: unitTarget, formSquid: squidTarget, formSNI: sniTarget}

// fewer reads the settings of such a server: all that it leads to, together.
func fewer(f form, text []byte) []server {
	s := server{how: "leads to"}
	switch f {
	case formRoutes:
		for _, m := range sourceTarget.FindAllSubmatchIndex(text, maxTargets) {
			if catchAll(strings.ReplaceAll(string(text[m[2]:m[3]]), "*", ".*")) {
				s.targets = append(s.targets, string(text[m[4]:m[5]]))
			}
		}
		return []server{s}
	case formUnit:
		s.serves = bytes.Contains(text, []byte(`"share"`)) || bytes.Contains(text, []byte(`"applications"`))
	case formIIS:
		s.partly = bytes.Contains(text, []byte("aspNetCore")) || bytes.Contains(text, []byte("<conditions"))
	}
	for _, m := range few[f].FindAllSubmatchIndex(text, maxTargets) {
		if s.targets == nil {
			s.offset = m[0]
		}
		to := last(text, m)
		if before, _, ok := strings.Cut(to, "{"); ok {
			to = before
		}
		s.targets = append(s.targets, to)
	}
	return []server{s}
}
