package place

import (
	"io/fs"
	"math/rand/v2"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
)

// What follows is what the lookups of names and folders say, said plainly and slowly: their word lists are tried one
// after the other on the whole path.

func plainLaunchPath(p, base, ext string) bool {
	for _, begin := range launchBegins {
		if strings.HasPrefix(p, begin) {
			return true
		}
	}
	switch ext {
	case ".service", ".timer", ".path", ".conf":
		if strings.Contains(p, "systemd/") {
			return true
		}
	}
	return p == "etc/inetd.conf" || launchPath(base, base, "") || strings.HasPrefix(p, "docker-entrypoint.d/") && byExt(ext) == Other
}

func plainMachineCode(head []byte) bool {
	for _, magic := range machineMagics {
		if strings.HasPrefix(string(head), magic) {
			return true
		}
	}
	return false
}

func plainProseName(base string, mode fs.FileMode) bool {
	for _, name := range proseNames {
		if rest, ok := strings.CutPrefix(base, name); ok && (rest == "" || rest[0] == '.' || rest[0] == '-') {
			return mode&0o111 == 0
		}
	}
	return false
}

func plainAside(p string) bool {
	if gitHooks.MatchString(p) {
		return false
	}
	dir, base := path.Split(p)
	for _, end := range asideEnds {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	for _, part := range asideParts {
		if strings.Contains(base, part) {
			return true
		}
	}
	for name := range strings.SplitSeq(dir, "/") {
		for _, folder := range asideFolders {
			if name == folder {
				return true
			}
		}
		for _, end := range asideFolderEnds {
			if strings.HasSuffix(name, end) {
				return true
			}
		}
		if strings.HasPrefix(name, "dummy") {
			return true
		}
	}
	return proseTree(p)
}

func plainVendor(p string) bool {
	if strings.HasSuffix("/"+p, "/.composer/auth.json") || siteModule.MatchString(p) {
		return false
	}
	if own := ownFolder.FindStringSubmatch(p); own != nil {
		return plainVendor(own[1])
	}
	if _, version, ok := strings.Cut(p, "@v"); ok && version != "" && '0' <= version[0] && version[0] <= '9' {
		return true
	}
	for _, part := range vendorParts {
		if strings.Contains("/"+p, part) {
			return true
		}
	}
	return false
}

var (
	siteModule    = regexp.MustCompile(`(?s)(?:^|/)(?:site|user)customize\.py$`)
	ownFolder     = regexp.MustCompile(`(?s)^usr/src/(?:app|myapp|server|web|api|bot|service|backend|frontend|project|code|site|application)/(.*)$`)
	gitHooks      = regexp.MustCompile(`(?s)hooks/(?:post-(?:checkout|merge|commit|receive|rewrite|update)|pre-(?:commit|push|rebase|receive|auto-gc)|prepare-commit-msg|commit-msg|update|reference-transaction|fsmonitor-watchman)$`)
	machineMagics = []string{"\x7fELF", "MZ\x90\x00", "MZ\x78\x00", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce", "\x00asm"}
	launchBegins  = []string{
		"etc/cron", "var/spool/cron/", "etc/init.d/", "etc/rc", "etc/profile", "etc/supervisor", "etc/s6", "etc/services.d/", "etc/cont-init.d/", "etc/runit/", "etc/sv/",
		"etc/periodic/", "etc/local.d/", "etc/apt/apt.conf.d/", "etc/xinetd.d/", "etc/udev/rules.d/", "etc/init/", "etc/update-motd.d/",
	}
	proseNames = []string{"readme", "changelog", "changes", "news", "license", "licence", "copying", "copyright", "authors", "contributors", "history", "todo", "faq"}
	asideEnds  = []string{
		".example", ".sample", ".dist", ".template", ".tmpl", ".tpl", ".in", ".j2", ".erb", "_test.go", "_test.py", "_test.rb",
		".md", ".rst", ".adoc", ".po", ".pot",
	}
	asideParts   = []string{".spec.", ".sample.", "example", "dummy", "mock", ".test.", "testcert", "test_", "_test.", "-test.", "-test-"}
	asideFolders = []string{
		"doc", "docs", "documentation", "man", "manual", "locale", "locales", "i18n", "test", "tests", "testing", "testdata", "test-data", "testutil", "testutils",
		"test_data", "testsuite", "fixture", "fixtures", "__tests__", "__fixtures__", "__mocks__", "mock", "mocks", "spec", "specs",
		"example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "templates", "benchmark", "benchmarks", "e2e", "conformance",
	}
	asideFolderEnds = []string{"test", "tests", "_example", "-examples", "_examples"}
	vendorParts     = []string{
		"/node_modules/", "/bower_components/", "/site-packages/", "/dist-packages/", "/pkg/mod/", "/go/src/", "/vendor/", "/third_party/", "/third-party/", "/gems/",
		"/.cargo/registry/", "/.m2/repository/", "/usr/src/", "/share/perl5/", "/share/perl/", "/share/php/", "/.composer/", "/.gradle/caches/", "/usr/lib/go-", "/share/go-",
		"/lib/python2", "/lib/python3", "/lib/ruby/", "/share/rubygems-integration/", "/lib/node/", "/share/nodejs/", "/share/javascript/",
	}
)

// agrees holds what is said of a file to the plain definition.
func agrees(t *testing.T, f *inspect.File) {
	t.Helper()
	p := strings.ToLower(f.Path)
	base, ext := p[strings.LastIndexByte(p, '/')+1:], path.Ext(p)
	is, aside, vendor := Of(f), plainAside(p), plainVendor(p)
	if is.Aside != aside || is.Vendor != vendor || Apart(f) != (aside || vendor) || KindOf(f) != is.Kind {
		t.Errorf("%q: %+v, apart: %t, kind %d; want aside: %t, vendor: %t", f.Path, is, Apart(f), KindOf(f), aside, vendor)
	}
	if got, want := launchPath(p, base, ext), plainLaunchPath(p, base, ext); got != want {
		t.Errorf("%q is launched: %t, want %t", f.Path, got, want)
	}
	if got, want := proseName(base, f.Mode), plainProseName(base, f.Mode); got != want {
		t.Errorf("%q %v is prose: %t, want %t", f.Path, f.Mode, got, want)
	}
	if got, want := f.MachineCode(), plainMachineCode(f.Head); got != want {
		t.Errorf("%q is machine code: %t, want %t", f.Head, got, want)
	}
	if got, want := Lower(f), strings.ToLower(f.Path); got != want {
		t.Errorf("%q in lower case: %q, want %q", f.Path, got, want)
	}
}

// Of says what the plain definition does, of paths made of the words that either knows.
func TestOfIsPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{
		"x", "a.b", "", "-", "_", ".", "@v", "@v1", "@v2.0", "Ä", "K", "opt", "usr", "local", "share", "etc", "var", "spool", "lib", "go", "go-", "go-1.22", "pkg", "mod", "src", "python2", "python3.11",
		".cargo", ".m2", ".gradle", ".composer", "auth.json", "package.json", "systemd", "test", "cron", "rc", "profile", "supervisor", "s6", "docker-entrypoint", "entrypoint", "dockerfile",
		"help", "info", ".env", "id_", "crontab", "docker-entrypoint.d", "a.zip!",
	}
	for _, list := range [][]string{proseNames, asideEnds, asideParts, asideFolders, asideFolderEnds} {
		words = append(words, list...)
	}
	for _, part := range vendorParts {
		words = append(words, strings.Trim(part, "/"), path.Base(part))
	}
	for _, begin := range launchBegins {
		words = append(words, strings.TrimSuffix(begin, "/"))
	}
	for _, ext := range strings.Fields(".sh .service .timer .path .conf .py .js .c .go .rb .ts .json .yaml .md .txt .1 .log .so") {
		words = append(words, ext)
	}
	heads := append([]string{"", "text", "#!/bin/sh\n", "#!/usr/bin/env python3\n", "[program:x]", "\x7fEL"}, machineMagics...)
	one := func() string {
		w := words[r.IntN(len(words))]
		if r.IntN(4) == 0 {
			w += words[r.IntN(len(words))]
		}
		switch r.IntN(8) {
		case 0:
			w = strings.ToUpper(w)
		case 1:
			w = strings.ToUpper(w[:min(1, len(w))]) + w[min(1, len(w)):]
		}
		return w
	}
	for range 100_000 {
		parts := make([]string, 1+r.IntN(6))
		for i := range parts {
			parts[i] = one()
		}
		p := path.Clean("/" + strings.Join(parts, "/"))[1:]
		agrees(t, &inspect.File{Path: p, Mode: fs.FileMode(0o644 | r.IntN(2)*0o111), Head: []byte(heads[r.IntN(len(heads))])})
	}
	for n := range 300 { // around the length to which lower goes by words
		agrees(t, &inspect.File{Path: strings.Repeat("aZ@[`{", 50)[:n]})
	}
}

// Of says what the plain definition does, of the names that this machine has.
func TestOfIsPlainHere(t *testing.T) {
	left := 50_000
	err := filepath.WalkDir("/usr", func(p string, e fs.DirEntry, err error) error {
		if left--; left == 0 {
			return fs.SkipAll
		}
		if err == nil && !e.IsDir() {
			agrees(t, &inspect.File{Path: p[1:], Mode: 0o644})
			agrees(t, &inspect.File{Path: p[1:], Mode: 0o755, Head: []byte("#!/usr/bin/perl")})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("usr/lib/python3/dist-packages/x/Test.py", uint32(0o755), []byte("#!/bin/sh\n"))
	f.Add("root/go/pkg/mod/x@v1/testdata/README.md", uint32(0o644), []byte("x"))
	f.Add("home/me/.composer/auth.json", uint32(0o644), []byte("{"))
	f.Fuzz(func(t *testing.T, p string, mode uint32, head []byte) {
		agrees(t, &inspect.File{Path: path.Clean("/" + p)[1:], Mode: fs.FileMode(mode) & fs.ModePerm, Head: head})
	})
}

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		path, names string
		want        bool
	}{
		{"etc/bind/x", "bind", true},
		{"bind/x", "bind", true},
		{"etc/bind", "bind", false},
		{"etc/bindings/bind/x", "bind", true},
		{"etc/bindings/x", "bind", false},
		{"rebind/x", "bind", false},
		{"aaa/x", "aa", false},
		{"a/etc/dhcp/x", "etc/dhcp", true},
		{"", "bind", false},
	} {
		if got := Below(c.path, c.names); got != c.want {
			t.Errorf("%q below %q: %t", c.path, c.names, got)
		}
	}
}
