package dnshijack

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// What a script writes. An address is followed by names that may be parted by an escape
// of a tab, as in an argument of printf; or a name by an address, as Docker has them.
var (
	writtenHosts  = regexp.MustCompile(`(?i)((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?:[ \t]|\\t)+((?:[a-z0-9_-]+\.)+[a-z]{2,18}(?:(?:[ \t]|\\t)+(?:[a-z0-9_-]+\.)+[a-z]{2,18})*)`)
	writtenName   = regexp.MustCompile(`((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:[ \t]|\\t)+(?:\$\{?[A-Za-z_]|%s|\{[A-Za-z_]*\}|["']\s*\+)`)
	writtenServer = regexp.MustCompile(`(?i)nameserver(?:[ \t]|\\t)+["']?((?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})`)
	answered      = regexp.MustCompile(`(?i)["']((?:[a-z0-9_-]+\.)+[a-z]{2,18})\.?["']\s*:\s*["']((?:[0-9]{1,3}\.){3}[0-9]{1,3})["']`)
	answering     = regexp.MustCompile(`(?i)["']((?:[0-9]{1,3}\.){3}[0-9]{1,3})["']\s*(?:[:,]|=>)\s*[\[({]?\s*((?:["'](?:[a-z0-9_-]+\.)+[a-z]{2,18}["'][,\s]*)+)`)
	// givenServer is a resolver that Windows is given (netsh interface ip set dns, Set-DnsClientServerAddress).
	givenServer = regexp.MustCompile(`(?i)(?:\bnetsh\s+interface\s+ip(?:v4)?\s+(?:set|add)\s+dns[^\n]{0,120}?|\bSet-DnsClientServerAddress\b[^\n]{0,160}?)((?:[0-9]{1,3}\.){3}[0-9]{1,3})`)
	extraHosts  = regexp.MustCompile(`(?i)["' ]((?:[a-z0-9_-]+\.)+[a-z]{2,18})[:=]["' ]{0,3}((?:[0-9]{1,3}\.){3}[0-9]{1,3})`)
)

// near is how far apart the name of a file and what is written to it may be, in bytes.
const near = 4096

// commands reads a script, a part of a config, or settings that start containers.
func (j *judgement) commands() {
	if j.place.Kind == place.Script || j.place.Kind == place.Config && j.f.Type != inspect.Document {
		j.limit = min(j.limit, inspect.Medium)
	}
	text := defined(argv.Expanded(j.f, j.text))
	j.written(text, "etc/hosts", writtenHosts, func(g []string, at int) {
		if a, ok := address(g[1]); ok {
			for _, name := range strings.Fields(strings.ReplaceAll(g[2], `\t`, " ")) {
				j.leads(name, a.String(), at)
			}
		}
	})
	j.written(text, "etc/hosts", writtenName, func(g []string, at int) { // in a loop over names
		if a, ok := address(g[1]); ok && host.ForeignAddr(a) {
			for w := range strings.FieldsFuncSeq(string(text[max(0, at-near/4):min(len(text), at+near/4)]), func(r rune) bool { return strings.ContainsRune(" \t\n;\"'()", r) }) {
				if _, exact := j.d.known(w); exact {
					j.leads(w, a.String(), at)
				}
			}
		}
	})
	if j.place.Kind == place.Config && bytes.Contains(text, []byte("hostAliases")) {
		j.aliases()
	}
	j.written(text, "resolv.conf", writtenServer, func(g []string, at int) { j.resolver(ruleResolver, "", g[1], at) })
	j.written(text, "resolvconf -a", writtenServer, func(g []string, at int) { j.resolver(ruleResolver, "", g[1], at) })
	for _, name := range []string{"netsh", "ClientServerAddress"} {
		j.written(text, name, givenServer, func(g []string, at int) { j.resolver(ruleResolver, "", g[1], at) })
	}
	j.spoofs(text)
	j.written(text, "etc/hosts", answered, func(g []string, at int) { j.leads(g[1], g[2], at) })
	j.written(text, "etc/hosts", answering, func(g []string, at int) {
		for _, name := range quoted.FindAllStringSubmatch(g[2], 64) {
			j.leads(name[1], g[1], at)
		}
	})
	j.parts(text)
	j.written(text, "extra_hosts", extraHosts, func(g []string, at int) { j.leads(g[1], g[2], at) })
	for _, library := range []string{"dnslib", "twisted.names", "native-dns", "dns2", "DNSRR", "dns-packet", "Net::DNS::Nameserver", "rubydns", "getaddrinfo"} { // name servers in programs
		j.written(text, library, answered, func(g []string, at int) { j.leads(g[1], g[2], at) })
	}
	for _, c := range argv.Of(j.f, text) {
		j.fake(c.Args, min(c.Offset, len(j.text)))
		j.nat(c.Args, min(c.Offset, len(j.text)))
		j.options(c.Args, min(c.Offset, len(j.text)))
		for _, a := range connection(c.Args) {
			j.resolver(ruleResolver, "", a, min(c.Offset, len(j.text)))
		}
	}
}

// What bettercap answers, and for which names (https://www.bettercap.org/modules/ethernet/spoofers/dns.spoof/).
var (
	spoofNames   = regexp.MustCompile(`\bset\s+dns\.spoof\.domains\s+([^\n;"']{1,1000})`)
	spoofAll     = regexp.MustCompile(`\bset\s+dns\.spoof\.all\s+true`)
	spoofAddress = regexp.MustCompile(`\bset\s+dns\.spoof\.address\s+([0-9A-Fa-f.:]{3,45})`)
)

