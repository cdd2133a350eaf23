package place_test

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		path string
		mode fs.FileMode
		head string
		want place.Place
	}{
		{"usr/bin/kworker", 0o755, "\x7fELF\x02\x01", place.Place{Kind: place.Binary}},
		{"usr/share/doc/x/tool", 0o755, "\x7fELF\x02\x01", place.Place{Kind: place.Binary, Aside: true}},
		{"opt/tool.exe", 0o644, "MZ\x90\x00\x03", place.Place{Kind: place.Binary}},
		{"opt/run", 0o755, "#!/bin/sh\n", place.Place{Kind: place.Launch}},
		{"opt/run", 0o755, "#!/usr/bin/env -S bash -e\n", place.Place{Kind: place.Launch}},
		{"opt/run", 0o644, "#!/usr/bin/python3.11\n", place.Place{Kind: place.Script}},
		{"usr/share/doc/x/examples/run", 0o644, "#!/bin/sh\n", place.Place{Kind: place.Prose, Aside: true}},
		{"usr/share/doc/x/examples/run", 0o755, "#!/bin/sh\n", place.Place{Kind: place.Launch, Aside: true}},
		{"README.md", 0o644, "# x", place.Place{Kind: place.Prose, Aside: true}},
		{"opt/readme", 0o755, "", place.Place{}},
		{"opt/notes.txt", 0o755, "#!/bin/sh\n", place.Place{Kind: place.Launch}},
		{"opt/notes.txt", 0o644, "words", place.Place{Kind: place.Prose}},
		{"etc/cron.d/x", 0o644, "* * * * *", place.Place{Kind: place.Launch}},
		{"var/spool/cron/crontabs/root", 0o600, "* * * * *", place.Place{Kind: place.Launch}},
		{"etc/systemd/system/x.service", 0o644, "[Unit]", place.Place{Kind: place.Launch}},
		{"root/.bashrc", 0o644, "", place.Place{Kind: place.Launch}},
		{"srv/.env", 0o644, "A=1", place.Place{Kind: place.Config}},
		{"srv/.env.example", 0o644, "A=1", place.Place{Kind: place.Config, Aside: true}},
		{"app/config.json", 0o644, "{", place.Place{Kind: place.Config}},
		{"app/node_modules/x/config.json", 0o644, "{", place.Place{Kind: place.Config, Vendor: true}},
		{"root/go/pkg/mod/x@v1/testdata/key.pem", 0o644, "-", place.Place{Kind: place.Config, Aside: true, Vendor: true}},
		{"app/main.go", 0o644, "package main", place.Place{Kind: place.Source}},
		{"app/data", 0o644, "", place.Place{}},
		{"usr/share/git-core/templates/hooks/post-merge", 0o644, "x", place.Place{Kind: place.Launch}},
		{"usr/share/doc/x/hooks/post-merge.txt", 0o644, "x", place.Place{Kind: place.Prose, Aside: true}},
		{"usr/lib/python3/dist-packages/sitecustomize.py", 0o644, "x", place.Place{Kind: place.Launch}},
		{"usr/src/app/main.py", 0o644, "x", place.Place{Kind: place.Script}},
		{"usr/src/app/node_modules/x/main.js", 0o644, "x", place.Place{Kind: place.Script, Vendor: true}},
		{"usr/src/linux/main.py", 0o644, "x", place.Place{Kind: place.Script, Vendor: true}},
		{"rules/x.yar", 0o644, "rule x {", place.Place{Kind: place.Prose}},
		{"etc/falco/x.yaml", 0o644, "# ours\n- rule: Shell\n  condition: spawned_process\n", place.Place{Kind: place.Config, Rules: true}},
		{"etc/falco/x.yaml", 0o755, "# ours\n- rule: Shell\n  condition: spawned_process\n", place.Place{Kind: place.Config}},
		{"etc/falco/falco_rules.yaml", 0o644, "# SPDX", place.Place{Kind: place.Config, Rules: true}},
		{"app/x.yaml", 0o644, "# SPDX", place.Place{Kind: place.Config}},
		{"app/x.yaml", 0o644, "key: 1\n- rule: Shell\n  condition: x\n", place.Place{Kind: place.Config}},
		{"r/miners.yml", 0o644, "---\n- list: ports\n  items: [1]\n", place.Place{Kind: place.Config, Rules: true}},
		{"r/sigma.yml", 0o644, "title: Shell\nlogsource:\n  product: linux\n", place.Place{Kind: place.Config, Rules: true}},
		{"r/semgrep.yaml", 0o644, "rules:\n  - id: a\n    pattern: x\n", place.Place{Kind: place.Config, Rules: true}},
		{"var/ossec/ruleset/rules/0.xml", 0o640, "<!-- x -->\n<group name=\"a\">\n <rule id=\"1\" level=\"3\">", place.Place{Kind: place.Config, Rules: true}},
		{"etc/suricata/rules/x.rules", 0o644, "alert tcp any any -> any any (msg:\"x\"; sid:1;)\n", place.Place{Rules: true}},
		{"etc/udev/rules.d/x.rules", 0o644, "alert tcp any any -> any any (msg:\"x\"; sid:1;)\n", place.Place{Kind: place.Launch}},
		{"", 0, "", place.Place{}},
	} {
		got := place.Of(&inspect.File{Path: c.path, Mode: c.mode, Head: []byte(c.head)})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %o %q: (-want +got)\n%s", c.path, c.mode, c.head, diff)
		}
	}
}

func TestDocuments(t *testing.T) {
	for path, want := range map[string]place.Kind{
		"config:entrypoint": place.Launch, "config:cmd": place.Launch, "config:history": place.Launch,
		"config:env": place.Launch, "config:labels": place.Config, "manifest:annotations": place.Config,
	} {
		if got := place.Of(&inspect.File{Path: path, Type: inspect.Document}); got.Kind != want {
			t.Errorf("%s: %d, want %d", path, got.Kind, want)
		}
	}
}
