// Package place tells what a file is for, from its name, its mode and its first bytes.
//
// The same words mean different things in different places: a pool's address in a
// crontab starts a miner, in a README it explains one. Detectors ask Of before they
// say how sure they are. It promises no more than a guess by convention: an attacker
// chooses the names, so no answer of this package may on its own clear a file that
// could be run.
package place

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A Kind is what a file is for. The zero value is no particular purpose.
type Kind uint8

// The kinds.
const (
	Other  Kind = iota
	Launch      // started by a system, a shell or the image itself: shell scripts, crontabs, units, entrypoints
	Script      // a program in an interpreted language
	Source      // a program in a compiled language
	Config      // settings
	Binary      // machine code: ELF, PE, Mach-O, WebAssembly
	Prose       // read by people: documentation, manuals, licences, translations
)

// A Place is what is known of where a file is.
type Place struct {
	Kind   Kind
	Aside  bool // documentation, examples, tests, templates: what is there is shown, not used
	Vendor bool // in a tree that a package manager filled: node_modules, site-packages, the Go module cache
}

// Of says where f is. Every detector asks, so the file keeps the answer.
func Of(f *inspect.File) Place { return f.Memo(memo{}, note).(*known).place }

// Lower is f.Path in lower case, kept like where f is.
func Lower(f *inspect.File) string { return f.Memo(memo{}, note).(*known).lower }

// memo is the key of what a file keeps.
type memo struct{}

// known is what a file keeps.
type known struct {
	place Place
	lower string
}

func note(f *inspect.File) any {
	k := &known{lower: strings.ToLower(f.Path)}
	k.place = of(f, k.lower)
	return k
}

// of says where f is; p is its path in lower case.
func of(f *inspect.File, p string) Place {
	if f.Type == inspect.Document {
		return Place{Kind: document(f.Path)}
	}
	out := Place{Aside: aside(p), Vendor: vendor(p)}
	out.Kind = kind(f, p)
	return out
}

// document sorts the parts of a config and a manifest. Those that are run, or that
// tell how a layer was made, are launch places.
func document(name string) Kind {
	switch name {
	case "config:entrypoint", "config:cmd", "config:env", "config:healthcheck", "config:onbuild", "config:history", "config:shell":
		return Launch
	}
	return Config
}

// kind sorts a file by its first bytes, then by where it is, then by its name. p is
// f.Path in lower case.
func kind(f *inspect.File, p string) Kind {
	base, ext := path.Base(p), path.Ext(p)
	interpreter, named := shebang(f.Head), byExt(ext)
	switch {
	case machineCode(f.Head):
		return Binary
	case isShell(interpreter) && f.Mode&0o111 != 0:
		return Launch // even below usr/share/doc: it can be run
	case proseTree(p), named == Prose && interpreter == "" && !configName(base), proseName(base, f.Mode):
		return Prose
	case isShell(interpreter), named == Launch, launchPath(p, base, ext), base == "package.json" && !vendor(p), named == Config && supervisor(f.Head):
		return Launch
	case interpreter != "":
		return Script
	case configName(base):
		return Config
	}
	return named
}

// isShell knows the programs that run shell scripts, init scripts of OpenRC and s6 among them.
func isShell(interpreter string) bool {
	switch interpreter {
	case "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox", "openrc-run", "runscript", "with-contenv", "execlineb":
		return true
	}
	return false
}

// byExt sorts a file by the ending of its name.
func byExt(ext string) Kind {
	switch ext {
	case ".sh", ".bash", ".zsh", ".ash", ".ksh", ".fish", ".service", ".timer", ".desktop", ".dockerfile":
		return Launch
	case ".py", ".pyw", ".pl", ".pm", ".rb", ".php", ".phtml", ".js", ".mjs", ".cjs", ".lua", ".tcl", ".ps1", ".psm1",
		".bat", ".cmd", ".vbs", ".r", ".awk", ".groovy":
		return Script
	case ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".go", ".rs", ".java", ".kt", ".scala", ".cs", ".swift",
		".ts", ".tsx", ".jsx", ".m", ".mm", ".s", ".asm", ".hs", ".ml", ".ex", ".exs", ".erl", ".clj", ".zig", ".d",
		".pas", ".f90", ".vue":
		return Source
	case ".json", ".json5", ".jsonc", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".cnf", ".config",
		".properties", ".env", ".xml", ".plist", ".tf", ".tfvars", ".hcl", ".settings", ".inf", ".rc", ".pem", ".key":
		return Config
	case ".md", ".markdown", ".mdx", ".rst", ".html", ".htm", ".xhtml", ".adoc", ".asciidoc", ".tex", ".texi", ".info",
		".txt", ".po", ".pot", ".mo", ".svg", ".csv", ".tsv", ".rtf", ".log", ".pod", ".ipynb",
		".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8":
		return Prose
	}
	return Other
}

