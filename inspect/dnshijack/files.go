package dnshijack

import (
	"bytes"
	"encoding/json"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/block"
	"github.com/lazaret/lazaret/inspect/internal/host"
)

// file reads the file as its form.
func (j *judgement) file(f form) {
	switch f {
	case formHosts:
		j.hosts(j.text, 0)
	case formOtherHosts:
		j.limit = min(j.limit, inspect.Medium)
		j.hosts(j.text, 0)
	case formResolv:
		j.resolv()
	case formSwitch:
		j.nameSwitch()
	case formDnsmasq:
		for line, at := range lines(j.text, "#") {
			j.dnsmasq(strings.TrimSpace(line), at)
		}
		j.hosts(j.text, 0) // addn-hosts
	case formUnbound:
		j.unbound()
	case formNamed:
		j.named()
	case formZone:
		j.zone()
	case formCorefile:
		j.corefile()
	case formUnit:
		j.unit()
	case formDHCP:
		j.dhcp()
	case formFilter:
		for _, c := range argv.Commands(defined(j.text)) {
			j.nat(c.Args, min(c.Offset, len(j.text)))
		}
	case formCaplet:
		j.spoofs(j.text)
	case formEtter: // https://www.ettercap-project.org, etter.dns: a name, A, an address
		for line, at := range lines(j.text, "#") {
			j.record(strings.TrimPrefix(strings.TrimSpace(line), "*."), "", at)
		}
	case formSmartDNS:
		for line, at := range lines(j.text, "#") { // address /name/192.0.2.1
			if w := strings.Fields(line); len(w) > 1 && w[0] == "address" {
				j.dnsmasq("address="+w[1], at)
			}
		}
	case formAdGuard:
		for _, m := range rewrite.FindAllSubmatchIndex(j.text, maxRewrites) {
			j.leads(strings.TrimPrefix(string(j.text[m[2]:m[3]]), "*."), string(j.text[m[4]:m[5]]), m[0])
		}
	case formLua:
		j.statements()
	case formRecursor:
		j.recursor()
	case formMapping:
		j.mapping()
	case formStubby:
		j.asks()
	case formCloaks:
		j.cloaks(false)
	case formForwards:
		j.cloaks(true)
	case formTiny:
		j.pairs(":")
	case formFakes:
		j.limit = min(j.limit, inspect.Medium)
		j.pairs("=")
	case formDaemon:
		var c struct {
			DNS []string `json:"dns"`
		}
		if json.Unmarshal(j.text, &c) == nil {
			for _, a := range c.DNS {
				j.resolver(ruleResolver, "", a, max(0, bytes.Index(j.text, []byte(a))))
			}
		}
	}
}

// rewrite is an answer of AdGuard Home's own
// (https://github.com/AdguardTeam/AdGuardHome/wiki/Configuration#configuration-file, filtering.rewrites).
var rewrite = regexp.MustCompile(`domain:[ \t]*["']?([A-Za-z0-9.*_-]{1,253})["']?[ \t]*\r?\n[ \t]*answer:[ \t]*["']?([0-9A-Fa-f.:]{2,45})`)

const maxRewrites = 1000

// resolv reads resolv.conf(5). What a machine leaves behind in an image that was made on
// it has a remark or the machine's domain; a file that sends all questions to strangers and
// says nothing else was written for that.
func (j *judgement) resolv() {
	deliberate, servers := j.f.Path == "etc/resolv.conf", []string(nil)
	offset := -1
	for raw, at := range lines(j.text, "") {
		w := strings.Fields(raw)
		switch {
		case len(w) == 0:
		case len(w) > 1 && w[0] == "nameserver":
			if servers = append(servers, w[1]); offset < 0 {
				offset = at
			}
		case w[0] != "options":
			deliberate = false
		}
	}
	j.strangers(deliberate, servers, max(0, offset))
}

// strangers judges a list of resolvers: sure if it was written on purpose and all are unknown.
func (j *judgement) strangers(deliberate bool, servers []string, offset int) {
	for _, s := range servers {
		a, ok := address(s)
		deliberate = deliberate && ok && host.ForeignAddr(a) && !j.d.isResolver(a)
	}
	j.deliberate = deliberate
	for _, s := range servers {
		j.resolver(ruleResolver, "", s, offset)
	}
	j.deliberate = false
}

// lines gives each line without its comment, which begins with one of marks where no
// word goes on, and its offset.
func lines(text []byte, marks string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		at := 0
		for raw := range bytes.SplitAfterSeq(text, []byte("\n")) {
			line := strings.TrimRight(string(raw), "\r\n")
			for i := range len(line) {
				if strings.IndexByte(marks, line[i]) >= 0 && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
					line = line[:i]
					break
				}
			}
			if !yield(line, at) {
				return
			}
			at += len(raw)
		}
	}
}

