package forwarder

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// Templates of nginx's settings, which its image fills in from the environment when it
// starts (https://hub.docker.com/_/nginx, "Using environment variables in nginx configuration").
var (
	actionTo   = regexp.MustCompile(`\b(?:return\s+(?:30[1278]\s+)?|proxy_pass\s+|rewrite\s+\^\S*\s+)(\S[^;]{0,200});`)
	toVariable = regexp.MustCompile(`^["']?(?:(?:https?|\$scheme)://)?(?:\$\{([A-Z][A-Z0-9_]{1,60})\}|__([A-Z][A-Z0-9_]{1,60}?)__|@{1,2}([A-Z][A-Z0-9_]{1,60})@{1,2}|%{1,2}([A-Z][A-Z0-9_]{1,60})%{1,2}|\{\{\s*\.?(?:Env\.)?([A-Z][A-Z0-9_]{1,60})\s*\}\})`)
	locationOf = regexp.MustCompile(`\blocation\s+([^{]{1,200})\{`)
	ownAnswer  = regexp.MustCompile(`\b(?:root|alias|try_files|fastcgi_pass|uwsgi_pass|index)\s`)
	onwardName = regexp.MustCompile(`URL|LINK|SITE|GO_?TO|JUMP|OFFER|LOCATION|REMOTE|NEXT|DST|EXIT|HREF|WHERE|(?:^|_)TO$`)
	ownName    = regexp.MustCompile(`^(?:NGINX_|VIRTUAL_|SERVER_|APP_|PUBLIC_|BASE_|SITE_|ROOT_|EXTERNAL_|CANONICAL_|SELF)`)
	leadsName  = regexp.MustCompile(`(?i)TARGET|REDIRECT|REDIR_|FORWARD|UPSTREAM|BACKEND|DEST|ORIGIN|LANDING|PROXY_(?:PASS|TO|URL)`)
)

