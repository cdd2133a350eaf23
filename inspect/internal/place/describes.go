package place

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// describes knows the rules of products that watch for attacks, by the form that each
// product asks for, or, where a long comment leads, by the product's folder. What can be
// run, and what other words of the head make a launch place, is none.
func describes(f *inspect.File, k *known) bool {
	if f.Type != inspect.Regular || f.Mode&0o111 != 0 || k.kind != Config && k.kind != Other {
		return false
	}
	ext := path.Ext(k.lower)
	products, ok := watchers[ext]
	if !ok {
		return false
	}
	first, rest := significant(f.Head)
	if first == "" { // nothing but comments as far as can be seen
		return slices.ContainsFunc(products, func(w watcher) bool { return w.folder != "" && Below(k.lower, w.folder) })
	}
	return slices.ContainsFunc(products, func(w watcher) bool {
		return slices.ContainsFunc(w.begins, func(b string) bool { return strings.HasPrefix(first, b) }) &&
			!slices.ContainsFunc(w.holds, func(h string) bool { return !strings.Contains(rest, h) })
	})
}

// A watcher is the form that a product's rules have.
type watcher struct {
	folder string   // that its rules are in, of any path
	begins []string // the first line that is neither blank nor a comment begins with one of these
	holds  []string // the head holds all of these
}

// watchers are those forms, by the ending of a file's name. Sources:
// https://falco.org/docs/reference/rules/rule-fields/,
// https://sigmahq.io/docs/basics/rules.html, https://semgrep.dev/docs/writing-rules/rule-syntax,
// https://documentation.wazuh.com/current/user-manual/ruleset/ruleset-xml-syntax/rules.html,
// https://docs.suricata.io/en/latest/rules/intro.html,
// https://www.elastic.co/docs/solutions/security/detect-and-alert (detection rules as TOML).
var watchers = map[string][]watcher{
	".yaml": yamlWatchers, ".yml": yamlWatchers,
	".rules": {{folder: "suricata", begins: ruleActions, holds: []string{"->", "(", ";"}}, {folder: "snort"}},
	".xml":   {{folder: "ossec", begins: []string{"<group name="}, holds: []string{"<rule id=", "level="}}},
	".toml":  {{begins: []string{"[metadata]", "[rule]"}, holds: []string{"creation_date", "integration"}}},
}

var yamlWatchers = []watcher{
	{folder: "falco", begins: []string{"- rule:", "- macro:"}, holds: []string{"condition:"}},
	{begins: []string{"- list:"}, holds: []string{"items:"}},
	{begins: []string{"- required_engine_version:", "- required_plugin_versions:"}},
	{begins: []string{"title:"}, holds: []string{"logsource:"}},
	{begins: []string{"rules:"}, holds: []string{"- id:", "pattern"}},
}

var ruleActions = []string{"alert ", "drop ", "reject "}

// significant returns the first line of a head that is neither blank nor a comment nor
// begins a YAML document, without what is indented before it, and all from there on.
func significant(head []byte) (line, rest string) {
	for text := head; len(text) > 0; {
		one, after, whole := bytes.Cut(text, []byte("\n"))
		t := bytes.TrimSpace(one)
		if len(t) > 0 && t[0] != '#' && !bytes.Equal(t, []byte("---")) && !bytes.HasPrefix(t, []byte("<!--")) {
			return string(t), string(text)
		}
		if !whole {
			break
		}
		text = after
	}
	return "", ""
}