// hosts reads hosts(5): an address and its names a line.
func (j *judgement) hosts(text []byte, base int) {
	for line, at := range lines(text, "#") {
		w := strings.Fields(line)
		if len(w) < 2 {
			continue
		}
		if a, ok := address(w[0]); ok {
			for _, name := range w[1:] {
				j.leads(name, a.String(), base+at)
			}
		}
	}
}

// nameSwitch reads the line "hosts" of nsswitch.conf(5).
func (j *judgement) nameSwitch() {
	for line, at := range lines(j.text, "#") {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "hosts:")
		if !ok {
			continue
		}
		for _, w := range strings.Fields(strings.NewReplacer("[", " [", "]", "] ").Replace(rest)) {
			if name := strings.ToLower(w); name[0] != '[' && !strings.ContainsAny(name, "=]") && !slices.Contains(j.d.Modules, name) {
				j.add(ruleSource, inspect.High, at, "hosts: "+name)
			}
		}
	}
}

// dnsmasq reads one setting of dnsmasq(8), without the dashes that it has as an option.
func (j *judgement) dnsmasq(line string, at int) {
	key, value, _ := strings.Cut(line, "=")
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	switch strings.TrimSpace(key) {
	case "address", "server", "local", "rev-server":
		parts := strings.Split(value, "/")
		to := parts[len(parts)-1]
		if len(parts) < 3 { // server=ADDRESS
			if key == "server" {
				j.resolver(ruleResolver, "", to, at)
			}
			return
		}
		for _, name := range parts[1 : len(parts)-1] {
			name = strings.TrimPrefix(name, ".")
			if key == "server" && to != "" {
				j.resolver(ruleResolver, strings.Trim(name, "#"), to, at)
				continue
			}
			if name != "" {
				j.leads(name, strings.Trim(to, "#"), at)
			}
		}
	case "host-record", "cname":
		parts := strings.Split(value, ",")
		for _, name := range parts[:max(0, len(parts)-1)] {
			j.leads(name, parts[len(parts)-1], at)
		}
	}
}

// unbound reads unbound.conf(5): "key: value" a line, below clauses.
func (j *judgement) unbound() {
	zone, clause := "", ""
	type zoned struct {
		address string
		at      int
	}
	var addresses []zoned
	flush := func() {
		for _, a := range addresses {
			j.resolver(ruleResolver, zone, a.address, a.at)
		}
		zone, addresses = "", nil
	}
	for line, at := range lines(j.text, "#") {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if value == "" {
			flush()
			clause = key
			continue
		}
		switch key {
		case "name":
			zone = strings.Trim(value, `"`)
		case "forward-addr", "stub-addr", "auth-addr", "primary", "master":
			if clause == "forward-zone" || clause == "stub-zone" || clause == "auth-zone" {
				addresses = append(addresses, zoned{value, at})
			}
		case "local-data":
			j.record(strings.Trim(value, `"'`), "", at)
		case "local-zone":
			w := strings.Fields(strings.ReplaceAll(value, `"`, " "))
			if len(w) > 1 && (strings.HasPrefix(w[1], "always_n") || w[1] == "refuse" || w[1] == "deny" || w[1] == "static" || w[1] == "always_refuse" || w[1] == "always_deny") {
				j.leads(w[0], "", at)
			}
		}
	}
	flush()
}

// record reads a resource record: NAME [TTL] [CLASS] TYPE DATA (RFC 1035, section 5.1).
// It returns the name, "" if there is no record.
func (j *judgement) record(line, origin string, at int) string {
	w := strings.Fields(line)
	if len(w) < 3 {
		return ""
	}
	for i := 1; i < len(w)-1 && i < 4; i++ {
		switch strings.ToUpper(w[i]) {
		case "A", "AAAA", "CNAME", "DNAME":
			name := qualify(w[0], origin)
			to := strings.TrimSuffix(w[i+1], ".")
			j.leads(name, to, at)
			return name
		}
	}
	return ""
}

// qualify puts an origin behind a name that is not absolute and does not have it, but
// not behind a whole name as the zones of response policies have it.
func qualify(name, origin string) string {
	switch {
	case name == "@":
		return origin
	case strings.HasSuffix(name, "."), origin == "":
		return strings.TrimSuffix(name, ".")
	}
	return name + "." + origin
}