// What other servers, scripts and small programs lead to where a variable says. The name is
// the group that took part; printf's %s stands for one that follows.
// https://httpd.apache.org/docs/2.4/configuring.html#syntax,
// https://caddyserver.com/docs/caddyfile/concepts#environment-variables,
// https://docs.haproxy.org/3.0/configuration.html#2.3
var (
	apacheVariable  = regexp.MustCompile(`(?mi)^\s*(?:Redirect(?:Match|Permanent|Temp)?\s+(?:permanent\s+|temp\s+|30[1278]\s+)?\S{1,12}|RewriteRule\s+\S{1,12}|ProxyPass\s+/)\s+"?(?:https?://)?\$\{([A-Za-z][A-Za-z0-9_]{1,60})\}`)
	caddyVariable   = regexp.MustCompile(`(?m)^\s*(?:redir|reverse_proxy)\s+(?:\*\s+|/\*?\s+)?(?:https?://)?\{(?:\$|env\.)([A-Za-z][A-Za-z0-9_]{1,60})(?::[^}\n]{0,200})?\}`)
	haproxyVariable = regexp.MustCompile(`(?m)^\s*(?:server\s+\S{1,60}|(?:http-request\s+)?redirect\s+(?:location|prefix))\s+"?(?:https?://)?\$\{?([A-Za-z][A-Za-z0-9_]{1,60})`)
	writtenVariable = regexp.MustCompile(`(?:\breturn\s+(?:30[1278]\s+)?|\bproxy_pass\s+|\brewrite\s+\^\S{0,40}\s+|\bngx\.redirect\(\s*)(?:\\*["'])?(?:(?:https?|\\*\$scheme|%s)://)?(?:\$\{?([A-Z][A-Z0-9_]{1,60})\b|%s)`)
	programVariable = regexp.MustCompile(`\b(?:process\.env\.|process\.env\[["']|os\.environ\[["']|os\.environ\.get\(["']|os\.getenv\(["']|getenv\(["']|ENV\[["']|ENV\.fetch\(["']|_ENV\[["']|_SERVER\[["']|\$ENV\{["']?|Deno\.env\.get\(["']|Bun\.env\.)([A-Z][A-Z0-9_]{1,60})`)
	shellVariable   = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]{1,60})\b`)
)

// onward reports whether a variable's name is one for the place that visitors are sent on to,
// and not for one's own.
func onward(name []byte) bool { return onwardName.Match(name) && !ownName.Match(name) }

// defaulted is a variable of a shell's with what it is if nobody says otherwise.
var defaulted = regexp.MustCompile(`\$\{[A-Za-z_]\w{0,60}:?[-=]([^}$\n]{1,300})\}`)

// defaults puts into a script what its variables are if nobody says otherwise.
func defaults(text []byte) []byte { return defaulted.ReplaceAll(text, []byte("$1")) }

// byVariable judges settings of a form whose only places to lead to are variables.
func (j *judgement) byVariable(re *regexp.Regexp) {
	if m := re.FindSubmatchIndex(j.text); m != nil && leadsName.Match(j.text[m[2]:m[3]]) {
		j.add(ruleVariable, inspect.Low, m[0], "leads to where "+string(j.text[m[2]:m[3]])+" says")
	}
}

// writesVariable judges a script that writes a server's settings which lead to where a
// variable says.
func (j *judgement) writesVariable() {
	if ownAnswer.Match(j.text) {
		return
	}
	const after = 600 // where the arguments of printf are
	for _, m := range writtenVariable.FindAllSubmatchIndex(j.text, 16) {
		names := [][]byte{nil}
		if m[2] >= 0 {
			names[0] = j.text[m[2]:m[3]]
		} else {
			names = nil
			for _, v := range shellVariable.FindAllSubmatch(j.text[m[1]:min(len(j.text), m[1]+after)], 8) {
				names = append(names, v[1])
			}
		}
		redirects := !bytes.HasPrefix(j.text[m[0]:], []byte("proxy_pass"))
		for _, name := range names {
			if leadsName.Match(name) {
				j.add(ruleVariable, inspect.Low, m[0], "leads to where "+string(name)+" says")
			}
			if redirects && onward(name) {
				j.add(ruleOnward, inspect.Low, m[0], "redirects to where "+string(name)+" says")
			}
		}
	}
}

// readsVariable judges a small program that leads everything to where a variable says.
func (j *judgement) readsVariable(code []byte) {
	if !leadsOn.Match(code) {
		return
	}
	for _, m := range programVariable.FindAllSubmatch(code, 8) {
		if leadsName.Match(m[1]) {
			j.add(ruleVariable, inspect.Low, 0, "leads to where "+string(m[1])+" says")
		}
		if onward(m[1]) {
			j.add(ruleOnward, inspect.Low, 0, "redirects to where "+string(m[1])+" says")
		}
	}
}

// variable judges settings that lead everything to where a variable of the image says.
func (j *judgement) variable(text []byte) {
	if ownAnswer.Match(text) {
		return
	}
	for _, l := range locationOf.FindAllSubmatch(text, -1) {
		if !catchAll(string(l[1])) {
			return
		}
	}
	rule, name, offset := "", "", 0
	for _, m := range actionTo.FindAllSubmatchIndex(text, -1) {
		action := text[m[2]:m[3]]
		at := toVariable.FindSubmatchIndex(action)
		if at == nil {
			return
		}
		switch to := last(action, at); {
		case leadsName.MatchString(to):
			rule, name, offset = ruleVariable, to, m[0]
		case onward([]byte(to)) && !bytes.HasPrefix(text[m[0]:], []byte("proxy_pass")):
			rule, name, offset = ruleOnward, to, m[0]
		default:
			return
		}
	}
	if name != "" {
		j.add(rule, inspect.Low, offset, "leads to where "+name+" says")
	}
}

// told notes the variables of an image that say where to lead to.
func (j *judgement) told() {
	at := 0
	for line := range strings.SplitAfterSeq(string(j.text), "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		r, ok := host.Parse(value)
		if ok && (r.Scheme == "" || strings.HasPrefix(r.Scheme, "http")) && host.Foreign(r.Host) && !host.Placeholder(r.Host) {
			if leadsName.MatchString(name) {
				j.add(ruleTarget, inspect.Low, at, name+" says "+r.Host)
			}
			if onward([]byte(name)) {
				j.add(ruleAddress, inspect.Low, at, name+" says "+r.Host)
			}
		}
		at += len(line)
	}
}
