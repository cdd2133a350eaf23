// Package dnshijack recognises what makes well-known names lead elsewhere.
//
// It reads the files that answer for names (hosts, resolv.conf, nsswitch.conf, dnsmasq,
// unbound, BIND, CoreDNS, systemd-resolved, packet filters' rules) and the commands that
// write them. It promises confidence high only where a name that everybody knows is given
// an address that is not its owner's, where a source of updates is given none, or where
// all questions for names are sent to a foreign host. Names that nobody knows, ad
// blockers' lists and private networks are not findings, or medium where a well-known
// name is concerned.
//
// It trusts nothing that the bytes say of themselves. The names, with their owners'
// networks, the resolvers and the examples are in rules.yaml.
package dnshijack

import (
	"bytes"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "8"

// A Detector finds hijacked names. Make one with New; it may be used from many goroutines.
type Detector struct {
	data    *data
	catalog *catalog.Catalog
}

// New makes the detector from the rules that it is built with.
func New() (*Detector, error) {
	d, c, err := read(rulesYAML)
	if err != nil {
		return nil, err
	}
	return &Detector{data: d, catalog: c}, nil
}

// Name returns "dnshijack".
func (d *Detector) Name() string { return d.catalog.Detector }

// Version names the code and the rules.
func (d *Detector) Version() string { return codeVersion + "-" + d.catalog.Version }

// Rules lists the rules.
func (d *Detector) Rules() []inspect.Rule { return d.catalog.List() }

// The patterns' ids.
const (
	patternHint    = "hint"
	patternDnsmasq = "dnsmasq"
	patternUnbound = "unbound"

	patternCorefile = "corefile"
	patternFakes    = "fakes"
	patternModule   = "module"
	patternRouter   = "router"
)

// Patterns returns what makes a script worth reading, and what settings are known by
// whose name says nothing.
func (d *Detector) Patterns() []inspect.Pattern {
	return []inspect.Pattern{
		{ID: patternDnsmasq, Literals: []string{"address=/", "server=/", "host-record="}, Max: 1, Only: inspect.Texts},
		{ID: patternUnbound, Literals: []string{"local-data:", "forward-addr:"}, Max: 1, Only: inspect.Texts},
		{ID: patternCorefile, Literals: []string{":53 {", "template in a"}, Max: 1, Only: inspect.Texts},
		{ID: patternFakes, Literals: []string{"[a]\n", "[a]\r\n"}, Max: 1, Only: inspect.Texts},
		{ID: patternModule, Literals: []string{"_gethostbyname"}, Max: 1},
		{ID: patternRouter, Literals: []string{"dnscfg.cgi?", "form2dns.cgi?", "goform/advsetdns", "setup_dns.exe?", "dhcpserverrpm.htm?", "ipcfgrpm.htm?", "wan_dns1_x="}, Regexp: router, Before: 300, After: 300, Max: 1, Only: inspect.Texts},
		{
			ID: patternHint, Max: 1, Only: inspect.Texts,
			Literals: []string{
				"etc/hosts", `etc\hosts`, "preresolve", "addanswer(", "spoofaction(", "resolv.conf", "dport 53", "dports 53", "dport\n53", "dports\n53",
				"dport { 53", "dport {53", "--dns", "--add-host", "extra_hosts", "dnsmasq", "destination-port 53", "destination-port\n53", "dport=53",
				"destination-port=53", "ipv4.dns", "resolvectl dns", "resolvectl\ndns", "hostaliases:",
				"dnschef", "dnslib", "twisted.names", "native-dns", "dnsrr(", "require('dns2')", "require(\"dns2\")",
				"require('dns-packet')", "require(\"dns-packet\")", "net::dns::nameserver", "rubydns", "dns.spoof.address", "resolvconf -a", "set-dnsclientserveraddress", "netsh interface ip",
				"socket.getaddrinfo =", "socket.getaddrinfo=",
			},
		},
	}
}

// router is a request that gives a router another resolver, as those of several makers take
// it (https://blog.netlab.360.com/70-different-types-of-home-routers-all-together-100000-are-being-hijacked-by-ghostdns-en/).
var router = regexp.MustCompile(`(?i)(dnscfg\.cgi)\?[^\s"'\x60]{0,200}dnsprimary=|((?:dhcpserver|ipcfg)rpm\.htm)\?[^\s"'\x60]{0,280}dnsserver2?=|(goform/advsetdns)\b|(setup_dns\.exe)\?[^\s"'\x60]{0,200}dns1|start_apply\.htm\?[^\s"'\x60]{0,280}(wan_dns1_x)=`)

// A form is how a file says where names lead.
type form uint8

const (
	formNone form = iota
	formHosts
	formOtherHosts // a file of that form that nothing reads unless told to
	formResolv
	formSwitch
	formDnsmasq
	formUnbound
	formNamed
	formZone
	formCorefile
	formUnit
	formDHCP
	formFilter
	formDaemon
	formSmartDNS
	formAdGuard
	formTiny
	formFakes
	formLua
	formRecursor
	formMapping
	formStubby
	formCloaks
	formForwards
	formCaplet
	formEtter
)

// formOf knows, by their paths in lower case, the files of resolvers and name servers by where programs look for them.
func formOf(p string) form {
	dir, base := path.Split(p)
	some := serves(dir)
	in := func(part string) bool { return some && place.Below(dir, part) }
	ext := path.Ext(base)
	conf := ext == ".conf" || ext == ""
	switch {
	case base == "hosts" && strings.HasSuffix(dir, "etc/"), strings.HasPrefix(base, "hosts.") && dir == "etc/", in("etc/hosts.d"):
		return formHosts
	case base == "custom.list" && in("pihole"):
		return formHosts
	case base == "smartdns.conf", in("smartdns") && conf:
		return formSmartDNS
	case base == "data" && in("tinydns"):
		return formTiny
	case ext == ".nft":
		return formFilter
	case base == "adguardhome.yaml":
		return formAdGuard
	case base == "hosts", base == "hosts.txt", ext == ".hosts":
		return formOtherHosts
	case base == "kresd.conf", in("knot-resolver") && (conf || ext == ".lua"), in("dnsdist") && (conf || ext == ".lua"), base == "dnsdist.conf":
		return formLua
	case base == "recursor.conf", in("powerdns") && conf, in("pdns-recursor") && conf:
		return formRecursor
	case in("blocky") && (ext == ".yml" || ext == ".yaml"), base == "blocky.yml", base == "blocky.yaml", in("knot-resolver") && ext == ".yaml":
		return formMapping
	case base == "stubby.yml", base == "stubby.yaml":
		return formStubby
	case base == "cloaking-rules.txt":
		return formCloaks
	case base == "forwarding-rules.txt":
		return formForwards
	case ext == ".cap":
		return formCaplet
	case base == "etter.dns":
		return formEtter
	case base == "resolv.conf", in("resolv.conf.d"), base == "resolv.dnsmasq":
		return formResolv
	case base == "nsswitch.conf":
		return formSwitch
	case strings.HasPrefix(base, "dnsmasq") && ext == ".conf", in("dnsmasq.d"), in("dnsmasq-shared.d"):
		return formDnsmasq
	case base == "unbound.conf", in("unbound") && conf, in("unbound.conf.d"):
		return formUnbound
	case strings.HasPrefix(base, "named.conf"), ext == ".conf" && (in("named") || in("bind")):
		return formNamed
	case in("bind"), in("named"), in("nsd"), in("knot"), in("coredns") && base != "corefile", ext == ".zone", ext == ".rpz", strings.HasPrefix(base, "rpz.") && in("etc"), strings.HasPrefix(base, "db.") && in("etc"):
		return formZone
	case base == "corefile", strings.HasPrefix(base, "corefile."):
		return formCorefile
	case base == "resolved.conf", in("resolved.conf.d"), ext == ".network" && in("systemd"), ext == ".dnssd", ext == ".nmconnection", in("networkmanager") && conf:
		return formUnit
	case base == "dhclient.conf", base == "dhcpcd.conf", in("etc/dhcp") && conf:
		return formDHCP
	case base == "nftables.conf", in("nftables.d"), in("etc/nftables"), in("etc/iptables"), in("etc/sysconfig") && strings.HasPrefix(base, "ip"), base == "rules.v4", base == "rules.v6":
		return formFilter
	case base == "daemon.json" && in("docker"):
		return formDaemon
	}
	return formNone
}

// serves reports whether dir has a folder of those that formOf asks for. Next to none has.
func serves(dir string) bool {
	for dir != "" {
		end := strings.IndexByte(dir, '/')
		switch dir[:end] {
		case "etc", "hosts.d", "resolv.conf.d", "dnsmasq.d", "dnsmasq-shared.d", "unbound", "unbound.conf.d", "named", "bind", "nsd", "knot", "coredns",
			"resolved.conf.d", "systemd", "networkmanager", "dhcp", "nftables", "nftables.d", "iptables", "sysconfig", "docker", "pihole", "smartdns", "tinydns",
			"knot-resolver", "dnsdist", "powerdns", "pdns-recursor", "blocky":
			return true
		}
		dir = dir[end+1:]
	}
	return false
}

// Wants asks for the content of what answers for names, and of scripts, which are read
// only if a pattern was found in them.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	switch {
	case f.Type == inspect.Document && f.Path == "config:env":
		return inspect.Hits | inspect.Content
	case f.Type == inspect.Document:
		return inspect.IfHit
	case f.Type != inspect.Regular:
		return inspect.Nothing
	case bytes.IndexByte(f.Head, 0) >= 0:
		if place.KindOf(f) == place.Binary && d.data.moduleOf(f.Path) != "" {
			return inspect.IfHit
		}
		return inspect.Nothing
	case formOfFile(f) != formNone:
		return inspect.Content
	}
	switch kind := place.KindOf(f); {
	case kind == place.Launch, kind == place.Script, kind == place.Config, kind == place.Other && f.Mode&0o111 != 0, place.Loose(f):
		return inspect.IfHit
	}
	return inspect.Nothing
}

