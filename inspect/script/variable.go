package script

import (
	"path"
	"strings"

	"github.com/lazaret/lazaret/inspect/internal/argv"
)

// A form is how a variable names what programs start because of it.
type form uint8

const (
	formFiles   form = 1 + iota // files, parted by colons or spaces
	formLine                    // a command line
	formOptions                 // options, of which some name a file
)

// variables have programs start a file, or load it, before or beside what they are meant to
// do. Sources: ld.so(8), bash(1), sh(1p), python(1), perlrun(1), ruby(1), git(1), node(1), less(1),
// https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html,
// https://github.com/dotnet/runtime/blob/main/docs/design/features/host-startup-hook.md.
var variables = map[string]form{
	"LD_PRELOAD": formFiles, "LD_AUDIT": formFiles, "BASH_ENV": formFiles, "ENV": formFiles, "PYTHONSTARTUP": formFiles, "GIT_SSH": formFiles, "GIT_ASKPASS": formFiles,
	"SSH_ASKPASS": formFiles, "SUDO_ASKPASS": formFiles, "DOTNET_STARTUP_HOOKS": formFiles, "CORECLR_PROFILER_PATH": formFiles, "MAKEFILES": formFiles, "R_PROFILE": formFiles, "R_PROFILE_USER": formFiles,
	"PROMPT_COMMAND": formLine, "GIT_SSH_COMMAND": formLine, "GIT_PAGER": formLine, "GIT_EDITOR": formLine, "GIT_EXTERNAL_DIFF": formLine, "GIT_PROXY_COMMAND": formLine,
	"PAGER": formLine, "MANPAGER": formLine, "EDITOR": formLine, "VISUAL": formLine, "LESSOPEN": formLine, "BROWSER": formLine, "RUSTC_WRAPPER": formLine,
	"NODE_OPTIONS": formOptions, "RUBYOPT": formOptions, "PERL5OPT": formOptions, "PERL5DB": formLine, "JAVA_TOOL_OPTIONS": formOptions, "_JAVA_OPTIONS": formOptions,
	"JDK_JAVA_OPTIONS": formOptions, "JAVA_OPTS": formOptions, "CATALINA_OPTS": formOptions,
}

// assigned tells what a word has programs start that sets such a variable: NAME=value, as a
// shell, a list of variables or a unit of systemd has it.
func assigned(word string) []string {
	name, value, ok := strings.Cut(strings.TrimPrefix(word, "Environment="), "=")
	if !ok {
		return nil
	}
	switch value = strings.Trim(value, `"'`); variables[name] {
	case formFiles:
		var out []string
		for p := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ':' || r == ' ' }) {
			if isPath(p) {
				out = append(out, ending(p))
			}
		}
		return out
	case formLine:
		var out []string
		for _, c := range argv.Commands([]byte(strings.TrimLeft(value, "|"))) {
			out = append(out, named(c.Args))
		}
		return out
	case formOptions:
		return optioned(strings.Fields(value))
	}
	return nil
}

// optioned tells the files that options have an interpreter load before its script, the
// modules of Perl by their ends.
func optioned(words []string) []string {
	var out []string
	for i, w := range words {
		name, value, ok := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "-javaagent:"), strings.HasPrefix(w, "-agentpath:"):
			_, value, _ = strings.Cut(name, ":")
		case strings.HasPrefix(w, "-M") && len(w) > 2 && w[2] >= 'A' && w[2] <= 'Z':
			value = "./" + strings.ReplaceAll(name[2:], "::", "/") + ".pm"
		case strings.HasPrefix(w, "-r") && len(w) > 2:
			value = w[2:]
		case w == "-r", w == "--require", w == "--import", w == "--loader", w == "--experimental-loader":
			if i+1 == len(words) {
				continue
			}
			value = words[i+1]
		case !ok || name != "--require" && name != "--import" && name != "--loader" && name != "--experimental-loader":
			continue
		}
		if value = strings.TrimPrefix(value, "file://"); !isPath(value) {
			continue
		}
		out = append(out, ending(value))
		if path.Ext(value) == "" && begins(value) { // which Node.js and Ruby look up with one
			out = append(out, ending(value+".js"), ending(value+".rb"))
		}
	}
	return out
}