// machineCode knows executables by their magic numbers: ELF, PE and MS-DOS, Mach-O of
// both widths and byte orders, WebAssembly.
func machineCode(head []byte) bool {
	for _, magic := range [...]string{"\x7fELF", "MZ\x90\x00", "MZ\x78\x00", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce", "\x00asm"} {
		if len(head) >= 4 && string(head[:4]) == magic {
			return true
		}
	}
	return false
}

// supervisor knows the settings of supervisord by their sections: whatever the file is
// called, they say what is started.
func supervisor(head []byte) bool {
	return bytes.Contains(head, []byte("[program:")) || bytes.Contains(head, []byte("[supervisord]"))
}

// shebang returns the name of the program that head's first line says runs the file,
// without its folder, version and env: "bash", "python", or "".
func shebang(head []byte) string {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return ""
	}
	line, _, _ := bytes.Cut(head[2:], []byte("\n"))
	for word := range strings.FieldsSeq(string(line)) {
		name := path.Base(word)
		if name == "env" || strings.HasPrefix(name, "-") || strings.Contains(name, "=") {
			continue
		}
		return strings.TrimRight(strings.ToLower(name), "0123456789.")
	}
	return ""
}

// proseTree knows the folders of the Filesystem Hierarchy Standard that hold what is
// read, not run (https://refspecs.linuxfoundation.org/FHS_3.0/, section 4.11).
func proseTree(p string) bool {
	rest, usr := strings.CutPrefix(p, "usr/")
	if usr {
		rest = strings.TrimPrefix(rest, "local/")
	} else if strings.HasPrefix(p, "opt/") {
		_, rest, _ = strings.Cut(p, "/share/")
		rest = "share/" + rest
	} else {
		return false
	}
	if share, ok := strings.CutPrefix(rest, "share/"); ok {
		switch dir, _, in := strings.Cut(share, "/"); dir {
		case "doc", "man", "info", "locale", "help", "gtk-doc", "licenses", "doc-base":
			return in
		}
		return false
	}
	return strings.HasPrefix(p, "usr/man/") || strings.HasPrefix(p, "usr/doc/")
}

func proseName(base string, mode fs.FileMode) bool {
	if mode&0o111 != 0 {
		return false
	}
	for _, name := range [...]string{"readme", "changelog", "changes", "news", "license", "licence", "copying", "copyright", "authors", "contributors", "history", "todo", "faq"} {
		if rest, ok := strings.CutPrefix(base, name); ok && (rest == "" || rest[0] == '.' || rest[0] == '-') {
			return true
		}
	}
	return false
}

// launchPath knows what is started without being asked for: cron, init, systemd, s6,
// supervisor, login shells, and the files that Docker builds from.
func launchPath(p, base, ext string) bool {
	switch {
	case strings.HasPrefix(p, "etc/cron"), strings.HasPrefix(p, "var/spool/cron/"), strings.HasPrefix(p, "etc/init.d/"),
		strings.HasPrefix(p, "etc/rc"), strings.HasPrefix(p, "etc/profile"), strings.HasPrefix(p, "etc/supervisor"),
		strings.HasPrefix(p, "etc/s6"), strings.HasPrefix(p, "etc/services.d/"), strings.HasPrefix(p, "etc/cont-init.d/"),
		strings.HasPrefix(p, "etc/runit/"), strings.HasPrefix(p, "etc/sv/"), strings.HasPrefix(p, "etc/periodic/"),
		strings.HasPrefix(p, "etc/local.d/"), strings.HasPrefix(p, "etc/apt/apt.conf.d/"), p == "etc/inetd.conf", strings.HasPrefix(p, "etc/xinetd.d/"), strings.HasPrefix(p, "etc/udev/rules.d/"), strings.HasPrefix(p, "etc/init/"), strings.HasPrefix(p, "etc/update-motd.d/"):
		return true
	case strings.Contains(p, "systemd/") && (ext == ".service" || ext == ".timer" || ext == ".path" || ext == ".conf"):
		return true
	case strings.HasPrefix(base, "dockerfile"), strings.HasPrefix(base, "docker-entrypoint"), strings.HasPrefix(p, "docker-entrypoint.d/") && byExt(ext) == Other, strings.HasPrefix(base, "entrypoint"):
		return true
	}
	switch base {
	case ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zprofile", ".zshenv", ".kshrc",
		"bash.bashrc", "crontab", "crontabs", "rc.local", "supervisord.conf", "procfile", "inittab", ".xinitrc", ".xprofile", "containerfile":
		return true
	}
	return false
}

