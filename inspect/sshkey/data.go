package sshkey

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
)

//go:embed rules.yaml
var rulesYAML []byte

// The rules' ids, as the code knows them.
const (
	ruleKey       = "authorized-key"
	ruleCommand   = "authorized-by-command"
	ruleElsewhere = "keys-elsewhere"
	ruleLinked    = "keys-linked"
	ruleOpen      = "open-server"
	ruleAsked     = "keys-command"
	rulePrinted   = "key-printed"
)

// A rule is what is said of a finding.
type rule struct {
	ID         string        `yaml:"id"`
	Severity   inspect.Level `yaml:"severity"`
	Confidence inspect.Level `yaml:"confidence"` // at most
	What       string        `yaml:"what"`
	Match      []example     `yaml:"match"`
	Pass       []example     `yaml:"pass"`
}

// An example is a file that a test shows to the detector.
type example struct {
	Path       string         `yaml:"path"` // "config:…" is a part of a config
	Text       string         `yaml:"text"`
	Link       string         `yaml:"link"`       // of a symbolic link
	Confidence *inspect.Level `yaml:"confidence"` // if not the rule's
}

// parse reads the rules, by id, and holds them to what the code needs of them.
func parse(b []byte) (map[string]rule, error) {
	var file struct {
		Rules []rule `yaml:"rules"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("sshkey: read the rules: %w", err)
	}
	out := map[string]rule{}
	for _, id := range []string{ruleKey, ruleCommand, ruleElsewhere, ruleLinked, ruleOpen, ruleAsked, rulePrinted} {
		i := slices.IndexFunc(file.Rules, func(r rule) bool { return r.ID == id && r.What != "" })
		if i < 0 {
			return nil, fmt.Errorf("sshkey: no rule %s", id)
		}
		out[id] = file.Rules[i]
	}
	return out, nil
}