// spoofs reads what bettercap is told to answer.
func (j *judgement) spoofs(text []byte) {
	m := spoofAddress.FindSubmatchIndex(text)
	if m == nil {
		return
	}
	to, at := string(text[m[2]:m[3]]), min(m[0], len(j.text))
	if spoofAll.Match(text) {
		j.leads("*", to, at)
	}
	for _, names := range spoofNames.FindAllSubmatch(text, maxStatements) {
		for name := range strings.FieldsFuncSeq(string(names[1]), func(r rune) bool { return r == ',' || r == ' ' }) {
			j.leads(strings.TrimPrefix(name, "*."), to, at)
		}
	}
}

// definition is a name that nft(8) is told the value of.
var definition = regexp.MustCompile(`(?m)^[ \t]*define[ \t]+(\w{1,60})[ \t]*=[ \t]*([^\s{}]{1,60})[ \t]*$`)

// defined puts the values of such names into a text, once: a value that names another stays as it is.
func defined(text []byte) []byte {
	const most, mostGrowth = 64, 1 << 20
	values := map[string][]byte{}
	for _, m := range definition.FindAllSubmatch(text, most) {
		values[string(m[1])] = m[2]
	}
	if len(values) == 0 {
		return text
	}
	grown := 0
	return usage.ReplaceAllFunc(text, func(use []byte) []byte {
		value, ok := values[string(use[1:])]
		if grown += len(value); !ok || grown > mostGrowth {
			return use
		}
		return value
	})
}

// usage is a use of such a name.
var usage = regexp.MustCompile(`\$\w{1,60}`)

// written calls say for what re finds near the name of a file, except in comments.
func (j *judgement) written(text []byte, name string, re *regexp.Regexp, say func(groups []string, at int)) {
	if !bytes.Contains(text, []byte(name)) {
		return
	}
	const most = 256
	for _, loc := range re.FindAllSubmatchIndex(text, most) {
		window := text[max(0, loc[0]-near):min(len(text), loc[1]+near)]
		line := bytes.TrimLeft(text[bytes.LastIndexByte(text[:loc[0]], '\n')+1:loc[0]], " \t")
		if !bytes.Contains(window, []byte(name)) || bytes.HasPrefix(line, []byte("#")) && !bytes.HasPrefix(line, []byte("#(nop)")) {
			continue
		}
		groups := make([]string, len(loc)/2)
		for i := range groups {
			if loc[2*i] >= 0 {
				groups[i] = string(text[loc[2*i]:loc[2*i+1]])
			}
		}
		say(groups, min(loc[0], len(j.text)))
	}
}

// options reads those of dnsmasq(8) and of docker run.
func (j *judgement) options(args []string, at int) {
	if len(args) < 2 {
		return
	}
	dnsmasq := false
	for i, a := range args {
		dnsmasq = dnsmasq || path.Base(a) == "dnsmasq"
		name, value, joined := strings.Cut(a, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case dnsmasq && joined && strings.HasPrefix(name, "--"):
			j.dnsmasq(a[2:], at)
		case dnsmasq && (a == "-A" || a == "--address"):
			j.dnsmasq("address="+value, at)
		case dnsmasq && (a == "-S" || a == "--server"):
			j.dnsmasq("server="+value, at)
		case dnsmasq && len(a) > 2 && strings.HasPrefix(a, "-A"):
			j.dnsmasq("address="+a[2:], at)
		case dnsmasq && len(a) > 2 && strings.HasPrefix(a, "-S"):
			j.dnsmasq("server="+a[2:], at)
		case name == "--add-host":
			if i := strings.IndexAny(value, ":="); i > 0 {
				j.leads(value[:i], strings.Trim(value[i+1:], "[]"), at)
			}
		case name == "--dns" && (joined || i+1 < len(args)):
			j.resolver(ruleResolver, "", value, at)
		}
	}
}

// fake reads the options of DNSChef (https://github.com/iphelix/dnschef).
func (j *judgement) fake(args []string, at int) {
	chef, to, names := false, "", ""
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch base := path.Base(a); {
		case base == "dnschef" || base == "dnschef.py":
			chef = true
		case name == "--fakeip" || name == "--fakeipv6":
			to = value
		case name == "--fakedomains":
			names = value
		}
	}
	if !chef || to == "" {
		return
	}
	if names == "" {
		names = "*"
	}
	for name := range strings.SplitSeq(names, ",") {
		j.leads(name, to, at)
	}
}

// nat reads a rule of iptables(8) or nft(8) that sends what goes to port 53 elsewhere.
func (j *judgement) nat(args []string, at int) {
	port53, target := false, ""
	for i, a := range args {
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		if name, value, ok := strings.Cut(a, "="); ok {
			switch name {
			case "--dport", "--destination-port":
				port53 = port53 || value == "53"
			case "--to-destination", "--to":
				target = value
			}
		}
		switch strings.ToLower(a) {
		case "--dport", "--dports", "--destination-port", "dport":
			for _, w := range args[i+1 : min(len(args), i+5)] {
				for p := range strings.SplitSeq(strings.Trim(w, "{},"), ",") {
					port53 = port53 || p == "53" || p == "domain"
				}
				if !strings.ContainsAny(w, "{,") {
					break
				}
			}
		case "--to-destination", "--to":
			target = next
		case "dnat":
			for _, w := range args[i+1 : min(len(args), i+4)] {
				if _, ok := address(w); (ok || strings.HasPrefix(w, "$")) && target == "" {
					target = w
				}
			}
		}
	}
	switch {
	case port53 && strings.HasPrefix(target, "$"):
		j.add(ruleNAT, inspect.Low, at, "to "+target)
	case port53 && target != "":
		j.resolver(ruleNAT, "", target, at)
	}
}
