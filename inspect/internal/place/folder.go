package place

import (
	"path"
	"strings"
)

// aside looks for folders and names of documentation, tests and examples.
func aside(p string) bool {
	if gitHook(p) {
		return false // Git copies the folder of templates into every repository
	}
	if proseTree(p) {
		return true
	}
	rest := p
	for end := strings.IndexByte(rest, '/'); end >= 0; end = strings.IndexByte(rest, '/') {
		if asideFolder(rest[:end]) {
			return true
		}
		rest = rest[end+1:]
	}
	return asideName(rest, path.Ext(rest))
}

func asideFolder(name string) bool {
	switch name {
	case "doc", "docs", "documentation", "man", "manual", "locale", "locales", "i18n", "test", "tests", "testing", "testdata", "test-data", "testutil", "testutils",
		"test_data", "testsuite", "fixture", "fixtures", "__tests__", "__fixtures__", "__mocks__", "mock", "mocks", "spec", "specs",
		"example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "templates", "benchmark", "benchmarks", "e2e", "conformance":
		return true
	}
	return strings.HasPrefix(name, "dummy") || strings.HasSuffix(name, "test") || strings.HasSuffix(name, "tests") ||
		strings.HasSuffix(name, "_example") || strings.HasSuffix(name, "-examples") || strings.HasSuffix(name, "_examples")
}

// asideName looks for what names of documentation, tests and examples end with or have in them.
func asideName(base, ext string) bool {
	switch ext {
	case ".example", ".sample", ".dist", ".template", ".tmpl", ".tpl", ".in", ".j2", ".erb", ".md", ".rst", ".adoc", ".po", ".pot":
		return true
	}
	for _, part := range [...]string{".spec.", ".sample.", "example", "dummy", "mock"} {
		if strings.Contains(base, part) {
			return true
		}
	}
	if !strings.Contains(base, "test") { // of most files that is all that is asked
		return false
	}
	for _, part := range [...]string{".test.", "testcert", "test_", "_test.", "-test.", "-test-"} {
		if strings.Contains(base, part) {
			return true
		}
	}
	return false
}

// vendor knows the trees that package managers fill.
func vendor(p string) bool {
	if p == ".composer/auth.json" || strings.HasSuffix(p, "/.composer/auth.json") {
		return false // what a person wrote, not what was installed
	}
	if siteHook(p) || ownSource(p) || strings.HasSuffix(p, ".pth") { // which Python reads whenever it starts
		return false
	}
	var above, before string // the two folders before a name
	rest := p
	for end := strings.IndexByte(rest, '/'); end >= 0; end = strings.IndexByte(rest, '/') {
		name := rest[:end]
		if vendorFolder(above, before, name) {
			return true
		}
		above, before, rest = before, name, rest[end+1:]
	}
	if versioned(above, before, rest) {
		return true
	}
	at := strings.Index(p, "@v") // a module of Go, wherever the cache is: example.com/module@v1.2.3/
	return at >= 0 && at+2 < len(p) && '0' <= p[at+2] && p[at+2] <= '9'
}

// vendorFolder knows the folders that package managers fill, some by those before them.
func vendorFolder(above, before, name string) bool {
	switch name {
	case "node_modules", "bower_components", "site-packages", "dist-packages", "vendor", "third_party", "third-party", "gems", ".composer":
		return true
	case "mod":
		return before == "pkg"
	case "src":
		return before == "go" || before == "usr"
	case "registry":
		return before == ".cargo"
	case "repository":
		return before == ".m2"
	case "caches":
		return before == ".gradle"
	case "ruby", "node":
		return before == "lib"
	case "perl", "perl5", "php", "nodejs", "javascript", "rubygems-integration":
		return before == "share"
	}
	return versioned(above, before, name)
}

// ownSource knows the folders in /usr/src that those who make images put their programs in,
// as the documentation of Node.js' and Python's official images has it: app, most of all.
// The rest are the sources of kernels and libraries, from packages. What is installed below
// is a package manager's all the same.
func ownSource(p string) bool {
	rest, ok := strings.CutPrefix(p, "usr/src/")
	dir, rest, in := strings.Cut(rest, "/")
	if !ok || !in || vendor(rest) {
		return false
	}
	switch dir {
	case "app", "myapp", "server", "web", "api", "bot", "service", "backend", "frontend", "project", "code", "site", "application":
		return true
	}
	return false
}

// versioned knows folders with a version: usr/lib/go-1.22, share/go-1.22, lib/python3.11.
func versioned(above, before, name string) bool {
	switch before {
	case "lib":
		return strings.HasPrefix(name, "python2") || strings.HasPrefix(name, "python3") || above == "usr" && strings.HasPrefix(name, "go-")
	case "share":
		return strings.HasPrefix(name, "go-")
	}
	return false
}

// Below reports whether a path goes through a folder of a name, or through several that follow one another.
func Below(p, names string) bool {
	for from := 0; ; {
		i := strings.Index(p[from:], names)
		if i < 0 {
			return false
		}
		i += from
		if end := i + len(names); (i == 0 || p[i-1] == '/') && end < len(p) && p[end] == '/' {
			return true
		}
		from = i + 1
	}
}

// gitHook knows the files that Git runs by their names, in repositories and where new
// ones get theirs from (githooks(5), gitrepository-layout(5)).
func gitHook(p string) bool {
	dir, base := p[:strings.LastIndexByte(p, '/')+1], p[strings.LastIndexByte(p, '/')+1:]
	if !strings.HasSuffix(dir, "hooks/") {
		return false
	}
	switch base {
	case "post-checkout", "post-merge", "post-commit", "post-receive", "post-rewrite", "post-update", "pre-commit", "pre-push", "pre-rebase", "pre-receive", "pre-auto-gc",
		"prepare-commit-msg", "commit-msg", "update", "reference-transaction", "fsmonitor-watchman":
		return true
	}
	return false
}

// siteHook knows the modules that Python runs whenever it starts
// (https://docs.python.org/3/library/site.html#module-sitecustomize).
func siteHook(p string) bool {
	base := p[strings.LastIndexByte(p, '/')+1:]
	return base == "sitecustomize.py" || base == "usercustomize.py"
}
