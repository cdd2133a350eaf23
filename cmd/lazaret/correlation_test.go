package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/policy"
)

// machineCode begins as an ELF executable does, and holds words as strings of it. It runs nowhere.
func machineCode(words ...string) []byte {
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	return append(b, strings.Join(words, "\x00")+"\x00"...)
}

// The detectors and the policy as they are built in: what is only installed passes, and the
// same started, by whatever means, does not.
func TestWhatIsStartedDecides(t *testing.T) {
	cfg, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	i, err := newInspector(cfg, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPolicy(config.Config{UpstreamRegistry: oci.DockerHub}, policy.Enforce, nil)
	if err != nil {
		t.Fatal(err)
	}
	program := func(path string, words ...string) testimage.File {
		return testimage.File{Path: path, Mode: 0o755, Body: machineCode(words...)}
	}
	script := func(path, text string) testimage.File {
		return testimage.File{Path: path, Mode: 0o755, Body: []byte("#!/bin/sh\n" + text + "\n")}
	}
	tools := []testimage.File{program("usr/bin/tor", "Tor"), program("usr/bin/nmap", "Nmap"), program("usr/bin/hydra", "hydra"), program("usr/sbin/squid", "squid"), program("usr/sbin/dnsmasq", "dnsmasq"), program("usr/bin/proxychains4", "x")}
	renamed := program("opt/.cache/kworker", "mining.subscribe", "mining.notify", "rig-id")
	for name, tt := range map[string]struct {
		files           []testimage.File
		entrypoint, cmd []string
		env             []string
		want            policy.Action
		rule            string // that a reason has, without correlation/
	}{
		"installed":                  {files: tools, cmd: []string{"bash"}, want: policy.Allow},
		"installed beside a server":  {files: tools, entrypoint: []string{"/docker-entrypoint.sh"}, cmd: []string{"nginx", "-g", "daemon off;"}, want: policy.Allow},
		"tor":                        {files: tools, cmd: []string{"tor"}, want: policy.Quarantine, rule: "proxy-launched"},
		"tor by a script":            {files: append([]testimage.File{script("opt/go.sh", "tor &\nexec sleep infinity")}, tools...), entrypoint: []string{"tini", "--", "/opt/go.sh"}, want: policy.Quarantine, rule: "proxy-launched"},
		"tor by a supervisor":        {files: append([]testimage.File{{Path: "etc/supervisor/conf.d/a.conf", Body: []byte("[program:a]\ncommand=/usr/bin/tor -f /x\n")}}, tools...), cmd: []string{"/usr/bin/supervisord", "-n"}, want: policy.Quarantine, rule: "proxy-launched"},
		"hydra":                      {files: tools, entrypoint: []string{"/bin/sh", "-c", "cd /x; hydra -L u -P p ssh://10.0.0.1"}, want: policy.Quarantine, rule: ""},
		"a renamed miner":            {files: []testimage.File{renamed}, entrypoint: []string{"/sbin/tini", "--", "/opt/.cache/kworker"}, want: policy.Block, rule: "miner-started"},
		"a renamed miner and a pool": {files: []testimage.File{renamed}, cmd: []string{"bash"}, env: []string{"SERVER=gulf.moneroocean.stream"}, want: policy.Block, rule: "miner-and-pool"},
		"an odd list of keys":        {files: []testimage.File{{Path: "etc/ssh/sshd_config", Body: []byte("AuthorizedKeysFile /usr/lib/.x/keys\n")}}, cmd: []string{"/usr/sbin/sshd", "-D", "-e"}, want: policy.Block, rule: "planted-key-served"},
		"the same without sshd":      {files: []testimage.File{{Path: "etc/ssh/sshd_config", Body: []byte("AuthorizedKeysFile /usr/lib/.x/keys\n")}}, cmd: []string{"bash"}, want: policy.Allow, rule: ""},
	} {
		t.Run(name, func(t *testing.T) {
			base := testimage.Clean("started "+name, 1<<10)
			base.Layers = append(base.Layers, testimage.Layer{CreatedBy: "COPY . /", Files: tt.files})
			base.Entrypoint, base.Cmd, base.Env = tt.entrypoint, tt.cmd, tt.env
			img, err := testimage.Build(base)
			if err != nil {
				t.Fatal(err)
			}
			subject := policy.Subject{Image: policy.Image{Digest: img.Digest, Config: img.ConfigDescriptor.Digest, ConfigType: img.ConfigDescriptor.MediaType}, At: time.Now()}
			var ev policy.Evidence
			all := map[oci.Digest][]byte{img.Digest: img.Manifest}
			for _, l := range img.Layers {
				subject.Image.Layers = append(subject.Image.Layers, l.Digest)
			}
			for d, b := range img.Blobs {
				all[d] = b
			}
			for d, b := range all {
				r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: d, Size: int64(len(b))}, bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				ev.Reports = append(ev.Reports, r)
			}
			v := p.Decide(subject, ev, nil)
			has := slices.ContainsFunc(v.Found, func(f inspect.Finding) bool { return f.Rule == "correlation/"+tt.rule })
			if v.Action != tt.want || tt.rule != "" && !has {
				t.Errorf("%s, want %s by %q; found", v.Action, tt.want, tt.rule)
				for _, f := range v.Found {
					t.Logf("%s %s %s %q: %s", f.Rule, f.Category, f.Confidence, f.Path, f.Evidence)
				}
			}
		})
	}
}