// Judge reports at most one finding a rule for a file: the surest.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	form := formOfFile(f)
	byName := form != formNone && f.Type == inspect.Regular
	env := f.Type == inspect.Document && f.Path == "config:env"
	library := place.KindOf(f) == place.Binary && d.data.moduleOf(f.Path) != ""
	if !byName && !env && len(s.Hits) == 0 || !library && bytes.IndexByte(s.Content, 0) >= 0 {
		return // the latter is not text after all
	}
	j := &judgement{d: d.data, f: f, text: s.Content, out: d.catalog.Open(f, s), place: place.Of(f), limit: inspect.High}
	switch {
	case j.place.Aside || j.place.Vendor:
		j.limit = inspect.Low
	case !byName && place.Loose(f):
		j.limit = inspect.Medium
	}
	switch {
	case library:
		j.module()
	case byName:
		j.file(form)
	default:
		if env {
			j.told()
		}
		j.byHits(s.Hits)
	}
	j.holes()
	j.out.Report(found)
}

// byHits reads a file whose name says nothing, for what was found in it.
func (j *judgement) byHits(hits []inspect.Hit) {
	settings := j.place.Kind == place.Config || j.place.Kind == place.Other
	hinted := false
	for _, h := range hits {
		switch {
		case h.Pattern == patternDnsmasq && settings && j.f.Type == inspect.Regular:
			j.file(formDnsmasq)
		case h.Pattern == patternUnbound && settings && j.f.Type == inspect.Regular:
			j.file(formUnbound)
		case h.Pattern == patternCorefile && settings && j.f.Type == inspect.Regular:
			j.file(formCorefile)
		case h.Pattern == patternFakes && settings && j.f.Type == inspect.Regular:
			j.file(formFakes)
		case h.Pattern == patternRouter && (place.RunAs(j.f) == place.Script || place.RunAs(j.f) == place.Launch):
			j.add(ruleRouter, inspect.Medium, min(int(h.Offset), len(j.text)), string(h.Groups[0]))
		case h.Pattern == patternHint && !hinted:
			hinted = true
			defer j.commands() // it lowers the limit
		}
	}
}

