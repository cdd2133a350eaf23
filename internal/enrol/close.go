package enrol

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// nftFile is the client's own, with a table of its own, so that clients of one host are
// enrolled and put back apart.
func (p *planner) nftFile() string { return "/etc/nftables.d/lazaret-" + string(p.Client) + ".nft" }

// services are the units whose engine CloseAll keeps to Lazaret.
func services(c Client) []string {
	return map[Client][]string{
		Docker: {"docker.service"}, Containerd: {"containerd.service"}, CRIO: {"crio.service"},
		BuildKit: {"buildkit.service"}, K3s: {"k3s.service", "k3s-agent.service"},
	}[c]
}

// close plans a file for nftables. It is in force once it is included.
func (p *planner) close() error {
	if p.Close == "" || p.Close == CloseNone {
		return nil
	}
	if p.local() {
		p.note("Lazaret is on this very host and needs Docker Hub itself: nothing was closed. Run it in a network namespace of its own, or close the network around the host.")
		return nil
	}
	name := p.nftFile()
	src, err := p.read(name)
	if err != nil {
		return err
	}
	// Docker Hub's addresses change. Those of before stay, so that this finds the same again.
	addrs := slices.Concat(p.HubAddrs, addrsIn(string(src)))
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	addrs = slices.DeleteFunc(addrs, func(a netip.Addr) bool { return slices.Contains(p.Addrs, a) || a.IsLoopback() || a.IsUnspecified() })
	slices.SortFunc(addrs, netip.Addr.Compare)
	addrs = slices.Compact(addrs)
	if len(addrs) == 0 {
		p.note("None of %s has an address here: there was nothing to close.", strings.Join(HubNames(), ", "))
		if p.Close == CloseHub {
			return nil
		}
	}
	text, err := p.nft(addrs)
	if err != nil {
		return err
	}
	if p.write(name, src, []byte(text)) {
		p.restart("nft -f " + name)
	}
	p.note("%[1]s is in force after nft -f %[1]s, and at the next start only if /etc/nftables.conf has: include %[1]q", name)
	p.note("Docker Hub's addresses change: enrol again from time to time, or close the network where names can be told apart.")
	return nil
}

var address = regexp.MustCompile(`(?m)^\t\t\t([0-9a-f.:]+),$`)

// addrsIn finds the addresses of a file that nft wrote.
func addrsIn(src string) (out []netip.Addr) {
	for _, m := range address.FindAllStringSubmatch(src, -1) {
		if a, err := netip.ParseAddr(m[1]); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// nft writes the rules: https://wiki.nftables.org
func (p *planner) nft(addrs []netip.Addr) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/usr/sbin/nft -f\n# No way to Docker Hub past Lazaret at %s. Written by lazaret enrol.\n\n", p.mirror)
	fmt.Fprintf(&b, "table inet lazaret_%[1]s\ndelete table inet lazaret_%[1]s\n\ntable inet lazaret_%[1]s {\n", p.Client)
	for _, family := range []struct {
		name string
		is   func(netip.Addr) bool
	}{{"4", netip.Addr.Is4}, {"6", netip.Addr.Is6}} {
		fmt.Fprintf(&b, "\tset hub%[1]s {\n\t\ttype ipv%[1]s_addr\n", family.name)
		of := slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool { return !family.is(a) })
		if len(of) > 0 {
			b.WriteString("\t\telements = {\n")
			for _, a := range of {
				fmt.Fprintf(&b, "\t\t\t%s,\n", a)
			}
			b.WriteString("\t\t}\n")
		}
		b.WriteString("\t}\n\n")
	}
	b.WriteString("\tchain hub {\n\t\tip daddr @hub4 tcp dport { 80, 443 } counter reject with tcp reset\n\t\tip6 daddr @hub6 tcp dport { 80, 443 } counter reject with tcp reset\n\t}\n\n")
	b.WriteString("\tchain output {\n\t\ttype filter hook output priority filter; policy accept;\n\t\tjump hub\n")
	if p.Close == CloseAll {
		if err := p.nftServices(&b); err != nil {
			return "", err
		}
	}
	b.WriteString("\t}\n\n\tchain forward { # containers on this host\n\t\ttype filter hook forward priority filter; policy accept;\n\t\tjump hub\n\t}\n}\n")
	return b.String(), nil
}

// nftServices keeps the engine's service to Lazaret on the ports of registries. What it
// reaches on this host and on its bridges (docker-proxy's containers) stays open.
func (p *planner) nftServices(b *strings.Builder) error {
	units := services(p.Client)
	if len(units) == 0 {
		return fmt.Errorf("%s runs as no service: it cannot be told from others, and --close all does not work for it", p.Client)
	}
	if len(p.Addrs) == 0 {
		return fmt.Errorf("the mirror %s has no address: --close all would close the way to it", p.mirror)
	}
	for _, u := range units {
		fmt.Fprintf(b, "\n\t\t# The cgroup must be there when this is loaded: start %s before.\n", u)
		match := fmt.Sprintf("\t\tsocket cgroupv2 level 2 \"system.slice/%s\"", u)
		for _, a := range p.Addrs {
			family := "ip"
			if a = a.Unmap(); a.Is6() {
				family = "ip6"
			}
			fmt.Fprintf(b, "%s %s daddr %s tcp dport %s accept\n", match, family, a, p.port())
		}
		fmt.Fprintf(b, "%s oifname { \"lo\", \"docker*\", \"br-*\", \"cni*\" } accept\n", match)
		fmt.Fprintf(b, "%s tcp dport { 80, 443, 5000 } counter reject with tcp reset\n", match)
	}
	return nil
}
