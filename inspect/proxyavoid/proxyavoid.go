// Package proxyavoid recognises proxies and anonymisers that get traffic past rules and
// logs, or that sell the bandwidth of those who run them.
//
// Such a program is legal, and lies in honest images too. So that one lies there is low, by
// its name or by words of its own that it holds under any name; so is a line that starts
// one; settings that open it to everybody or lead to a foreign server are medium; and what
// is sure is only that the image's start runs one with settings of its own, or sells
// bandwidth for an account. Package policy joins a program, its settings and what starts it.
//
// The rules, with their sources and examples, are in rules.yaml; code reads what a proxy's
// own settings limit it to, and what scripts are proxies themselves.
package proxyavoid

import (
	_ "embed"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/rules"
)

//go:embed rules.yaml
var rulesYAML []byte

// New makes the detector from the rules that it is built with.
func New() (*rules.Detector, error) {
	return rules.New(rules.Config{
		Name: "proxyavoid", Category: inspect.ProxyAvoidance, Code: "5", YAML: rulesYAML,
		Checks: map[string]rules.Check{"foreign": foreign, "elsewhere": elsewhere},
		Wants:  settings,
		Judge:  func(c *rules.Case) { limits(c); socks(c) },
	})
}

// foreign accepts a host elsewhere on the Internet.
func foreign(groups [][]byte) bool {
	if len(groups) < 2 {
		return false
	}
	r, ok := host.Parse(string(groups[1]))
	return ok && host.Foreign(r.Host) && !host.Placeholder(r.Host)
}
