package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Bounds of a policy file.
const (
	MaxFile    = 1 << 20 // bytes
	maxRules   = 500
	maxMessage = 200
)

// A key is one of a mapping of the file: how it is read, and how the schema describes it.
type key struct {
	name, doc string
	required  bool
	schema    map[string]any
	read      func(p *parser, n *yaml.Node)
}

var nameGrammar = regexp.MustCompile(`^[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?$`)

// ParseRules compiles a policy file; name is what errors call it. The error has a FileError
// for each thing that is wrong.
func ParseRules(name string, text []byte) (*Rules, error) {
	p := &parser{file: name}
	if len(text) > MaxFile {
		return nil, &FileError{File: name, Line: 1, What: fmt.Sprintf("larger than %d bytes", MaxFile)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, &FileError{File: name, Line: lineOf(err), What: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	r := &Rules{}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s: %w", name, ErrNoRules)
	}
	p.mapping(doc.Content[0], "the file", fileKeys(r))
	if len(p.errs) == 0 && len(r.rules) == 0 {
		return nil, fmt.Errorf("%s: %w", name, ErrNoRules)
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	r.join()
	return r, nil
}

// lineOf reads the line from an error of the YAML reader, which tells it in words alone.
func lineOf(err error) int {
	line := 1
	if _, after, ok := strings.Cut(err.Error(), "line "); ok {
		_, _ = fmt.Sscanf(after, "%d", &line) // stays 1 where there is none
	}
	return line
}

func fileKeys(r *Rules) []key {
	return []key{
		{name: "mode", doc: "audit: refuse nothing, and record what would have been refused", schema: map[string]any{"enum": []string{"audit"}},
			read: func(p *parser, n *yaml.Node) { r.audit = p.audit(n) }},
		{name: "clients", doc: "names for those who pull, by their addresses", schema: list(mappingSchema(clientKeys(&clientEntry{}))),
			read: func(p *parser, n *yaml.Node) { r.clients = p.clients(n) }},
		{name: "rules", doc: "in order: the first that holds for a finding decides on it", required: true, schema: list(mappingSchema(ruleKeys(&Rule{})), "minItems", 1, "maxItems", maxRules),
			read: func(p *parser, n *yaml.Node) { r.rules = p.rules(n) }},
	}
}

func clientKeys(c *clientEntry) []key {
	return []key{
		{name: "name", doc: "client.name, and what exceptions and records may call them by", required: true, schema: text("pattern", nameGrammar.String()),
			read: func(p *parser, n *yaml.Node) { c.Name = p.name(n) }},
		{name: "networks", doc: "addresses and networks: 10.1.0.0/16", required: true, schema: list(text(), "minItems", 1),
			read: func(p *parser, n *yaml.Node) { c.Networks = p.networks(n) }},
		{name: "groups", doc: "client.groups", schema: list(text("pattern", nameGrammar.String())),
			read: func(p *parser, n *yaml.Node) { c.Groups = p.texts(n, (*parser).name) }},
	}
}

func ruleKeys(r *Rule) []key {
	return []key{
		{name: "name", doc: "unlike any other rule's; refusals, records and exceptions call the rule by it", required: true, schema: text("pattern", nameGrammar.String()),
			read: func(p *parser, n *yaml.Node) { r.Name = p.name(n) }},
		{name: "when", doc: "a CEL expression over image, upstream, client, now, and finding or findings: docs/policy.md", required: true, schema: text("minLength", 1, "maxLength", maxExpression),
			read: func(p *parser, n *yaml.Node) { r.When = p.text(n) }},
		{name: "action", doc: "what is done about what the rule holds for", required: true, schema: map[string]any{"enum": effects},
			read: func(p *parser, n *yaml.Node) { r.Action = p.effect(n) }},
		{name: "message", doc: "what a developer is told: one line", schema: text("maxLength", maxMessage),
			read: func(p *parser, n *yaml.Node) { r.Message = p.message(n) }},
		{name: "mode", doc: "audit: the rule refuses nothing; what it would have refused is recorded", schema: map[string]any{"enum": []string{"audit"}},
			read: func(p *parser, n *yaml.Node) { r.Audit = p.audit(n) }},
	}
}

func text(with ...any) map[string]any { return schemaOf("string", with) }

func list(items map[string]any, with ...any) map[string]any {
	s := schemaOf("array", with)
	s["items"] = items
	return s
}

func schemaOf(kind string, with []any) map[string]any {
	s := map[string]any{"type": kind}
	for i := 0; i+1 < len(with); i += 2 {
		s[fmt.Sprint(with[i])] = with[i+1]
	}
	return s
}

func mappingSchema(keys []key) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, k := range keys {
		s := map[string]any{"description": k.doc}
		for name, v := range k.schema {
			s[name] = v
		}
		properties[k.name] = s
		if k.required {
			required = append(required, k.name)
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

// Schema returns the JSON schema (draft 2020-12) of a policy file, made of what ParseRules
// reads. What it cannot say, such as that an expression compiles, ParseRules does.
func Schema() ([]byte, error) {
	s := mappingSchema(fileKeys(&Rules{}))
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "A policy file of Lazaret"
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("policy: write the schema: %w", err)
	}
	return append(b, '\n'), nil
}

// A parser reads a policy file and gathers what is wrong with it.
type parser struct {
	file string
	errs []error
}

func (p *parser) fail(line int, form string, args ...any) {
	p.errs = append(p.errs, &FileError{File: p.file, Line: line, What: fmt.Sprintf(form, args...)})
}

// mapping reads the keys of a mapping. It reports whether all that is required was there.
func (p *parser) mapping(n *yaml.Node, what string, keys []key) bool {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		p.fail(n.Line, "%s is not a mapping of keys to values", what)
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		k := slices.IndexFunc(keys, func(k key) bool { return k.name == name.Value })
		switch {
		case k < 0:
			p.fail(name.Line, "%s has no key %.60q", what, name.Value)
		case seen[name.Value]:
			p.fail(name.Line, "%s has %s twice", what, name.Value)
		default:
			keys[k].read(p, resolved(n.Content[i+1]))
		}
		seen[name.Value] = true
	}
	whole := true
	for _, k := range keys {
		if k.required && !seen[k.name] {
			p.fail(n.Line, "%s has no %s", what, k.name)
			whole = false
		}
	}
	return whole
}

// resolved follows an alias, once: one of an alias is none.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (p *parser) rules(n *yaml.Node) (out []Rule) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n.Line, "rules is not a list")
		return nil
	}
	if len(n.Content) > maxRules {
		p.fail(n.Line, "more than %d rules", maxRules)
		return nil
	}
	seen := map[string]bool{}
	for _, item := range n.Content {
		var r Rule
		before := len(p.errs)
		whole := p.mapping(item, "a rule", ruleKeys(&r))
		if r.Name != "" && seen[r.Name] {
			p.fail(resolved(item).Line, "two rules %q", r.Name)
		}
		seen[r.Name] = true
		if r.Audit && r.Action.action() == Allow {
			p.fail(resolved(item).Line, "rule %q refuses nothing: it cannot be in mode audit", r.Name)
		}
		if whole && len(p.errs) == before {
			p.compile(&r, valueOf(resolved(item), "when"))
		}
		out = append(out, r)
	}
	return out
}

// valueOf returns the value of a key that a mapping has.
func valueOf(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return resolved(n.Content[i+1])
		}
	}
	return n
}

