package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/policy"
)

func TestStarted(t *testing.T) {
	for name, tt := range map[string]struct {
		entrypoint, cmd []string
		programs        string
		runs, not       string // paths
	}{
		"a program":             {nil, []string{"/usr/sbin/nginx", "-g", "daemon off;"}, "nginx", "usr/sbin/nginx sbin/nginx", "etc/nginx/nginx.conf nginx"},
		"by its name":           {nil, []string{"tor"}, "tor", "usr/bin/tor opt/tor/tor usr/local/tor/tor", "etc/tor/tor usr/share/tor home/tor"},
		"with arguments":        {[]string{"/entry.sh"}, []string{"mysqld", "--user=x"}, "entry.sh mysqld", "entry.sh usr/sbin/mysqld docker-entrypoint.d/a.sh", "home/entry.sh"},
		"options for it":        {[]string{"curl"}, []string{"-o", "nmap"}, "curl", "usr/bin/curl", "usr/bin/nmap"},
		"a line":                {nil, []string{"/bin/sh", "-c", "A=1 nice -n 5 ./x && (y; z 2>&1 | w >/dev/null) & # no"}, "nice sh w x y z", "opt/x bin/y usr/bin/w", "dev/null no"},
		"a line as one":         {[]string{"tor -f /etc/x"}, nil, "tor", "usr/bin/tor", "etc/x"},
		"grammar":               {nil, []string{"bash", "-ec", "if [ -f /a ]; then exec /b; fi\nwhile true; do c; done"}, "[ b bash c exec true", "b", "a"},
		"quotes":                {nil, []string{"sh", "-c", `"/opt/my app" 'x'; echo "a;tor" \; nmap`}, "echo my sh", "", "usr/bin/tor usr/bin/nmap"},
		"wrappers":              {[]string{"/usr/bin/tini", "-g", "-p", "SIGTERM", "--", "env", "-i", "-u", "A", "B=c", "timeout", "-s", "9", "10m", "gosu", "me:me", "setsid", "stdbuf", "-oL", "chpst", "-u", "u", "/a/b"}, nil, "b chpst env gosu setsid stdbuf timeout tini", "a/b", "SIGTERM"},
		"su":                    {nil, []string{"su", "me", "-s", "/bin/sh", "-c", "/a"}, "a su", "a", "me"},
		"sudo":                  {nil, []string{"sudo", "-E", "-u", "me", "/a"}, "a sudo", "a", "me"},
		"exec with a name":      {nil, []string{"bash", "-c", "exec -a kworker /tmp/x"}, "bash exec x", "tmp/x", ""},
		"busybox":               {nil, []string{"busybox", "crond", "-f"}, "busybox crond", "etc/crontabs/root var/spool/cron/crontabs/root", "etc/x"},
		"a daemon":              {nil, []string{"start-stop-daemon", "--start", "--exec", "/opt/d", "--", "-x"}, "d start-stop-daemon", "opt/d", ""},
		"a script":              {nil, []string{"python3.12", "-u", "/app/a.py", "b.py"}, "python3.12", "app/a.py", "app/b.py b.py"},
		"a script, somewhere":   {nil, []string{"node", "dist/main.js"}, "node", "app/dist/main.js dist/main.js", "app/node_modules/x/dist/main.js main.js"},
		"a module":              {nil, []string{"python", "-m", "proxy"}, "proxy python", "usr/local/bin/proxy app/proxy.py proxy/__main__.py", "usr/lib/python3/dist-packages/proxy.py app/a.py"},
		"a server's module":     {nil, []string{"gunicorn", "-b", "0.0.0.0:80", "web.main:app"}, "gunicorn", "srv/web/main.py", "srv/web/other.py usr/lib/python3/dist-packages/web/main.py"},
		"Python's own":          {nil, []string{"python3", "/a.py"}, "python3", "usr/lib/python3.11/sitecustomize.py usr/lib/python3/dist-packages/x.pth a.py", "usr/lib/python3/dist-packages/x.py opt/x.pth"},
		"no Python":             {nil, []string{"nginx"}, "nginx", "", "usr/lib/python3.11/sitecustomize.py usr/lib/python3/dist-packages/x.pth"},
		"a Procfile":            {nil, []string{"honcho", "start"}, "honcho", "app/Procfile", "app/Procfile.x"},
		"PowerShell's script":   {nil, []string{"pwsh", "-ExecutionPolicy", "Bypass", "-File", "/opt/a.ps1"}, "pwsh", "opt/a.ps1", "opt/b.ps1"},
		"in an archive":         {nil, []string{"java", "-Xmx1g", "-jar", "/app.jar"}, "java", "app.jar app.jar!/a/b.class", "b.jar!/a"},
		"a shell":               {nil, []string{"/bin/bash"}, "bash", "root/.bashrc etc/profile.d/x.sh", "home/me/.profile"},
		"a login's line":        {nil, []string{"bash", "-l", "-c", "sleep 1"}, "bash sleep", "etc/profile.d/x.sh", "opt/x.sh"},
		"a login's script":      {nil, []string{"bash", "--login", "/x"}, "bash x", "etc/profile.d/x.sh x", "opt/x.sh"},
		"no login's line":       {nil, []string{"bash", "--norc", "-c", "sleep 1"}, "bash sleep", "", "etc/profile.d/x.sh root/.bashrc"},
		"openrc":                {nil, []string{"/sbin/openrc-init"}, "openrc-init", "etc/runlevels/default/x etc/local.d/a.start", "etc/init.d/x"},
		"a shell for a script":  {nil, []string{"bash", "start.sh"}, "bash start.sh", "start.sh opt/start.sh", "root/.bashrc opt/restart.sh"},
		"what a line runs":      {[]string{"sh", "-c", `exec "$@"`, "--", "/a"}, nil, "$@ a exec sh", "a", ""},
		"a service":             {nil, []string{"sh", "-c", "service cron start && /etc/init.d/tor start; sleep 1"}, "cron service sh sleep tor", "etc/cron.d/a etc/init.d/cron etc/init.d/tor", "etc/init.d/x"},
		"a service stopped":     {nil, []string{"service", "tor", "stop"}, "service", "", "usr/bin/tor"},
		"systemctl":             {nil, []string{"systemctl", "enable", "--now", "x.service"}, "systemctl x", "etc/systemd/system/x.service", "etc/systemd/system/y.service"},
		"systemd":               {nil, []string{"/lib/systemd/systemd"}, "systemd", "etc/systemd/system/a.service etc/rc.local", "lib/systemd/system/a.service"},
		"s6":                    {[]string{"/init"}, nil, "init", "etc/services.d/a/run etc/cont-init.d/b", "etc/x"},
		"runit":                 {nil, []string{"/sbin/my_init"}, "my_init", "etc/service/a/run", ""},
		"a supervisor's option": {nil, []string{"supervisord", "--configuration=/x.conf"}, "supervisord", "x.conf etc/supervisor/conf.d/a.conf", "y.conf"},
		"a name like a secret":  {nil, []string{"sk_l…"}, "sk_l…", "opt/sk_live_4 usr/bin/SK_Live", "usr/bin/sk_x"},
		"a path like a secret":  {nil, []string{"/opt/sk_l…"}, "sk_l…", "opt/sk_live_4", "usr/bin/sk_live_4"},
		"nothing":               {nil, nil, "", "config:entrypoint config:cmd config:healthcheck", " config:env config:history manifest:data etc/x"},
	} {
		t.Run(name, func(t *testing.T) {
			programs, runs := policy.Started(inspect.ImageConfig{Entrypoint: tt.entrypoint, Cmd: tt.cmd})
			if diff := cmp.Diff(tt.programs, strings.Join(programs, " ")); diff != "" {
				t.Errorf("programs (-want +got)\n%s", diff)
			}
			for _, p := range strings.Fields(tt.runs) {
				if !runs(p) {
					t.Errorf("%s is not run", p)
				}
			}
			for _, p := range append(strings.Fields(tt.not), "") {
				if runs(p) {
					t.Errorf("%q is run", p)
				}
			}
		})
	}
}

