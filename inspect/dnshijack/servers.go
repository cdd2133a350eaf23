package dnshijack

import (
	"bytes"
	"regexp"
	"strings"
)

// What name servers with settings of their own kind say.
var (
	// hinted and hintedSet are answers of Knot Resolver's (https://www.knot-resolver.cz/documentation/stable/modules-hints.html).
	hinted    = regexp.MustCompile(`\bhints\[\s*["']([A-Za-z0-9.*_-]{3,253})["']\s*\]\s*=\s*["']([0-9A-Fa-f.:]{3,45})["']`)
	hintedSet = regexp.MustCompile(`\bhints\.set\(\s*["']([A-Za-z0-9.*_-]{3,253})\s+([0-9A-Fa-f.:]{3,45})["']`)
	// statement begins a rule of Knot Resolver's or of dnsdist's
	// (https://www.knot-resolver.cz/documentation/stable/modules-policy.html, https://dnsdist.org/rules-actions.html).
	statement = regexp.MustCompile(`\b(?:policy\.add|addAction)\s*\(`)
	answers   = regexp.MustCompile(`\b(?:str2ip|SpoofAction)\s*\(\s*\{?\s*["']([0-9A-Fa-f.:]{3,45})["']`)
	forwards  = regexp.MustCompile(`\bpolicy\.(?:TLS_)?(?:FORWARD|STUB)\s*\(\s*\{?\s*\{?\s*["']([0-9A-Fa-f.:@]{3,60})["']`)
	quoted    = regexp.MustCompile(`["']([A-Za-z0-9.*_-]{3,253}\.[A-Za-z]{2,18})\.?["']`)

	// mapped is a name and its address in YAML, as Blocky and Knot Resolver have them
	// (https://0xerr0r.github.io/blocky/latest/configuration/#custom-dns).
	mapped = regexp.MustCompile(`(?m)^[ \t]+["']?([A-Za-z0-9.*_-]{3,253}\.[A-Za-z]{2,18})["']?:[ \t]*["'\[]{0,2}[ \t]*["']?([0-9A-Fa-f.:]{3,45})`)
	// alias is what Kubernetes puts into a pod's file of hosts
	// (https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/).
	alias     = regexp.MustCompile(`(?m)^[ \t]*-?[ \t]*ip:[ \t]*["']?([0-9A-Fa-f.:]{3,45})["']?[ \t]*\r?\n[ \t]*hostnames:((?:[ \t]*\r?\n[ \t]*-[ \t]*\S{3,253}|[ \t]*\[[^\]\n]{3,1000}\])+)`)
	upstreams = regexp.MustCompile(`(?m)^[ \t]*-?[ \t]*address_data:[ \t]*["']?([0-9A-Fa-f.:]{3,45})`)
)

// maxStatements bounds what is read of one file.
const maxStatements = 1000

// statements reads settings that are programs in Lua.
func (j *judgement) statements() {
	text := uncommented(j.text)
	for _, re := range []*regexp.Regexp{hinted, hintedSet} {
		for _, m := range re.FindAllSubmatchIndex(text, maxStatements) {
			j.leads(string(text[m[2]:m[3]]), string(text[m[4]:m[5]]), m[0])
		}
	}
	begins := statement.FindAllIndex(text, maxStatements)
	for i, at := range begins {
		end := len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		one := text[at[0]:end]
		names := quoted.FindAllSubmatch(one, maxStatements)
		if m := answers.FindSubmatch(one); m != nil {
			for _, n := range names {
				j.leads(string(n[1]), string(m[1]), at[0])
			}
		}
		if m := forwards.FindSubmatch(one); m != nil {
			if len(names) == 0 && bytes.Contains(one, []byte("policy.all")) {
				j.resolver(ruleResolver, "", string(m[1]), at[0])
			}
			for _, n := range names {
				j.resolver(ruleResolver, string(n[1]), string(m[1]), at[0])
			}
		}
	}
}