func (p *parser) compile(r *Rule, n *yaml.Node) {
	var faults []*fault
	r.when, faults = compile(r.When, r.Action)
	first := n.Line
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		first++ // the block begins below its sign
	}
	for _, f := range faults {
		p.errs = append(p.errs, &FileError{
			File: p.file, Line: first + f.line - 1, What: fmt.Sprintf("rule %q: %s", r.Name, f.what), Snippet: f.snippet(r.When),
		})
	}
}

func (p *parser) clients(n *yaml.Node) (out []clientEntry) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n.Line, "clients is not a list")
		return nil
	}
	for _, item := range n.Content {
		var c clientEntry
		p.mapping(item, "an entry of clients", clientKeys(&c))
		out = append(out, c)
	}
	return out
}

func (p *parser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		p.fail(n.Line, "not a text")
		return ""
	}
	if strings.TrimSpace(n.Value) == "" {
		p.fail(n.Line, "an empty text")
	}
	return n.Value
}

func (p *parser) texts(n *yaml.Node, one func(*parser, *yaml.Node) string) (out []string) {
	if n.Kind != yaml.SequenceNode {
		p.fail(n.Line, "not a list")
		return nil
	}
	for _, item := range n.Content {
		out = append(out, one(p, resolved(item)))
	}
	return out
}

func (p *parser) name(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || !nameGrammar.MatchString(n.Value) {
		p.fail(n.Line, "%.60q is not a name: lower-case letters, digits, and - _ . between them, 63 at most", n.Value)
		return ""
	}
	return n.Value
}

func (p *parser) networks(n *yaml.Node) []string {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.fail(n.Line, "no networks")
	}
	return p.texts(n, func(p *parser, n *yaml.Node) string {
		_, network := netip.ParsePrefix(n.Value)
		_, address := netip.ParseAddr(n.Value)
		if n.Kind != yaml.ScalarNode || network != nil && address != nil {
			p.fail(n.Line, "%.60q is not a network (10.1.0.0/16) or an address", n.Value)
		}
		return n.Value
	})
}

func (p *parser) effect(n *yaml.Node) Effect {
	if e := Effect(n.Value); n.Kind == yaml.ScalarNode && slices.Contains(effects, e) {
		return e
	}
	p.fail(n.Line, "%.60q is not an action: allow, warn, quarantine or block", n.Value)
	return Prohibit
}

func (p *parser) message(n *yaml.Node) string {
	s := strings.TrimSpace(p.text(n))
	if len(s) > maxMessage || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		p.fail(n.Line, "the message is longer than %d bytes, or more than one line of text", maxMessage)
	}
	return s
}

func (p *parser) audit(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "audit" {
		p.fail(n.Line, "%.60q is not a mode: audit, or nothing", n.Value)
	}
	return true
}