// zone reads a zone file (RFC 1035, section 5). A name without a dot at its end is taken
// both as below the zone and, as in a response policy zone, as it is.
func (j *judgement) zone() {
	base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(path.Base(j.f.Path)), "db."), ".zone"), ".db")
	origin := ""
	if g, _ := j.d.known(base); g != nil {
		origin = base
	}
	last := origin
	for line, at := range lines(j.text, ";") {
		if rest, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(line)), "$ORIGIN"); ok {
			origin = strings.ToLower(strings.Trim(rest, " \t."))
			last = origin
			continue
		}
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			line = last + ". " + line
		}
		w := strings.Fields(line)
		if len(w) < 3 {
			continue
		}
		if name := j.record(line, origin, at); name != "" {
			last = name
		} else if w[0] != "." {
			last = qualify(w[0], origin)
		}
		if g, _ := j.d.known(w[0]); g != nil && !strings.HasSuffix(w[0], ".") && origin != "" {
			j.record(line, "", at)
		}
	}
}

// named reads named.conf(5).
func (j *judgement) named() {
	forwarders := func(d *block.Directive, zone string) {
		for _, f := range d.Find("forwarders") {
			for _, a := range f.Block {
				j.resolver(ruleResolver, zone, a.Arg(0), a.Offset)
			}
		}
	}
	root := block.Parse(j.text, block.Semicolons)
	visit := func(d *block.Directive) {
		switch d.Name() {
		case "options", "view":
			forwarders(d, "")
		case "zone":
			forwarders(d, d.Arg(1))
			for _, list := range append(d.Find("masters"), append(d.Find("primaries"), d.Find("server-addresses")...)...) {
				for _, a := range list.Block {
					j.resolver(ruleResolver, d.Arg(1), a.Arg(0), a.Offset)
				}
			}
			g, _ := j.d.known(d.Arg(1))
			for _, t := range d.Find("type") {
				if kind := strings.ToLower(t.Arg(1)); g != nil && (kind == "master" || kind == "primary") {
					j.add(ruleRedirect, inspect.Medium, d.Offset, d.Arg(1)+" is answered for here ("+g.What+")")
				}
			}
		}
	}
	root.All(visit)
}

// corefile reads CoreDNS's (https://coredns.io/manual/configuration/, and its plugins
// hosts, rewrite, template, forward, proxy and file).
func (j *judgement) corefile() {
	for _, server := range block.Parse(j.text, block.Lines).Block {
		for _, d := range server.Block {
			switch d.Name() {
			case "hosts":
				for _, h := range d.Block {
					j.hosts([]byte(strings.Join(h.Words, " ")), h.Offset)
				}
			case "rewrite":
				w := slices.DeleteFunc(slices.Clone(d.Words), func(s string) bool {
					return slices.Contains([]string{"rewrite", "name", "exact", "suffix", "stop", "continue", "answer", "auto"}, s)
				})
				if len(w) >= 2 {
					j.leads(strings.TrimPrefix(w[0], "."), w[1], d.Offset)
				}
			case "template":
				j.template(server, d)
			case "forward", "proxy":
				for _, to := range d.Words[min(2, len(d.Words)):] {
					j.resolver(ruleResolver, d.Arg(1), to, d.Offset)
				}
			}
		}
	}
}

// template reads CoreDNS's answers made from templates: for the zones that it names, or
// for those of the server.
func (j *judgement) template(server, d *block.Directive) {
	zones := d.Words[min(3, len(d.Words)):]
	if len(zones) == 0 {
		zones = server.Words
	}
	for _, a := range d.Find("answer") {
		w := strings.Fields(strings.Join(a.Words[1:], " "))
		if len(w) == 0 {
			continue
		}
		for _, zone := range zones {
			zone, _, _ = strings.Cut(zone, ":")
			j.leads(zone, strings.TrimSuffix(w[len(w)-1], "."), a.Offset)
		}
	}
}

// unit reads the settings DNS, FallbackDNS and servers of systemd and NetworkManager.
func (j *judgement) unit() {
	var servers []string
	offset, everything := -1, false
	for line, at := range lines(j.text, "#;") {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "dns", "fallbackdns", "servers":
			for w := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
				if servers = append(servers, w); offset < 0 {
					offset = at
				}
			}
		case "domains":
			everything = everything || strings.Contains(value, "~.") && !strings.Contains(value, "~.in") // all names are asked for there
		}
	}
	j.strangers(everything && j.f.Path == "etc/systemd/resolved.conf", servers, max(0, offset))
}

// dhcp reads dhclient.conf(5) and dhcpcd.conf(5).
func (j *judgement) dhcp() {
	for line, at := range lines(j.text, "#") {
		for _, key := range []string{"domain-name-servers ", "domain_name_servers="} {
			before, rest, ok := strings.Cut(line, key)
			if !ok || strings.Contains(before, "option") && !strings.Contains(before, "static") && !strings.Contains(before, "supersede") {
				continue // what a server hands out, or what is asked for
			}
			for w := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
				j.resolver(ruleResolver, "", w, at)
			}
		}
	}
}
