package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A variant is one malicious image.
type variant struct {
	category   inspect.Category
	or         inspect.Category // as right an answer; "" if there is none
	technique  string
	carrier    string
	held       bool   // made from another seed, and counted apart
	author     string // of images that are not generated, and counted apart
	repository string
	spec       testimage.Spec
}

// A gen draws words, hosts and paths.
type gen struct {
	*rand.Rand
	seed string
}

func newGen(seed string) gen {
	return gen{rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed)))), seed}
}

func (g gen) pick(of ...string) string { return of[g.IntN(len(of))] }

// word is a made-up name: consonants and vowels.
func (g gen) word() string {
	var b strings.Builder
	for range 2 + g.IntN(2) {
		b.WriteByte("bcdfghklmnprstvz"[g.IntN(16)])
		b.WriteByte("aeiou"[g.IntN(5)])
	}
	return b.String() + g.pick("", "d", "n", "x", "r")
}

func (g gen) host() string {
	return g.word() + "-" + g.word() + g.pick(".com", ".net", ".io", ".top", ".xyz")
}
func (g gen) ip() string {
	return fmt.Sprintf("%d.%d.%d.%d", 45+g.IntN(40), g.IntN(255), g.IntN(255), 1+g.IntN(250))
}

// stranger is an address of a network that no owner of a well-known name uses.
func (g gen) stranger() string {
	return fmt.Sprintf("%d.%d.%d.%d", []int{45, 91, 185, 193}[g.IntN(4)], 1+g.IntN(254), 1+g.IntN(254), 1+g.IntN(254))
}

func (g gen) port() int { return 1025 + g.IntN(60000) }
func (g gen) dir() string {
	return g.pick("opt/", "usr/local/", "var/lib/", "srv/", "tmp/.", "usr/share/", "dev/shm/.", "root/.", "home/app/") + g.word()
}
func (g gen) wallet() string { return testimage.MoneroAddress(fmt.Sprint(g.seed, g.Uint64())) }
func (g gen) key() string {
	return testimage.SSHPublicKey(fmt.Sprint(g.seed, g.Uint64()), g.word()+"@"+g.word())
}
func (g gen) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.IntN(len(alphabet))]
	}
	return string(b)
}

const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// An act is what a malicious image does: a command, files, or both.
type act struct {
	line       string
	files      []testimage.File
	env        []string
	repository string            // if the name is the act
	layers     []testimage.Layer // as they are
}

func file(path, body string) testimage.File { return testimage.File{Path: path, Body: []byte(body)} }
func program(path string, body []byte) testimage.File {
	return testimage.File{Path: path, Mode: 0o755, Body: body}
}
func script(path, body string) testimage.File { return program(path, []byte("#!/bin/sh\n"+body+"\n")) }

// elf looks like a program without a symbol table: a header, noise, texts between zeros.
func (g gen) elf(texts ...string) []byte {
	h := make([]byte, 64)
	copy(h, "\x7fELF\x02\x01\x01")
	h[16], h[18], h[20], h[52] = 2, 62, 1, 64
	seed := fmt.Sprint(g.seed, g.Uint64())
	g.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return bytes.Join([][]byte{h, testimage.Noise(seed, 40<<10), []byte("\x00" + strings.Join(texts, "\x00") + "\x00"), testimage.Noise(seed+"b", 30<<10)}, nil)
}

// A technique makes an act.
type technique struct {
	name string
	make func(gen) act
}

// A carrier delivers an act.
type carrier struct {
	name  string
	carry func(gen, act, *testimage.Spec)
}

// add puts files in a layer of their own.
func add(s *testimage.Spec, how string, files ...testimage.File) {
	s.Layers = append(s.Layers, testimage.Layer{Compression: how, CreatedBy: "COPY . / # buildkit", Files: files})
}

func shellEntry(line string) []string { return []string{"/bin/sh", "-c", line} }

