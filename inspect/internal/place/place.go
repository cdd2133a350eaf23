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
	// Rules says that these are the rules of a product that watches for attacks: they
	// describe what it looks for. Whoever runs such a file as a script says otherwise.
	Rules bool
}

// Of says where f is. Every detector asks, so the file keeps the answer.
func Of(f *inspect.File) Place {
	k := inspect.Memo(f, note)
	if k.rules == unasked {
		if k.rules = no; describes(f, k) {
			k.rules = yes
		}
	}
	return Place{Kind: k.kind, Aside: k.aside.of(k.lower, aside), Vendor: k.vendor.of(k.lower, vendor), Rules: k.rules == yes}
}

// KindOf is Of's Kind, without the rest, which few files are asked for.
func KindOf(f *inspect.File) Kind { return inspect.Memo(f, note).kind }

// Apart is Of's Vendor or Aside: whether f is something else than the image's own.
func Apart(f *inspect.File) bool {
	k := inspect.Memo(f, note)
	return k.vendor.of(k.lower, vendor) || k.aside.of(k.lower, aside)
}

// Lower is f.Path in lower case, kept like where f is.
func Lower(f *inspect.File) string { return inspect.Memo(f, note).lower }

// known is what a file keeps.
type known struct {
	lower         string
	kind          Kind
	aside, vendor answer
	rules         answer
	run           answer // whether its first words alone say what it would be run as, which is
	as            Kind
}

// An answer is what a path was found to be, once that is asked.
type answer uint8

const (
	unasked answer = iota
	no
	yes
)

func (a *answer) of(p string, is func(string) bool) bool {
	if *a == unasked {
		if *a = no; is(p) {
			*a = yes
		}
	}
	return *a == yes
}

func note(f *inspect.File) *known {
	if f.Type == inspect.Document {
		return &known{lower: lower(f.Path), kind: document(f.Path), aside: no, vendor: no, rules: no}
	}
	p := lower(f.Path)
	return &known{lower: p, kind: kind(f, p)}
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
	base, ext := p[strings.LastIndexByte(p, '/')+1:], path.Ext(p)
	interpreter, named := shebang(f.Head), byExt(ext)
	switch {
	case f.MachineCode():
		return Binary
	case isShell(interpreter) && f.Mode&0o111 != 0:
		return Launch // even below usr/share/doc: it can be run
	case proseTree(p), named == Prose && interpreter == "" && !configName(base), proseName(base, f.Mode):
		return Prose
	case isShell(interpreter), named == Launch, launchPath(p, base, ext), base == "package.json" && !vendor(p), named == Config && (supervisor(f.Head) || playbook(f.Head)), recipe(base) && !vendor(p):
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
		".bat", ".cmd", ".vbs", ".r", ".awk", ".groovy", ".exp":
		return Script
	case ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".go", ".rs", ".java", ".kt", ".scala", ".cs", ".swift",
		".ts", ".tsx", ".mts", ".cts", ".jsx", ".m", ".mm", ".s", ".asm", ".hs", ".ml", ".ex", ".exs", ".erl", ".clj", ".zig", ".d",
		".pas", ".f90", ".vue":
		return Source
	case ".json", ".json5", ".jsonc", ".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".cnf", ".config",
		".properties", ".env", ".xml", ".plist", ".tf", ".tfvars", ".hcl", ".settings", ".inf", ".rc", ".pem", ".key":
		return Config
	case ".md", ".markdown", ".mdx", ".rst", ".html", ".htm", ".xhtml", ".adoc", ".asciidoc", ".tex", ".texi", ".info",
		".txt", ".po", ".pot", ".mo", ".svg", ".csv", ".tsv", ".rtf", ".log", ".pod", ".ipynb", ".yar", ".yara",
		".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8":
		return Prose
	}
	return Other
}

// supervisor knows the settings of supervisord by their sections: whatever the file is
// called, they say what is started.
func supervisor(head []byte) bool {
	return bytes.Contains(head, []byte("[program:")) || bytes.Contains(head, []byte("[supervisord]"))
}

// playbook knows Ansible's plays and Task's files by the words that must be in them: they
// say what is run, whatever the file is called
// (https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html,
// https://taskfile.dev/reference/schema/).
func playbook(head []byte) bool {
	return bytes.Contains(head, []byte("tasks:")) && (bytes.Contains(head, []byte("hosts:")) || bytes.Contains(head, []byte("cmds:")))
}

// recipe knows the files that make, just and Task run commands from.
func recipe(base string) bool {
	switch base {
	case "makefile", "gnumakefile", "justfile", "taskfile.yml", "taskfile.yaml":
		return true
	}
	return false
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
