package domain

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/catalog"
)

//go:embed rules.yaml
var rulesYAML []byte

// The rules' ids, as the code knows them.
const (
	ruleMalicious = "malicious"
	ruleMalware   = "malware"
	ruleNew       = "new"
	ruleDynamic   = "dynamic"
	ruleTunnel    = "tunnel"
	ruleUpdate    = "update"

	ruleBlob       = "blob"
	ruleFile       = "file"
	ruleRepository = "repository"
)

// data is rules.yaml.
type data struct {
	Dynamic     []string       `yaml:"dynamic"`
	Tunnel      []string       `yaml:"tunnel"`
	Service     []string       `yaml:"service"`
	Placeholder []string       `yaml:"placeholder"`
	Rules       []catalog.Rule `yaml:"rules"`
	Others      []catalog.Rule `yaml:"others"`

	suffixes map[string]string // of dynamic names and tunnels, the rule
}

func read(b []byte) (*data, *catalog.Catalog, error) {
	d := &data{suffixes: map[string]string{}}
	c, err := catalog.Read(b, "domain", inspect.MaliciousDomain, d, func() []catalog.Rule { return slices.Concat(d.Rules, d.Others) },
		ruleMalicious, ruleMalware, ruleNew, ruleDynamic, ruleTunnel, ruleUpdate, ruleBlob, ruleFile, ruleRepository)
	if err != nil {
		return nil, nil, err
	}
	for rule, suffixes := range map[string][]string{ruleDynamic: d.Dynamic, ruleTunnel: d.Tunnel} {
		if len(suffixes) == 0 {
			return nil, nil, fmt.Errorf("domain: no suffixes for %s", rule)
		}
		for _, s := range suffixes {
			if s != strings.ToLower(s) || !strings.Contains(s, ".") {
				return nil, nil, fmt.Errorf("domain: suffix %q is not one, or not in lower case", s)
			}
			d.suffixes[s] = rule
		}
	}
	return d, c, nil
}

// patterns finds names below the suffixes.
func (d *data) patterns() []inspect.Pattern {
	var out []inspect.Pattern
	for _, p := range []struct {
		rule     string
		suffixes []string
	}{{ruleDynamic, d.Dynamic}, {ruleTunnel, d.Tunnel}} {
		literals, quoted := make([]string, len(p.suffixes)), make([]string, len(p.suffixes))
		for i, s := range p.suffixes {
			literals[i], quoted[i] = "."+s, regexp.QuoteMeta(s)
		}
		slices.Sort(literals)
		out = append(out, inspect.Pattern{
			ID: p.rule, Literals: slices.Compact(literals),
			Regexp: regexp.MustCompile(`(?i)([a-z0-9+]{2,12}://)?((?:[a-z0-9_-]{1,63}\.){1,6}(?:` + strings.Join(quoted, "|") + `))([:/][0-9]{2,5})?(?:[^a-z0-9.-]|\.?$|\.[^a-z0-9])`),
			Before: 120, After: 12, Max: 32,
		})
	}
	return append(out, inspect.Pattern{
		ID: patternUpdate, Literals: []string{"/update?domains=", "/nic/update?", "/api/update?hostname="},
		Regexp: regexp.MustCompile(`(?i)https?://[a-z0-9.:@_-]{4,120}(?:/update\?domains=|/nic/update\?(?:[a-z]{2,12}=[a-z0-9.]{0,40}&){0,3}hostname=|/api/update\?hostname=)([a-z0-9][a-z0-9.-]{2,80})[&"'\s]`),
		Before: 140, After: 200, Max: 4,
	})
}

// patternUpdate is of calls that update a dynamic name, as DuckDNS, dynv6 and all that speak
// dyndns2 have them (https://www.duckdns.org/spec.jsp, https://help.dyn.com/perform-update.html).
const patternUpdate = "update"

// stands reports whether a label only stands for a customer's.
func (d *data) stands(label string) bool {
	return slices.Contains(d.Placeholder, label) || strings.HasPrefix(label, "your") || strings.HasPrefix(label, "my") || strings.HasPrefix(label, "example")
}

// customers returns the part of a name that a customer of a service chose, and the rule of
// the service's suffix; "" for the service's own hosts.
func (d *data) customers(name string) (label, rule string) {
	for rest := name; rest != ""; {
		label, rest, _ = strings.Cut(rest, ".")
		if r, ok := d.suffixes[rest]; ok {
			first, _, _ := strings.Cut(name, ".")
			if slices.Contains(d.Service, label) || slices.Contains(d.Service, first) && label == first {
				return "", ""
			}
			return label, r
		}
	}
	return "", ""
}