// launches are the ways to have a command run.
var launches = []carrier{
	{"entrypoint", func(g gen, a act, s *testimage.Spec) {
		s.Entrypoint, s.Cmd = shellEntry(a.line), nil
		if !strings.ContainsAny(a.line, "|&;<>$'\"`(") {
			s.Entrypoint = strings.Fields(a.line)
		}
	}},
	{"cmd", func(g gen, a act, s *testimage.Spec) { s.Entrypoint, s.Cmd = nil, shellEntry(a.line) }},
	{"entrypoint script", func(g gen, a act, s *testimage.Spec) {
		p := g.dir() + "/" + g.word()
		add(s, "gzip", script(p, "set -e\ncd /\n"+a.line))
		s.Entrypoint, s.Cmd = []string{"/" + p}, nil
	}},
	{"script of a script", func(g gen, a act, s *testimage.Spec) {
		p, q := g.dir()+"/"+g.word()+".sh", g.dir()+"/"+g.word()
		add(s, "zstd", script(p, a.line))
		add(s, "gzip", script(q, "sleep 5\n/bin/sh /"+p+" &\nexec tail -f /dev/null"))
		s.Entrypoint, s.Cmd = []string{"/" + q}, nil
	}},
	{"cron", func(g gen, a act, s *testimage.Spec) {
		add(s, "gzip", file("etc/cron.d/"+g.word(), "SHELL=/bin/sh\n*/5 * * * * root "+strings.ReplaceAll(a.line, "\n", "; ")+"\n"))
		s.Entrypoint, s.Cmd = []string{"cron", "-f"}, nil
	}},
	{"supervisor", func(g gen, a act, s *testimage.Spec) {
		n := g.word()
		add(s, "", file("etc/supervisor/conf.d/"+n+".conf", "[program:"+n+"]\ncommand=/bin/sh -c '"+strings.ReplaceAll(a.line, "'", `"`)+"'\nautorestart=true\n"))
		s.Entrypoint, s.Cmd = []string{"/usr/bin/supervisord", "-n"}, nil
	}},
	{"systemd", func(g gen, a act, s *testimage.Spec) {
		n := g.word()
		add(s, "gzip", file("etc/systemd/system/"+n+".service", "[Unit]\nDescription="+n+"\n[Service]\nExecStart=/bin/sh -c '"+strings.ReplaceAll(a.line, "'", `"`)+"'\nRestart=always\n[Install]\nWantedBy=multi-user.target\n"))
		s.Entrypoint, s.Cmd = []string{"/sbin/init"}, nil
	}},
	{"s6", func(g gen, a act, s *testimage.Spec) {
		add(s, "gzip", script("etc/services.d/"+g.word()+"/run", "exec 2>&1\n"+a.line))
		s.Entrypoint, s.Cmd = []string{"/init"}, nil
	}},
	{"base64 to a shell", func(g gen, a act, s *testimage.Spec) {
		s.Entrypoint, s.Cmd = nil, shellEntry("echo "+base64.StdEncoding.EncodeToString([]byte(a.line+"\n"))+" | base64 -d | sh")
	}},
	{"gzip and base64 in a script", func(g gen, a act, s *testimage.Spec) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(a.line + "\n"))
		_ = z.Close()
		p := g.dir() + "/" + g.word()
		add(s, "gzip", script(p, "printf %s '"+base64.StdEncoding.EncodeToString(b.Bytes())+"' | base64 --decode | gunzip -c | bash"))
		s.Entrypoint, s.Cmd = []string{"/" + p}, nil
	}},
	{"nested exec in python", func(g gen, a act, s *testimage.Spec) {
		code := fmt.Sprintf("import os\nos.system(%q)\n", a.line)
		for range 4 {
			var b bytes.Buffer
			z := zlib.NewWriter(&b)
			_, _ = z.Write([]byte(code))
			_ = z.Close()
			code = "import zlib,base64\nexec(zlib.decompress(base64.b64decode('" + base64.StdEncoding.EncodeToString(b.Bytes()) + "')))\n"
		}
		p := g.dir() + "/" + g.word() + ".py"
		add(s, "gzip", file(p, code))
		s.Entrypoint, s.Cmd = []string{"python3", "/" + p}, nil
	}},
	{"hex in python", func(g gen, a act, s *testimage.Spec) {
		s.Entrypoint, s.Cmd = nil, []string{"python3", "-c", "import os;os.system(bytes.fromhex('" + hex.EncodeToString([]byte(a.line)) + "').decode())"}
	}},
}