// uncommented blanks the comments of Lua, whose lines stay where they are.
func uncommented(text []byte) []byte {
	out := bytes.Clone(text)
	for at := 0; at < len(out); {
		end := len(out)
		if i := bytes.IndexByte(out[at:], '\n'); i >= 0 {
			end = at + i
		}
		if i := bytes.Index(out[at:end], []byte("--")); i >= 0 {
			for k := at + i; k < end; k++ {
				out[k] = ' '
			}
		}
		at = end + 1
	}
	return out
}

// recursor reads PowerDNS Recursor's forward-zones (https://doc.powerdns.com/recursor/settings.html#forward-zones):
// ZONE=ADDRESS;ADDRESS, one after the other.
func (j *judgement) recursor() {
	for line, at := range lines(j.text, "#") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		key = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(key), "+"))
		if !ok || key != "forward-zones" && key != "forward-zones-recurse" {
			continue
		}
		for one := range strings.SplitSeq(value, ",") {
			zone, to, _ := strings.Cut(strings.TrimSpace(one), "=")
			for a := range strings.SplitSeq(to, ";") {
				j.resolver(ruleResolver, strings.TrimLeft(zone, "+"), strings.TrimSpace(a), at)
			}
		}
	}
}

// mapping reads a name server's own answers in YAML.
func (j *judgement) mapping() {
	for _, m := range mapped.FindAllSubmatchIndex(j.text, maxStatements) {
		j.leads(strings.TrimPrefix(string(j.text[m[2]:m[3]]), "*."), string(j.text[m[4]:m[5]]), m[0])
	}
}

// aliases reads the names that a pod is to know.
func (j *judgement) aliases() {
	for _, m := range alias.FindAllSubmatchIndex(j.text, maxStatements) {
		for n := range strings.FieldsFuncSeq(string(j.text[m[4]:m[5]]), func(r rune) bool { return strings.ContainsRune(" \t\r\n,[]\"'", r) }) {
			if n = strings.Trim(n, "-"); n != "" {
				j.leads(n, string(j.text[m[2]:m[3]]), m[0])
			}
		}
	}
}

// cloaks reads "NAME ADDRESS" a line, as dnscrypt-proxy's cloaking and forwarding rules have
// them (https://github.com/DNSCrypt/dnscrypt-proxy/wiki).
func (j *judgement) cloaks(forwarding bool) {
	for line, at := range lines(j.text, "#") {
		w := strings.Fields(line)
		if len(w) < 2 {
			continue
		}
		name := strings.TrimPrefix(strings.TrimLeft(w[0], "="), "*.")
		for to := range strings.SplitSeq(w[1], ",") {
			if forwarding {
				j.resolver(ruleResolver, name, to, at)
			} else if _, ok := address(to); ok {
				j.leads(name, to, at)
			}
		}
	}
}

// asks reads the addresses that Stubby asks (https://github.com/getdnsapi/stubby).
func (j *judgement) asks() {
	for _, m := range upstreams.FindAllSubmatchIndex(j.text, maxStatements) {
		j.resolver(ruleResolver, "", string(j.text[m[2]:m[3]]), m[0])
	}
}

// connection reads the commands that give a connection its resolver: nmcli(1) and
// resolvectl(1). It returns the addresses.
func connection(args []string) []string {
	for i, a := range args {
		rest := args[i+1:]
		switch low := strings.ToLower(a); {
		case low == "ipv4.dns" || low == "ipv6.dns" || low == "+ipv4.dns":
			return listOf(rest[:min(1, len(rest))])
		case strings.HasSuffix(low, "resolvectl") && len(rest) > 2 && rest[0] == "dns":
			return listOf(rest[2:])
		}
	}
	return nil
}

func listOf(words []string) (out []string) {
	for _, w := range words {
		out = append(out, strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune(" ,;\"'()", r) })...)
	}
	return out
}