func TestStartedByScripts(t *testing.T) {
	long := []inspect.Script{}
	for i := range 26 {
		long = append(long, inspect.Script{Path: fmt.Sprintf("s/%c.sh", 'z'-i), Runs: []string{fmt.Sprintf("/s/%c.sh", 'z'-i+1)}})
	}
	for name, tt := range map[string]struct {
		cmd       string
		scripts   []inspect.Script
		runs, not string
	}{
		"one after the other": {"/a.sh", []inspect.Script{{Path: "var/lib/c", Runs: []string{"/opt/d"}}, {Path: "usr/share/b.sh", Runs: []string{"/var/lib/c"}}, {Path: "a.sh", Runs: []string{"/usr/share/b.sh"}}}, "usr/share/b.sh var/lib/c opt/d", "opt/e"},
		"not started":         {"/x.sh", []inspect.Script{{Path: "a.sh", Runs: []string{"/b.sh"}}}, "x.sh", "a.sh b.sh"},
		"in a circle":         {"/a.sh", []inspect.Script{{Path: "a.sh", Runs: []string{"/b.sh"}}, {Path: "b.sh", Runs: []string{"/a.sh", "/c"}}}, "b.sh c", "d"},
		"beside it":           {"sh /app/a.sh", []inspect.Script{{Path: "app/a.sh", Runs: []string{"./b.sh"}}}, "app/b.sh usr/share/b.sh", "app/b app/c.sh"},
		"a package's script":  {"npm start", []inspect.Script{{Path: "app/package.json", Runs: []string{"./x.js"}}, {Path: "app/node_modules/y/package.json", Runs: []string{"/z"}}}, "app/package.json app/x.js", "z"},
		"a package's install": {"npm ci", []inspect.Script{{Path: "app/package.json", Runs: []string{"/x"}}}, "", "app/package.json x"},
		"a module of Python":  {"gunicorn -b 0.0.0.0:80 a.main:app", nil, "srv/a/main.py", "srv/main.py 0/0/0/0.py"},
		"a folder's files":    {"/a.sh", []inspect.Script{{Path: "a.sh", Runs: []string{"/opt/z/", "/usr/lib/y/"}}, {Path: "opt/z/b", Runs: []string{"/c"}}}, "opt/z/b opt/z/d/e c usr/lib/y/f lib/y/f", "opt/z opt/zz opt/y/f"},
		"variables":           {"nginx", []inspect.Script{{Path: "config:env", Runs: []string{"/opt/x.so"}}, {Path: "opt/x.so", Runs: []string{"/opt/y"}}}, "opt/x.so opt/y", "config:env opt/z"},
		"a healthcheck":       {"nginx", []inspect.Script{{Path: "config:healthcheck", Runs: []string{"/opt/x"}}, {Path: "config:labels", Runs: []string{"/opt/y"}}}, "opt/x", "opt/y"},
		"a crontab":           {"cron -f", []inspect.Script{{Path: "etc/cron.d/x", Runs: []string{"/var/lib/y"}}}, "var/lib/y", "var/lib/z"},
		"a service":           {"/a.sh", []inspect.Script{{Path: "a.sh", Runs: []string{"/etc/init.d/tor"}}}, "etc/init.d/tor", "etc/init.d/x"},
		"a chain too long":    {"/s/a.sh", long, "s/b.sh s/k.sh", "s/zz.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			runs := policy.Follows(strings.Fields(tt.cmd), tt.scripts)
			for _, p := range strings.Fields(tt.runs) {
				if !runs(p) {
					t.Errorf("%s is not run", p)
				}
			}
			for _, p := range strings.Fields(tt.not) {
				if runs(p) {
					t.Errorf("%s is run", p)
				}
			}
		})
	}
}

