package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/policy"
)

// endpoints are the hosts that engines ask for a registry.
func endpoints(registry string) []string {
	if registry == "docker.io" {
		return []string{"registry-1.docker.io", "auth.docker.io"}
	}
	return []string{registry}
}

// egress looks whether the network leads to each registry itself.
func (d *doctor) egress(ctx context.Context) {
	mirrored := d.addresses(ctx)
	for _, registry := range d.Registries {
		var open []string
		for _, host := range endpoints(registry) {
			found, err := d.Network.LookUp(ctx, host)
			if err != nil {
				continue // no address is no way
			}
			for _, a := range found {
				if slices.Contains(mirrored, a) {
					continue // the name leads to Lazaret, in its registry mode
				}
				if d.Network.Dial(ctx, netip.AddrPortFrom(a, 443).String()) == nil {
					open = append(open, fmt.Sprintf("%s (%s)", host, a))
				}
			}
		}
		if ctx.Err() != nil {
			d.note("egress "+registry, Unknown, "there was no time to look", "")
			continue
		}
		if len(open) == 0 {
			d.note("egress "+registry, Enforced, "the network does not lead to "+strings.Join(endpoints(registry), ", "), "")
			continue
		}
		d.open = append(d.open, registry)
		d.note("egress "+registry, Bypassable, "this host reaches "+strings.Join(open, ", ")+": whoever does not ask Lazaret gets what it would refuse",
			d.enrol(d.client(), "--close hub")+", and nft -f with the rules that it writes; or a firewall, or a name server that does not know these names")
	}
}

// client is an engine that is there, for a command that asks for one.
func (d *doctor) client() string {
	for _, k := range kinds() {
		if slices.ContainsFunc(k.programs, d.Runner.Find) {
			return k.name
		}
	}
	return "docker"
}

// addresses are the mirror's.
func (d *doctor) addresses(ctx context.Context) []netip.Addr {
	u, err := url.Parse(d.mirror)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	out, err := d.Network.LookUp(ctx, u.Hostname())
	if err != nil {
		return nil
	}
	return out
}

// askMirror asks Lazaret for the canary, as no engine would.
func (d *doctor) askMirror(ctx context.Context) {
	if d.mirror == "" {
		d.note("mirror", Unknown, "no engine names a mirror", "--mirror says where Lazaret is")
		return
	}
	status, body, err := d.Network.Get(ctx, d.mirror+"/v2/"+policy.Canary+"/manifests/latest")
	switch {
	case err != nil && untrusted(err.Error()):
		d.note("mirror", Unknown, "this host does not trust the certificate of "+d.mirror+": "+lastLine(err.Error()), "--ca has the authority of its certificate; lazaret enrol --ca gives it to the engines")
	case err != nil:
		d.note("mirror", Unknown, d.mirror+" does not answer: "+lastLine(err.Error()), "see whether Lazaret runs; while it does not, engines that can go to the registries do")
	case status != 403 || !strings.Contains(body, refusal):
		d.note("mirror", Bypassable, fmt.Sprintf("%s does not refuse the canary (status %d): it is not Lazaret, or an old one", d.mirror, status), "--mirror says where Lazaret is")
	case strings.Contains(body, "mode audit"):
		d.note("mirror", Bypassable, d.mirror+" is in mode audit: it refuses nothing but the canary", "LAZARET_MODE=enforce")
	default:
		d.note("mirror", Enforced, d.mirror+" refuses the canary", "")
	}
}

// untrusted tells the error of a certificate that is not trusted, in Go's words.
func untrusted(text string) bool {
	return strings.Contains(text, "x509:") || strings.Contains(text, "tls: failed to verify certificate") || strings.Contains(text, "HTTP response to HTTPS client")
}
