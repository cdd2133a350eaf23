package domain

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// blocking reports whether a line keeps from a host instead of leading to it. What fetches
// does not, whatever else is on its line.
func blocking(line string) bool {
	t := strings.TrimSpace(line)
	for _, null := range [...]string{"0.0.0.0 ", "0.0.0.0\t", "127.", "::1 ", ":: ", "::\t", "||"} {
		if strings.HasPrefix(t, null) {
			return true
		}
	}
	switch first, _, _ := strings.Cut(t, " "); first {
	case "deny":
		return !fetches(line)
	case "alert", "drop", "reject", "rejectsrc", "rejectdst", "rejectboth": // of Suricata and Snort
		return strings.Contains(t, " -> ") && strings.Contains(t, "sid:") && strings.HasSuffix(t, ";)")
	}
	for _, option := range [...]string{"address=/", "local=/", "server=/"} { // of dnsmasq, whose "#" is the null address
		if rest, ok := strings.CutPrefix(t, option); ok {
			to := rest[strings.LastIndexByte(rest, '/')+1:]
			return to == "" || option == "address=/" && (to == "#" || strings.HasPrefix(to, "0.0.0.0") || strings.HasPrefix(to, "127.") || strings.HasPrefix(to, "::"))
		}
	}
	if fetches(line) {
		return false
	}
	line, _, _ = strings.Cut(line, " #")
	for _, word := range [...]string{"-j DROP", "-j REJECT", " drop", " reject", "always_n", "always_refuse", "/0.0.0.0", "/127.0.0.1", "/::", "ufw deny", "0.0.0.0 ", " CNAME ."} {
		if strings.Contains(line, word) {
			return true
		}
	}
	return strings.Contains(t, "type ipv4_addr") && strings.Contains(t, "elements") // of nft
}

// compared reports whether what follows on a line is a pattern that requests are held against,
// as the maps of nginx have them.
func compared(before string) bool {
	return strings.HasSuffix(before, `"~*`) || strings.HasSuffix(before, `"~`) || strings.HasSuffix(before, " ~*") || strings.HasSuffix(before, " ~")
}

// settings reports whether the file is one that some program reads its settings from, and
// nothing that is run or that says where to connect to.
func (j *judgement) settings() bool {
	return j.f.Type == inspect.Regular && (j.place.Kind == place.Config || j.place.Kind == place.Other) && !consulted(j.f.Path)
}

// refused reports whether the settings of a server or a firewall hold those who ask
// against a host, and so never connect to it. The form of the whole entry says so, and
// that of the block that it is in: a word nearby would be anybody's to add.
func (j *judgement) refused(offset int, line string) bool {
	if fetches(line) {
		return false
	}
	switch {
	case barring.MatchString(line):
		return true
	case entry.MatchString(line):
		return tabled.Match(j.opening(offset))
	}
	if m := member.FindStringSubmatch(line); m != nil { // of ipset(8), as it saves and restores a set
		return bytes.Contains(j.text, []byte("create "+m[1]+" hash:"))
	}
	return j.list().only && banning(j.f.Path)
}

var (
	// barring are whole lines of Apache (mod_authz_core, mod_access_compat, mod_setenvif and
	// the conditions of mod_rewrite) and of HAProxy that are about who asks.
	// https://httpd.apache.org/docs/2.4/howto/access.html, https://docs.haproxy.org/3.0/configuration.html#7.3.6
	barring = regexp.MustCompile(`(?i)^\s*(?:Require\s+not\s+(?:ip|host|forward-dns)\s|Deny\s+from\s|SetEnvIf(?:NoCase)?\s+"?(?:Referer|User-Agent|Remote_Addr|Remote_Host)"?\s|RewriteCond\s+"?%\{(?:HTTP_REFERER|HTTP_USER_AGENT|REMOTE_ADDR|REMOTE_HOST)\}"?\s|acl\s+\S+\s+(?:src\s|(?:req\.)?f?hdr(?:_\w+)?\((?i:referer|user-agent)\)))`)
	// entry is a line of nginx's geo and map blocks: what is compared, and a plain value.
	// https://nginx.org/en/docs/http/ngx_http_map_module.html, https://nginx.org/en/docs/http/ngx_http_geo_module.html
	entry  = regexp.MustCompile(`^\s*(?:"[^"]{1,200}"|'[^']{1,200}'|[^\s"';{}]{1,200})\s+["']?[A-Za-z0-9_-]{0,24}["']?;\s*(?:#.*)?$`)
	tabled = regexp.MustCompile(`(?:^|[;{}\n])\s*(?:geo(?:\s+\$\w+){1,2}|map\s+\S{2,80}\s+\$\w+)\s*$`)
	member = regexp.MustCompile(`^\s*add\s+(\S{1,31})\s+\S+(?:\s+(?:timeout|comment)\s.*)?\s*$`)
)

// opening returns what stands before the brace that the block around an offset opens with;
// nil if there is none in reach.
func (j *judgement) opening(offset int) []byte {
	const reach, header = 128 << 10, 200
	depth := 0
	for i := min(offset, len(j.text)) - 1; i >= max(0, offset-reach); i-- {
		switch j.text[i] {
		case '}':
			depth++
		case '{':
			if depth--; depth < 0 {
				return j.text[max(0, i-header):i]
			}
		}
	}
	return nil
}

// banning reports whether a file is where programs that ban keep whom they ban.
func banning(p string) bool {
	return p == "etc/hosts.deny" || place.Below(p, "fail2ban") || place.Below(p, "crowdsec") || place.Below(p, "etc/csf") || place.Below(p, "firehol") || place.Below(p, "etc/modsecurity")
}

// A bare is what a file is as a list of names and addresses, one a line.
type bare struct {
	only  bool // there is nothing else in it but comments
	lines int
}

// list reads the file as such a list.
func (j *judgement) list() bare {
	if j.bare != nil {
		return *j.bare
	}
	j.bare = &bare{only: true}
	for line := range bytes.SplitSeq(j.text, []byte("\n")) {
		t := bytes.TrimSpace(line)
		switch {
		case len(t) == 0 || t[0] == '#':
		case len(t) > 253 || bytes.IndexFunc(t, func(r rune) bool { return !name(r) && r != '/' && r != '*' }) >= 0:
			j.bare.only = false
			return *j.bare
		default:
			j.bare.lines++
		}
	}
	return *j.bare
}

func name(r rune) bool { return r < 256 && nameByte[r] }

// listing reports whether a young name is one of a long list of names that are mostly
// others: such as sign-up forms and mail servers hold addresses against. Whoever calls on
// the hosts of a list has few, and all for that.
func (j *judgement) listing() bool {
	const least = 8
	if !j.settings() || j.place.Aside || j.place.Vendor {
		return false
	}
	l := j.list()
	return l.only && l.lines >= least && 2*len(j.listed) <= l.lines
}