// A command line of any kind is read in bounded time, and leads to nothing that is not in it.
func FuzzStarted(f *testing.F) {
	for _, s := range []string{
		"", "sh", "sh\n-c\nexec /a | b; c", "tini\n--\nenv\nA=b\nx", "su\n-c\n", "\"'\\", "a>&-b<<c", "su -c 'su -c \"su -c x\"'", "service\nstart\n\x00", strings.Repeat("env\n", 3000),
		strings.Repeat("sh -c ", 100), "start-stop-daemon\n--exec=\n", "x\n-",
	} {
		f.Add(s, "usr/bin/x")
	}
	f.Fuzz(func(t *testing.T, s, path string) {
		words := strings.Split(s, "\n")
		programs, runs := policy.Started(inspect.ImageConfig{Entrypoint: words, Cmd: words[:len(words)/2]})
		runs(path)
		for _, p := range programs {
			if p == "sshd" { // ssh is Debian's name for it
				continue
			}
			// What a program is called is in the text, but for quotes and case.
			if strip := strings.NewReplacer("\\", "", "'", "", `"`, "", "\n", "").Replace(strings.ToLower(s)); !strings.Contains(strip, strings.NewReplacer("\\", "", "'", "", `"`, "", "\n", "").Replace(p)) && strings.ToValidUTF8(s, "") == s {
				t.Fatalf("%q is said to start %q", s, p)
			}
		}
	})
}

func TestParseCorrelationsRefuses(t *testing.T) {
	rule := func(s string) string {
		return "rules: [{id: a, category: miner, confidence: high, what: x, source: y, " + s + "}]"
	}
	if err := policy.ParseCorrelations(rule("needs: [{rules: [a/b], at: started}]")); err != nil {
		t.Error(err)
	}
	for _, text := range []string{
		"", "rules: 1", "other: 1", rule("needs: []"), rule("needs: [{at: started}]"), rule("needs: [{rules: [a/b]}]"), rule("needs: [{rules: ['a/[']}, {rules: [b]}]"),
		rule("needs: [{rules: [a], at: there}, {rules: [b]}]"), rule("confidence: huge"), rule("needs: [{rules: [a]}, {rules: [b]}, {rules: [c]}, {rules: [d]}, {rules: [e]}]"),
		"rules: [{id: a, category: miner, what: x, source: y, needs: [{rules: [a], at: started}]}]",
	} {
		if err := policy.ParseCorrelations(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