// judgement is the work on one file.
type judgement struct {
	d     *data
	f     *inspect.File
	text  []byte
	out   *catalog.Case
	place place.Place
	limit inspect.Level // of every finding's confidence

	deliberate bool   // whoever wrote what is read meant to ask strangers
	holes1     []pair // well-known names without an address
	nulls      int    // names without an address
}

// A pair is a name and where it is said to lead.
type pair struct {
	name, to string
	offset   int
	kind     string
}

func (j *judgement) add(id string, sure inspect.Level, offset int, evidence string) {
	j.out.Add(id, min(sure, j.limit), offset, evidence)
}

// leads judges that name leads to an address or to another name; to is "" for nowhere.
// "#" and "." are all names.
func (j *judgement) leads(name, to string, offset int) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	all := name == "#" || name == "" || name == "*"
	g, exact := j.d.known(name)
	if g == nil && !all {
		if to == "" || isNull(to) {
			j.nulls++
		}
		return
	}
	said := name + " -> " + to
	if g != nil {
		said += " (" + g.What + ")"
	}
	a, err := netip.ParseAddr(to)
	switch {
	case to == "" || err == nil && (a.IsUnspecified() || a.IsLoopback()):
		j.nulls++
		if !all && g.Blackhole && exact {
			j.holes1 = append(j.holes1, pair{name, to, offset, g.What})
		}
	case err == nil && all:
		if host.ForeignAddr(a) && !j.d.isResolver(a) {
			j.add(ruleRedirect, inspect.High, offset, "every name -> "+to)
		}
	case err == nil && !host.ForeignAddr(a):
		if a.IsPrivate() {
			j.add(ruleRedirect, inspect.Medium, offset, said)
		}
	case err == nil && contains(g.Own, a):
		sure := inspect.Low
		if shared(g.Own, a) {
			sure = inspect.Medium
		}
		j.add(ruleRedirect, sure, offset, said)
	case err == nil:
		j.add(ruleRedirect, inspect.High, offset, said)
	case !all:
		j.leadsTo(g, name, to, offset, said)
	}
}

