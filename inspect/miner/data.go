package miner

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
)

//go:embed rules.yaml
var rulesYAML []byte

// data is rules.yaml.
type data struct {
	Pools      []string            `yaml:"pools"`
	Donate     []string            `yaml:"donate"`
	Programs   []string            `yaml:"programs"`
	Phrases    []string            `yaml:"phrases"`
	Projects   []string            `yaml:"projects"`
	Flags      []string            `yaml:"flags"`
	Hints      []string            `yaml:"hints"`
	Algorithms []string            `yaml:"algorithms"`
	Coins      []string            `yaml:"coins"`
	Groups     map[string][]string `yaml:"groups"`
	Rules      []rule              `yaml:"rules"`

	programs map[string]bool         // Programs
	begins   map[[beginLen]byte]bool // what their names, and the phrases, begin with: beginLen bytes
	phrases  map[string][][]string   // Phrases, by their first word
}

// A rule is what is said of a finding.
type rule struct {
	ID         string        `yaml:"id"`
	Severity   inspect.Level `yaml:"severity"`
	Confidence inspect.Level `yaml:"confidence"` // at most
	What       string        `yaml:"what"`
	Source     string        `yaml:"source"`
	Match      []example     `yaml:"match"`
	Pass       []example     `yaml:"pass"`
}

// An example is a file that a test shows to the detector.
type example struct {
	Path       string         `yaml:"path"` // "config:…" is a part of a config
	Text       string         `yaml:"text"`
	Mode       uint32         `yaml:"mode"`       // permissions; 0644 if not given
	ELF        bool           `yaml:"elf"`        // the text is the strings of a program
	Confidence *inspect.Level `yaml:"confidence"` // if not the rule's
}

// The rules' ids and the groups' names, as the code knows them.
const (
	ruleStratum  = "stratum-launch"
	ruleLaunch   = "launch-line"
	ruleWallet   = "wallet-and-pool"
	ruleConfig   = "config"
	ruleBinary   = "binary"
	ruleProgram  = "program"
	ruleFetch    = "fetch"
	ruleProtocol = "protocol"
	ruleWeb      = "web"
	ruleMention  = "mention"

	groupStratum = "stratum"
	groupLogin   = "login"
	groupKernel  = "kernel"
	groupRig     = "rig"
	groupScheme  = "scheme"
	groupHwloc   = "hwloc"
	groupReport  = "report"
	groupWeb     = "web"
	groupWork    = "work"
	groupKeys    = "keys"
	groupClient  = "client"
)

// parse reads the rules and holds them to what the code needs of them.
func parse(b []byte) (data, error) {
	var d data
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil {
		return data{}, fmt.Errorf("miner: read the rules: %w", err)
	}
	var errs []error
	for _, id := range []string{ruleStratum, ruleLaunch, ruleWallet, ruleConfig, ruleBinary, ruleProgram, ruleFetch, ruleProtocol, ruleWeb, ruleMention} {
		if !slices.ContainsFunc(d.Rules, func(r rule) bool { return r.ID == id && r.What != "" }) {
			errs = append(errs, fmt.Errorf("miner: no rule %s", id))
		}
	}
	for _, g := range []string{groupStratum, groupLogin, groupKernel, groupRig, groupScheme, groupHwloc, groupReport, groupWeb, groupWork, groupKeys, groupClient} {
		if len(d.Groups[g]) == 0 {
			errs = append(errs, fmt.Errorf("miner: no group %s", g))
		}
	}
	for name, words := range map[string][]string{"pools": d.Pools, "donate": d.Donate, "programs": d.Programs, "projects": d.Projects, "flags": d.Flags, "hints": d.Hints} {
		for _, w := range words {
			if len(w) < 3 || w != strings.ToLower(w) {
				errs = append(errs, fmt.Errorf("miner: %s: %q is short or not in lower case", name, w))
			}
		}
	}
	d.programs, d.begins = map[string]bool{}, map[[beginLen]byte]bool{}
	for _, name := range d.Programs {
		d.programs[name] = true
		d.begins[begin(name)] = true
	}
	d.phrases = map[string][][]string{}
	for _, phrase := range d.Phrases {
		words := strings.Fields(phrase)
		if len(words) < 2 || len(words[0]) < beginLen || phrase != strings.ToLower(phrase) {
			errs = append(errs, fmt.Errorf("miner: phrases: %q is one word or not in lower case", phrase))
			continue
		}
		d.begins[begin(words[0])] = true
		d.phrases[words[0]] = append(d.phrases[words[0]], words[1:])
	}
	return d, errors.Join(errs...)
}

// rule returns the rule of an id that parse has seen.
func (d *data) rule(id string) rule {
	i := slices.IndexFunc(d.Rules, func(r rule) bool { return r.ID == id })
	return d.Rules[i]
}

// isPool reports whether host is a known pool's or a name below one.
func (d *data) isPool(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	under := func(pool string) bool { return host == pool || strings.HasSuffix(host, "."+pool) }
	return slices.ContainsFunc(d.Pools, under) || slices.ContainsFunc(d.Donate, under)
}

// isProgram reports whether a path names a program that only mines.
func (d *data) isProgram(path string) bool {
	name := d.programName(path)
	return name != "" && (d.programs[name] || d.programs[argv.Plain(name)])
}

// beginLen is the length, in bytes, of the shortest of those names.
const beginLen = 3

// begin is what the name of a program begins with, in lower case.
func begin(name string) (b [beginLen]byte) {
	for i := range b {
		if b[i] = name[i]; 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return b
}

// programName is the name of the program that a word names, in lower case; "" if it begins
// like none that is known, or is too short or too long for one.
func (d *data) programName(word string) string {
	const longest = 48
	name := word[max(strings.LastIndexByte(word, '/'), strings.LastIndexByte(word, '\\'))+1:]
	if len(name) < beginLen || len(name) > longest || !d.begins[begin(name)] {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}

// says reports whether words tell a program, which has to be told, to mine: whether the
// rest of one of its phrases is among them, in its order.
func (d *data) says(program string, words []string) bool {
	return slices.ContainsFunc(d.phrases[d.programName(program)], func(phrase []string) bool {
		left := phrase
		for _, w := range words {
			if len(left) > 0 && strings.EqualFold(w, left[0]) {
				left = left[1:]
			}
		}
		return len(left) == 0
	})
}

// isAlgorithm reports whether value names a proof-of-work algorithm. Names of three
// letters and fewer must be the whole value.
func (d *data) isAlgorithm(value string) bool {
	value = strings.ToLower(value)
	return slices.ContainsFunc(d.Algorithms, func(a string) bool {
		return value == a || len(a) > 2 && a != "x11" && strings.HasPrefix(value, a)
	})
}

func (d *data) isCoin(value string) bool { return slices.Contains(d.Coins, strings.ToLower(value)) }
