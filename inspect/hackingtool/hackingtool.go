// Package hackingtool recognises tools that attack others: scanners, guessers of passwords,
// kits of exploits, floods, phishing.
//
// Such a tool is legal, and lies in honest images too. So that one lies there is low, by
// its name or by words of its own that it holds under any name; that a script starts one is
// low or medium; and what is sure is only that the image's start runs one against somebody:
// with targets, word lists, a rate or a flood. Several tools in one recipe are a kit, which
// is medium. Package policy joins a tool with what starts it.
//
// It is all data: the rules, with their sources and examples, are in rules.yaml.
package hackingtool

import (
	_ "embed"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

//go:embed rules.yaml
var rulesYAML []byte

// New makes the detector from the rules that it is built with.
func New() (*rules.Detector, error) {
	return rules.New(rules.Config{Name: "hackingtool", Category: inspect.HackingTool, Code: "2", YAML: rulesYAML})
}