// places are the ways to have a file in an image.
var places = []carrier{
	{"in a layer", func(g gen, a act, s *testimage.Spec) { add(s, "gzip", a.files...) }},
	{"in a zstd layer", func(g gen, a act, s *testimage.Spec) { add(s, "zstd", a.files...) }},
	{"in a plain layer below others", func(g gen, a act, s *testimage.Spec) {
		add(s, "", a.files...)
		add(s, "gzip", file("usr/share/"+g.word()+"/"+g.word()+".txt", g.word()))
	}},
	{"under a later layer's file", func(g gen, a act, s *testimage.Spec) {
		add(s, "gzip", a.files...)
		add(s, "gzip", file(g.dir()+"/"+g.word(), g.word()))
	}},
}

// packed are the ways to have a file in an image so that something else takes it out.
var packed = []carrier{
	{"deleted by a later layer", func(g gen, a act, s *testimage.Spec) {
		add(s, "gzip", a.files...)
		var gone []testimage.File
		for _, f := range a.files {
			at := strings.LastIndexByte(f.Path, '/') + 1
			gone = append(gone, testimage.File{Path: f.Path[:at] + ".wh." + f.Path[at:]})
		}
		add(s, "gzip", gone...)
	}},
	{"in a zip", func(g gen, a act, s *testimage.Spec) {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range a.files {
			h := zip.FileHeader{Name: f.Path, Method: zip.Deflate}
			h.SetMode(0o755)
			if e, err := w.CreateHeader(&h); err == nil {
				_, _ = e.Write(f.Body)
			}
		}
		_ = w.Close()
		add(s, "gzip", testimage.File{Path: g.dir() + "/" + g.word() + g.pick(".zip", ".dat", ".jar"), Body: b.Bytes()})
	}},
	{"in a tar.gz in a tar", func(g gen, a act, s *testimage.Spec) {
		inner, _ := testimage.Tar(a.files)
		inner, _ = testimage.Compress("gzip", inner)
		outer, _ := testimage.Tar([]testimage.File{{Path: g.word() + ".tgz", Body: inner}})
		add(s, "gzip", testimage.File{Path: g.dir() + "/" + g.word() + ".tar", Body: outer})
	}},
}

// A family is all of a category.
type family struct {
	category   inspect.Category
	techniques []technique
	carriers   []carrier // of acts with files alone
}

// variants makes the malicious side: the same each time.
func variants() []variant {
	var out []variant
	for _, f := range families() {
		for i := range len(f.techniques) * max(len(launches), len(f.carriers)) {
			held := i%3 == 2
			seed := fmt.Sprintf("%s %d", f.category, i)
			if held {
				seed = "held out: " + seed
			}
			g := newGen(seed)
			t := f.techniques[i%len(f.techniques)]
			a := t.make(g)
			v := variant{category: f.category, technique: t.name, held: held, repository: a.repository, spec: testimage.Clean(seed, 2000)}
			if v.repository == "" {
				v.repository = g.word() + g.word() + "/" + g.word() + "-" + g.word()
			}
			v.spec.Env = append(v.spec.Env, a.env...)
			v.spec.Layers = append(v.spec.Layers, a.layers...)
			turn := i / len(f.techniques)
			switch {
			case a.line != "":
				if len(a.files) > 0 {
					add(&v.spec, "gzip", a.files...)
				}
				c := launches[turn%len(launches)]
				v.carrier = c.name
				c.carry(g, a, &v.spec)
			case len(a.files) > 0:
				c := f.carriers[turn%len(f.carriers)]
				v.carrier = c.name
				c.carry(g, a, &v.spec)
			}
			out = append(out, v)
		}
	}
	return out
}