// shared reports whether an address is in no network of an owner's but one so large that
// it is a cloud's, where anybody can have an address.
func shared(own []netip.Prefix, a netip.Addr) bool {
	return !slices.ContainsFunc(own, func(p netip.Prefix) bool {
		large := p.Addr().Is4() && p.Bits() <= 12
		return p.Contains(a.Unmap()) && !large
	})
}

// leadsTo judges that a well-known name is another name.
func (j *judgement) leadsTo(g *group, name, to string, offset int, said string) {
	other, _ := j.d.known(to)
	if other != nil || !host.Foreign(to) || host.Registrable(to) == host.Registrable(name) {
		return
	}
	sure := inspect.High
	if host.Placeholder(to) {
		sure = inspect.Medium
	}
	j.add(ruleRedirect, sure, offset, said)
}

// listOfNames is how many names without an address make a file a list of what somebody
// wants blocked: ads, trackers, whole vendors.
const listOfNames = 50

// holes reports the well-known names without an address, when all are known.
func (j *judgement) holes() {
	for _, p := range j.holes1 {
		sure := inspect.High
		if j.nulls >= listOfNames {
			sure = inspect.Low
		}
		j.add(ruleBlackhole, sure, p.offset, p.name+" -> "+p.to+" ("+p.kind+")")
	}
}

func isNull(to string) bool {
	a, err := netip.ParseAddr(to)
	return err == nil && (a.IsUnspecified() || a.IsLoopback())
}

// resolver judges that names are asked for at an address, which may have a port or the
// name of a certificate behind it: 192.0.2.1, 192.0.2.1:53, 192.0.2.1@853#name, tls://192.0.2.1.
func (j *judgement) resolver(id string, zone, word string, offset int) {
	a, ok := address(word)
	if !ok || !host.ForeignAddr(a) || j.d.isResolver(a) {
		return
	}
	if zone = strings.Trim(zone, "."); zone == "" {
		sure := inspect.High
		if id == ruleResolver && !j.deliberate {
			sure = inspect.Medium
		}
		j.add(id, sure, offset, a.String())
		return
	}
	if g, _ := j.d.known(zone); g != nil && !contains(g.Own, a) {
		j.add(ruleRedirect, inspect.High, offset, zone+" is asked for at "+a.String()+" ("+g.What+")")
	}
}

// address finds the address in a word.
func address(word string) (netip.Addr, bool) {
	word = strings.Trim(word, `"',;`)
	if _, rest, ok := strings.Cut(word, "://"); ok {
		word = strings.TrimSuffix(rest, "/")
	}
	if i := strings.IndexAny(word, "@#%/"); i >= 0 {
		word = word[:i]
	}
	if a, err := netip.ParseAddr(strings.Trim(word, "[]")); err == nil {
		return a.Unmap(), true
	}
	if ap, err := netip.ParseAddrPort(word); err == nil {
		return ap.Addr().Unmap(), true
	}
	return netip.Addr{}, false
}
