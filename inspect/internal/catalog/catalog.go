// Package catalog holds what a detector says of what it finds: its rules, read from the
// YAML that it is built with, and the findings on one file made from them.
//
// It promises that a rule's confidence is never exceeded, that a file has at most one
// finding of a rule, the surest, and that findings come in the order of the YAML, so that
// reports do not vary. It trusts the YAML, which is part of the program: Read checks it
// when the detector is made.
package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// A Rule is what is said of a finding.
type Rule struct {
	ID         string           `yaml:"id"`       // without the detector's name
	Category   inspect.Category `yaml:"category"` // if not the catalog's
	Severity   inspect.Level    `yaml:"severity"`
	Confidence inspect.Level    `yaml:"confidence"` // at most
	What       string           `yaml:"what"`
	Source     string           `yaml:"source"`
	Match      []Example        `yaml:"match"` // give the rule, at its confidence or their own
	Pass       []Example        `yaml:"pass"`  // give nothing above low
}

// An Example is a file that a test shows to the detector.
type Example struct {
	Path       string         `yaml:"path"` // "config:…" is a part of a config
	Text       string         `yaml:"text"`
	Mode       uint32         `yaml:"mode"`       // permissions; 0644 if not given
	Confidence *inspect.Level `yaml:"confidence"` // if not the rule's
}

// A Catalog is the rules of one detector.
type Catalog struct {
	Detector string
	Category inspect.Category
	Rules    []Rule
	Version  string // of the YAML: the beginning of its hash, in hex
}

// Read decodes a detector's YAML into data, a pointer to a struct with the rules and
// whatever else the detector keeps there, and makes a Catalog of the rules that the
// function rules returns. ids are the rules that the code knows; a file with others, or
// without one of them, is an error.
func Read(b []byte, detector string, category inspect.Category, data any, rules func() []Rule, ids ...string) (*Catalog, error) {
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(data); err != nil {
		return nil, fmt.Errorf("%s: read the rules: %w", detector, err)
	}
	sum := sha256.Sum256(b)
	c := &Catalog{Detector: detector, Category: category, Rules: rules(), Version: hex.EncodeToString(sum[:8])}
	var errs []error
	for i, r := range c.Rules {
		switch {
		case !slices.Contains(ids, r.ID), slices.ContainsFunc(c.Rules[:i], func(o Rule) bool { return o.ID == r.ID }):
			errs = append(errs, fmt.Errorf("%s: rule %q is not one that the code knows, or is there twice", detector, r.ID))
		case r.What == "" || r.Source == "":
			errs = append(errs, fmt.Errorf("%s: rule %s does not say what it finds, or by which source", detector, r.ID))
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.ID == id }) {
			errs = append(errs, fmt.Errorf("%s: no rule %s", detector, id))
		}
	}
	return c, errors.Join(errs...)
}

// A Case is the findings on one file.
type Case struct {
	catalog *Catalog
	file    *inspect.File
	seen    inspect.Seen
	best    map[string]inspect.Finding // by rule id; nil until there is one
}

// Open begins a case.
func (c *Catalog) Open(f *inspect.File, s inspect.Seen) *Case {
	return &Case{catalog: c, file: f, seen: s}
}

// Add keeps a finding of a rule at an offset of the content if it is surer than what is
// known. The rule must be one of the catalog.
func (c *Case) Add(id string, sure inspect.Level, offset int, evidence string) {
	c.AddCategory(id, "", sure, offset, evidence)
}

// AddCategory is Add for a rule whose findings are of several categories.
func (c *Case) AddCategory(id string, category inspect.Category, sure inspect.Level, offset int, evidence string) {
	i := slices.IndexFunc(c.catalog.Rules, func(r Rule) bool { return r.ID == id })
	r := c.catalog.Rules[i]
	sure = min(sure, r.Confidence)
	if old, ok := c.best[id]; ok && old.Confidence >= sure {
		return
	}
	for _, from := range []inspect.Category{r.Category, c.catalog.Category} {
		if category == "" {
			category = from
		}
	}
	line := 0
	if c.seen.Text {
		line = 1 + bytes.Count(c.seen.Content[:min(offset, len(c.seen.Content))], []byte("\n"))
	}
	if c.best == nil {
		c.best = map[string]inspect.Finding{}
	}
	c.best[id] = inspect.Finding{
		Rule: c.catalog.Detector + "/" + id, Category: category, Severity: r.Severity, Confidence: sure,
		Path: c.file.Path, Offset: int64(offset), Line: line, Evidence: redact.Text(r.What + ": " + evidence),
	}
}

// Report gives out the findings, in the order of the rules.
func (c *Case) Report(found func(inspect.Finding)) {
	if len(c.best) == 0 {
		return
	}
	for _, r := range c.catalog.Rules {
		if f, ok := c.best[r.ID]; ok {
			found(f)
		}
	}
}

// List returns the rules as a listing has them.
func (c *Catalog) List() []inspect.Rule {
	var out []inspect.Rule
	for _, r := range c.Rules {
		category := c.Category
		if r.Category != "" {
			category = r.Category
		}
		out = append(out, inspect.Rule{
			ID: c.Detector + "/" + r.ID, Category: category, Severity: r.Severity, Confidence: r.Confidence, What: r.What, Source: r.Source,
		})
	}
	return out
}