func configName(base string) bool {
	switch base {
	case ".env", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".my.cnf", ".git-credentials", ".gitconfig", ".dockercfg",
		".htpasswd", ".s3cfg", ".boto", ".yarnrc", ".wgetrc", ".curlrc", "credentials", "config", "kubeconfig", "environment",
		"sshd_config", "ssh_config", "shadow", "passwd", "terraform.tfstate",
		"config.txt", "settings.txt", "pools.txt", "pool.txt", "wallet.txt", "credentials.txt", "secrets.txt", "passwords.txt":
		return true
	}
	return strings.HasPrefix(base, ".env") || strings.HasPrefix(base, "id_") || strings.HasSuffix(base, "rc") && strings.HasPrefix(base, ".")
}

// aside looks for folders and name parts of documentation, tests and examples.
func aside(p string) bool {
	if proseTree(p) {
		return true
	}
	base := p[strings.LastIndexByte(p, '/')+1:]
	for _, end := range [...]string{".example", ".sample", ".dist", ".template", ".tmpl", ".tpl", ".in", ".j2", ".erb", "_test.go", "_test.py", "_test.rb", ".md", ".rst", ".adoc", ".po", ".pot"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	for _, part := range [...]string{".spec.", ".sample.", "example", "dummy", "mock"} {
		if strings.Contains(base, part) {
			return true
		}
	}
	if strings.Contains(base, "test") { // of most files that is all that is asked
		for _, part := range [...]string{".test.", "testcert", "test_", "_test.", "-test.", "-test-"} {
			if strings.Contains(base, part) {
				return true
			}
		}
	}
	for dir := range strings.SplitSeq(p[:len(p)-len(base)], "/") {
		switch dir {
		case "doc", "docs", "documentation", "man", "manual", "locale", "locales", "i18n", "test", "tests", "testing", "testdata", "test-data", "testutil", "testutils",
			"test_data", "testsuite", "fixture", "fixtures", "__tests__", "__fixtures__", "__mocks__", "mock", "mocks", "spec", "specs",
			"example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "templates", "benchmark", "benchmarks", "e2e", "conformance":
			return true
		}
		if strings.HasPrefix(dir, "dummy") || strings.HasSuffix(dir, "test") || strings.HasSuffix(dir, "tests") || strings.HasSuffix(dir, "_example") || strings.HasSuffix(dir, "-examples") || strings.HasSuffix(dir, "_examples") {
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
	if at := strings.Index(p, "@v"); at >= 0 && at+2 < len(p) && '0' <= p[at+2] && p[at+2] <= '9' {
		return true // a module of Go, wherever the cache is: example.com/module@v1.2.3/
	}
	for _, part := range [...]string{"/node_modules/", "/bower_components/", "/site-packages/", "/dist-packages/", "/pkg/mod/", "/go/src/", "/vendor/", "/third_party/", "/third-party/", "/gems/", "/.cargo/registry/",
		"/.m2/repository/", "/usr/src/", "/share/perl5/", "/share/perl/", "/share/php/", "/.composer/", "/.gradle/caches/", "/usr/lib/go-", "/share/go-", "/lib/python2", "/lib/python3", "/lib/ruby/", "/share/rubygems-integration/", "/lib/node/", "/share/nodejs/", "/share/javascript/"} {
		if strings.HasPrefix(p, part[1:]) || strings.Contains(p, part) {
			return true
		}
	}
	return false
}
