package script_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/inspect/script"
)

func TestRuns(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text, want string
	}{
		"interpreters":           {"a", "#!/bin/sh\nsleep 5\n/bin/sh /usr/share/x.sh &\npython3 -u /opt/y.py --token abc\n. /etc/z\n", "/usr/share/x.sh /opt/y.py /etc/z"},
		"wrappers":               {"a", "#!/bin/bash -e\nexec setsid nohup /var/lib/x --flag /no/file\nA=b timeout -k 5 gosu me /opt/y\nif [ -f /no ]; then ./z; fi\n", "/var/lib/x /opt/y ./z"},
		"no commands":            {"a", "#!/bin/sh\ncat /etc/passwd\ncp /a /b\necho /c > /d\ntest -x /e && rm -rf /f\n# /g\n", ""},
		"by a variable":          {"a", "#!/bin/sh\n\"$DIR/x.sh\"\n. \"$(dirname \"$0\")/y.sh\"\nsh ${HERE}/z\n$HOME\n", "./x.sh ./y.sh ./z /y.sh"},
		"services":               {"a", "#!/bin/sh\nservice ssh start\n", "/etc/init.d/ssh"},
		"no service, folders":    {"a", "#!/bin/sh\nservice \"\" start\nservice . start\nservice ../ x\nsh /opt/x/..\n/y\n", "/y"},
		"names like secrets":     {"a", "#!/bin/sh\n/opt/sk_live_4eC39HqLyjWDarjtT1zdp7dc/x\n./usr-LOCAL-2\n", "/opt/sk_l… ./usr-LOCAL-2"},
		"doubles":                {"a", "#!/bin/sh\n/x\n/x\n", "/x"},
		"devices and addresses":  {"a", "#!/bin/sh\nsh /dev/stdin\nexec /proc/self/exe\nsh http://a.example/x.sh\nsh /dev/shm/x\n", "/dev/shm/x"},
		"python":                 {"a.py", "#!/usr/bin/env python3\nimport os, subprocess\nos.system(\"/opt/x\")\nsubprocess.Popen([\"bash\", \"/opt/y.sh\"])\nopen('/etc/z.conf')\n", "/opt/x /opt/y.sh"},
		"a crontab":              {"etc/cron.d/x", "SHELL=/bin/sh\n*/5 * * * * root /usr/share/x >/dev/null 2>&1\n@reboot root /bin/sh /opt/y\n", "/usr/share/x /opt/y"},
		"a unit":                 {"etc/systemd/system/x.service", "[Service]\nExecStartPre=-/opt/w\nExecStart=/opt/x --y /z\n", "/opt/w /opt/x"},
		"a supervisor":           {"etc/supervisor/conf.d/x.conf", "[program:x]\ncommand=/opt/x -y\n", "/opt/x"},
		"by its name":            {"entrypoint.sh", "/opt/x\n", "/opt/x"},
		"a server by its name":   {"a", "#!/bin/sh\nnice -n 5 dnsmasq -k\nexec tor -f /etc/torrc\ncurl tor\n", "dnsmasq tor"},
		"scripts of npm":         {"app/package.json", `{"main": "no/x.js", "scripts": {"prestart": "sh /opt/x.sh", "start": "node ./y.js & sslocal -c z"}}`, "/opt/x.sh ./y.js sslocal"},
		"a supervisor's, anyhow": {"x.conf", "[supervisord]\n[program:x]\ncommand=/opt/x -y\n", "supervisord /opt/x"},
		"a text":                 {"etc/x.conf", "/opt/x\n", ""},
		"without a first line":   {"opt/x", "sleep 5\nsh /opt/y\n", "/opt/y"},
		"python by its name":     {"app/a.py", "import os\nx = /opt/w\nos.system(\"sh /opt/y &\")\n", "/opt/y"},
		"javascript by its name": {"app/a.js", "/opt/w/.test(a)\nlet b = /opt/v\n\n\nspawn(\"node\", [\"/opt/y\"])\n", "/opt/y"},
		"a library's":            {"usr/lib/python3/dist-packages/a.py", "os.system(\"sh /opt/y &\")\n", ""},
		"a name alone":           {"a", "#!/bin/sh\ncd /opt/z\nsh -x upd\npython3 main\nsh -c id\n", "./upd ./main"},
		"from its input":         {"a", "#!/bin/sh\nsh < /opt/y\nbash </opt/z\nxargs -0 sh -c < /opt/w\nsort < /no\n", "/opt/y /opt/z /opt/w"},
		"what another reads":     {"a", "#!/bin/sh\ncat /opt/y | sh\nbase64 -d /opt/z | nice bash\neval \"$(cat /opt/w)\"\neval \"$(</opt/v)\"\ncat /opt/u | xargs -0 sh -c\ncat /no | grep x\nsh -c \"cat /no\"\nx=$(cat /no)\n", "/opt/y /opt/z /opt/v /opt/u /opt/w"},
		"the files of a folder":  {"a", "#!/bin/sh\nfor f in /opt/y/*; do\n  if [ -r \"$f\" ]; then\n    . \"$f\"\n  fi\ndone\nfind /opt/z -type f -exec sh {} \\;\nrun-parts --regex x /opt/w\nls /opt/v/* | while read -r g; do sh \"$g\"; done\nfind /opt/u | xargs -n1 bash\n", "/opt/y/ /opt/z/ /opt/w/ /opt/v/ /opt/u/"},
		"by a variable's folder": {"a", "#!/bin/sh\nD=/opt/y\nfor f in \"$D\"/*; do bash $f; done\nfor g in $(ls /opt/z); do sh /opt/z/$g; done\ncat /opt/w/* | sh\n", "/opt/z/ /opt/y/ /opt/w/"},
		"folders not run":        {"a", "#!/bin/sh\nfor f in /opt/y/*; do cp $f /z; done\nfind /opt/z -type f -exec chmod 644 {} \\;\nfind /app/x -exec sh -c 'y' {} \\;\nls /opt/w | wc -l\nfind /opt/v | xargs rm\nfor f in /usr/bin/*; do $f; done\n", ""},
		"compiled":               {"a", "#!/bin/sh\ngcc -O2 -o /tmp/x /opt/x.c && /tmp/x\ncc y.c\ngo run /opt/z.go\ncargo run --release\njavac -d /tmp /opt/R.java\n", "/opt/x.c /tmp/x ./y.c /opt/z.go ./src/main.rs /opt/R.java"},
		"a folder compiled":      {"a", "#!/bin/sh\ngo run .\ngo build -o /tmp/x ./cmd/y\nmake -C /opt/z all\npip install /opt/w\npip install requests\ngo install a.example/x@v1\n", "./main.go ./cmd/y/main.go /opt/z/Makefile /opt/w/setup.py"},
		"a Makefile":             {"app/Makefile", "x: x.c\n\tcc -o x x.c\n\tsh /opt/y\n", "./x.c /opt/y"},
		"loaded before":          {"a", "#!/bin/sh\nexport LD_PRELOAD=/opt/x.so:/opt/y.so\nBASH_ENV=/opt/z bash -c id\nexport NODE_OPTIONS=\"--require /opt/w.js --max-old-space-size=1\"\nPAGER=less\n", "/opt/x.so /opt/y.so /opt/z /opt/w.js"},
		"loaded before, a unit":  {"etc/systemd/system/x.service", "[Service]\nEnvironment=\"PERL5OPT=-I/opt -MX::Y\"\nEnvironment=RUBYOPT=-r/opt/z\n", "./X/Y.pm /opt/z /opt/z.js /opt/z.rb"},
		"wrapped":                {"a", "#!/bin/sh\nflock /l sh /opt/x\nstrace -f sh /opt/y\npm2 start /opt/z\n/lib64/ld-linux-x86-64.so.2 /opt/w\nnc -lk -p 1 -e /opt/v\nsocat TCP-LISTEN:1,fork EXEC:/opt/u\nnc -l -e /bin/sh\n", "/opt/x /opt/y /opt/z /opt/w /opt/v /opt/u"},
		"by a variable's value":  {"a", "#!/bin/sh\nF=/opt/x\nsh \"$F\"\n", "/opt/x"},
		"copied":                 {"a", "#!/bin/sh\ncp /opt/x /tmp/y; sh /tmp/y\nbase64 -d /opt/z > /tmp/w\nchmod +x /tmp/w\n/tmp/w\nmv /opt/v /usr/bin/u; u -x\ncp /opt/no /tmp/t\n", "/tmp/y /tmp/w /opt/x /opt/z /opt/v"},
		"said":                   {"a", "#!/bin/sh\necho '* * * * * root sh /opt/x' > /etc/cron.d/x\necho \"@hourly /opt/y\" | crontab -\nprintf 'sh /opt/z' | sh\necho '1 /opt/no' > /tmp/x\n", "/opt/z /opt/x /opt/y"},
		"line by line":           {"a", "#!/bin/bash\nwhile read -r l; do eval \"$l\"; done < /opt/x\nmapfile -t a < /opt/y\neval \"${a[@]}\"\nwhile read l; do echo $l; done < /opt/no\n", "/opt/x /opt/y"},
		"code of awk":            {"a", "#!/bin/sh\nawk 'BEGIN{system(\"sh /opt/x\")}'\n", "/opt/x"},
		"code that loads":        {"a", "#!/bin/sh\nnode -e \"require('/opt/x')\"\nperl -e 'do \"/opt/y\"'\nphp -r 'include \"/opt/z\";'\n", "/opt/x /opt/y /opt/z"},
		"code that starts":       {"a", "#!/bin/sh\npython3 -c 'import os; os.system(\"sh /opt/x\")'\n", "/opt/x"},
		"a package's":            {"var/lib/dpkg/info/x.postinst", "#!/bin/sh\n/opt/x\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, strings.Join(runs(t, tt.path, tt.text), " ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A link stands for what it leads to, where a package would not have put it.
func TestLinks(t *testing.T) {
	d := script.New()
	for _, tt := range []struct {
		kind             inspect.FileType
		path, link, want string
	}{
		{inspect.Symlink, "etc/systemd/system/multi-user.target.wants/x.service", "/lib/systemd/system/x.service", "/lib/systemd/system/x.service"},
		{inspect.Symlink, "etc/systemd/system/default.target.wants/x.service", "../x.service", "/etc/systemd/system/x.service"},
		{inspect.Symlink, "etc/runlevels/default/x", "/etc/init.d/x", "/etc/init.d/x"},
		{inspect.Symlink, "entrypoint.sh", "usr/local/bin/docker-entrypoint.sh", "/usr/local/bin/docker-entrypoint.sh"},
		{inspect.Symlink, "usr/bin/nginx", "/opt/.x/run", "/opt/.x/run"},
		{inspect.Symlink, "usr/bin/x", "/usr/lib/.y/z", "/usr/lib/.y/z"},
		{inspect.Hardlink, "usr/bin/nginx", "usr/lib/.y", "/usr/lib/.y"},
		{inspect.Symlink, "usr/bin/awk", "/etc/alternatives/awk", ""},
		{inspect.Symlink, "usr/lib/x.so", "x.so.1", ""},
		{inspect.Symlink, "bin", "usr/bin", ""},
		{inspect.Symlink, "etc/mtab", "/proc/mounts", ""},
		{inspect.Hardlink, "usr/lib/git-core/git-add", "usr/bin/git", ""},
		{inspect.Symlink, "app/node_modules/.bin/x", "../x/cli.js", ""},
	} {
		f := &inspect.File{Path: tt.path, Type: tt.kind, Link: tt.link}
		got := ""
		if d.Wants(f) != inspect.Nothing {
			got = strings.Join(d.Runs(f, inspect.Seen{}), " ")
		}
		if got != tt.want {
			t.Errorf("%s -> %s: %q, want %q", tt.path, tt.link, got, tt.want)
		}
	}
}

// Variables of an image have what it starts load or start files before and beside what it is meant to.
func TestVariables(t *testing.T) {
	d := script.New()
	for text, want := range map[string]string{
		"PATH=/usr/bin\nLD_PRELOAD=/opt/x.so /opt/y.so\n":    "/opt/x.so /opt/y.so",
		"PROMPT_COMMAND=sh /opt/x; history -a\nPAGER=cat\n":  "/opt/x",
		"GIT_SSH_COMMAND=ssh -i /root/k\nENV=/opt/x\n":       "/opt/x",
		"NODE_OPTIONS=--import=file:///opt/x.mjs -r ./y\n":   "/opt/x.mjs ./y ./y.js ./y.rb",
		"JAVA_TOOL_OPTIONS=-Xmx1g -javaagent:/opt/x.jar=a,b": "/opt/x.jar",
		"HOME=/opt/x\nSTART=/opt/y\nLD_PRELOAD=\n":           "",
	} {
		f := detecttest.Document("config:env", []byte(text))
		if d.Wants(f) != inspect.Content {
			t.Fatal("the variables are not read")
		}
		if diff := cmp.Diff(want, strings.Join(d.Runs(f, inspect.Seen{Content: []byte(text), Text: true}), " ")); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

func runs(t testing.TB, path, text string) []string {
	t.Helper()
	d := script.New()
	f := detecttest.File(path, 0o755, []byte(text))
	switch d.Wants(f) {
	case inspect.Nothing:
		return nil
	case inspect.Content:
		return d.Runs(f, inspect.Seen{Content: []byte(text), Text: strings.IndexByte(text, 0) < 0})
	}
	t.Fatalf("wants %d", d.Wants(f))
	return nil
}

// What is told is in the script, and little.
func FuzzRuns(f *testing.F) {
	for _, s := range []string{"", "/x", "sh /a/b", "$x/y", "service \x00/a", "a=b ./c", "exec -a x /y", strings.Repeat("/x;", 100), "`/a`/b", "${a%/*}/b"} {
		f.Add("entrypoint.sh", "#!/bin/sh\n"+s)
		f.Add("etc/cron.d/x", s)
	}
	f.Add("0", "#!\n$/0x\x06\xc5:\xd6\x16\xc8\bs9\xcc\xe1\\\x9b\x94") // a quote within a character
	f.Add("0", "#!\nserviCe \"\"")
	for _, s := range []string{"for f in /a/*; do sh $f; done", "find /a -exec sh {} ;", "cat /a|sh", "eval \"$(</a)\"", "go run ./x", "make -C", "gcc", "LD_PRELOAD=/a:/b x", "PERL5OPT=-MA::B", "python -c 'exec \"/a\"'", "sh <", "sh a"} {
		f.Add("a", "#!/bin/sh\n"+s)
	}
	f.Add("package.json", `{"scripts": {"start": "sh /x & tor"}}`)
	f.Fuzz(func(t *testing.T, name, text string) {
		all := runs(t, name, text)
		if len(all) > 20 {
			t.Errorf("%d files", len(all))
		}
		written := plain(text)
		for _, p := range all {
			end := strings.TrimSuffix(p[strings.LastIndexByte(p, '/')+1:], "…") // which hides what may be a secret
			if path.Base(name) == "package.json" {                              // whose strings have escapes of their own
				end = ""
			}
			switch end { // which tools look for, and modules are looked up by
			case "main.go", "main.rs", "setup.py", "Makefile":
				end = ""
			}
			end = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(end, ".pm"), ".js"), ".rb")
			if len(p) > 220 || !strings.Contains(written, plain(end)) {
				t.Errorf("%q of %q", p, text)
			}
		}
	})
}

// plain is a text without what a shell takes for quotes, then without bytes that are no
// UTF-8: quotes may stand in the midst of a character.
func plain(s string) string {
	return strings.ToValidUTF8(strings.NewReplacer("\\", "", "'", "", `"`, "", "\n", "").Replace(s), "")
}
