package dnshijack

import (
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
)

//go:embed rules.yaml
var rulesYAML []byte

// The rules' ids, as the code knows them.
const (
	ruleRedirect  = "redirect"
	ruleBlackhole = "blackhole"
	ruleResolver  = "resolver"
	ruleNAT       = "nat"
	ruleSource    = "source"
	ruleModule    = "module"
	ruleAddress   = "address"
	ruleRouter    = "router"
)

// data is rules.yaml.
type data struct {
	Names     []group        `yaml:"names"`
	Resolvers []netip.Prefix `yaml:"resolvers"`
	Modules   []string       `yaml:"modules"`
	Rules     []catalog.Rule `yaml:"rules"`

	byName map[string]*group
}

// A group is well-known names of one kind.
type group struct {
	What      string         `yaml:"what"`
	Blackhole bool           `yaml:"blackhole"`
	Names     []string       `yaml:"names"`
	Own       []netip.Prefix `yaml:"own"`
}

// read decodes the rules and holds them to what the code needs of them.
func read(b []byte) (*data, *catalog.Catalog, error) {
	d := &data{byName: map[string]*group{}}
	c, err := catalog.Read(b, "dnshijack", inspect.DNSHijack, d, func() []catalog.Rule { return d.Rules },
		ruleRedirect, ruleBlackhole, ruleResolver, ruleNAT, ruleSource, ruleModule, ruleAddress, ruleRouter)
	if err != nil {
		return nil, nil, err
	}
	for i := range d.Names {
		g := &d.Names[i]
		for _, n := range g.Names {
			if n == "" || n != strings.ToLower(n) || g.What == "" {
				return nil, nil, fmt.Errorf("dnshijack: name %q is not in lower case, or of no kind", n)
			}
			if d.byName[n] == nil {
				d.byName[n] = g
			}
		}
	}
	if len(d.byName) == 0 || len(d.Resolvers) == 0 || len(d.Modules) == 0 {
		return nil, nil, fmt.Errorf("dnshijack: no names, no resolvers or no modules")
	}
	return d, c, nil
}

// known returns the group of a name: of itself, or of the nearest one above. exact says
// that the name is listed, but for a www. before it.
func (d *data) known(name string) (g *group, exact bool) {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(name, ".")), "*.")
	exact = true
	for bare := strings.TrimPrefix(name, "www."); bare != ""; exact = false {
		if g := d.byName[bare]; g != nil {
			return g, exact
		}
		_, bare, _ = strings.Cut(bare, ".")
	}
	return nil, false
}

// isResolver reports whether an address is that of a resolver that many use.
func (d *data) isResolver(a netip.Addr) bool { return contains(d.Resolvers, a) }

func contains(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
