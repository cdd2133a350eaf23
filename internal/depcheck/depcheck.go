// Package depcheck holds Lazaret's import law, and checks it.
//
// Imports point one way: cmd -> proxy, internal/admin -> cache, policy, internal/records
// -> inspect -> internal/oci. What keeps facts apart from judgement, and both apart from
// storage and the network, is that none of them can see the next. The law (law.go) is a
// table; its test asks the go command what imports what and prints each path that breaks
// it. Tests may import what they like.
package depcheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Graph has, for each package of ours, what it imports outside its tests. Our packages
// go by their path within the module, "." being its root; all others by their import path.
type Graph map[string][]string

// A Law says what may import what. In its patterns a trailing "/*" stands for one more
// path element, and "/..." for any number, none included.
type Law struct {
	Layers     []Layer    // a package of ours lives by the first that matches it; one without is a violation
	Monopolies []Monopoly // an import is subject to the first that matches it
	Bans       []Ban      // all that match
	Exempt     []string   // packages that monopolies and bans do not concern
}

// A Layer says which packages of ours a package may reach, through whatever chain.
type Layer struct {
	Package string
	Reach   []string
}

// A Monopoly says which packages alone import something.
type Monopoly struct {
	Import  string
	Holders []string
}

// A Ban says what a package never imports itself.
type Ban struct {
	Package string
	Imports []string
}

// A Violation is a chain of imports that the law does not allow.
type Violation struct {
	Path []string // from the package that is at fault to what it must not have
	Rule string
}

// String is the whole path, and the rule: "cache -> policy: cache may not reach policy".
func (v Violation) String() string { return strings.Join(v.Path, " -> ") + ": " + v.Rule }

// Check returns all that breaks the law, in the order of the packages at fault.
func (l Law) Check(g Graph) []Violation {
	var out []Violation
	for _, p := range slices.Sorted(maps.Keys(g)) {
		out = append(out, l.reach(g, p)...)
		if matchesAny(l.Exempt, p) {
			continue
		}
		for _, imp := range g[p] {
			out = append(out, l.imports(p, imp)...)
		}
	}
	return out
}

// reach walks our packages breadth first from p, so that the path it reports is a
// shortest one, and not beyond one that p may not reach.
func (l Law) reach(g Graph, p string) []Violation {
	i := slices.IndexFunc(l.Layers, func(r Layer) bool { return matches(r.Package, p) })
	if i < 0 {
		return []Violation{{[]string{p}, "has no row in the table of layers"}}
	}
	var out []Violation
	seen, queue := map[string]bool{p: true}, [][]string{{p}}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		for _, q := range g[path[len(path)-1]] {
			if _, ours := g[q]; !ours || seen[q] {
				continue
			}
			seen[q] = true
			longer := append(slices.Clone(path), q)
			if matchesAny(l.Layers[i].Reach, q) {
				queue = append(queue, longer)
				continue
			}
			out = append(out, Violation{longer, fmt.Sprintf("%s may not reach %s", p, q)})
		}
	}
	return out
}

// imports checks one direct import.
func (l Law) imports(p, imp string) []Violation {
	var out []Violation
	i := slices.IndexFunc(l.Monopolies, func(m Monopoly) bool { return matches(m.Import, imp) })
	if i >= 0 && !matchesAny(l.Monopolies[i].Holders, p) {
		rule := "only " + strings.Join(l.Monopolies[i].Holders, ", ") + " may import it"
		if len(l.Monopolies[i].Holders) == 0 {
			rule = "nothing may import it"
		}
		out = append(out, Violation{[]string{p, imp}, rule})
	}
	for _, b := range l.Bans {
		if matches(b.Package, p) && matchesAny(b.Imports, imp) {
			out = append(out, Violation{[]string{p, imp}, b.Package + " never imports it"})
		}
	}
	return out
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}

func matches(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, ok := strings.CutPrefix(path, base+"/")
		return ok && rest != "" && !strings.Contains(rest, "/")
	}
	return pattern == path
}
