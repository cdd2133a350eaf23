package policy

import (
	"path"
	"slices"
	"strings"
)

// A starter follows command lines into what they start.
type starter struct {
	*start
	table *correlations
	count int
}

// command takes one argument list in.
func (r *starter) command(args []string, depth int) {
	for {
		if r.count++; len(args) == 0 || depth > maxStartDepth || r.count > maxStartCommands {
			return
		}
		word := args[0]
		if word == "" || variable(word) || keyword(word) {
			args = args[1:]
			continue
		}
		if strings.ContainsAny(word, " \t\n") { // a whole line as one argument, or a name with spaces
			r.file(word)
			r.text(word, depth+1)
			return
		}
		name := strings.ToLower(path.Base(word))
		r.program(word, name)
		r.told.arguments(args[1:])
		r.told.folders(name, args[1:])
		r.python = r.python || servers[name] || strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pypy")
		w, wraps := r.table.wrappers[name]
		switch {
		case shells[name]:
			r.shell(args[1:], depth)
			return
		case compiled[name] != "" && len(args) > 1 && args[1] == "run":
			r.relative = append(r.relative, compiled[name])
			r.told.arguments(args[2:])
			return
		case interpreter(name):
			r.script(name, args[1:])
			return
		case managers[name]:
			r.service(name, args[1:])
			return
		case servers[name]:
			r.modules(args[1:])
			return
		case processes[name]:
			r.relative = append(r.relative, "/Procfile")
			return
		case packageScripts[name]:
			if slices.ContainsFunc(args[1:], func(a string) bool { return a == "start" || strings.HasPrefix(a, "run") }) {
				r.relative = append(r.relative, "/package.json")
			}
			return
		case !wraps:
			r.supervised(name, args[1:])
			return
		}
		if text := commandText(args[1:]); text != "" && w.Text {
			r.text(text, depth+1)
			return
		}
		if program := w.program(args[1:]); program != "" {
			r.program(program, strings.ToLower(path.Base(program)))
			return
		}
		args = w.rest(args[1:])
	}
}

// program notes a word that is run.
func (r *starter) program(word, name string) {
	r.programs[name] = true
	if dirs, ok := r.table.supervisors[name]; ok {
		r.below = append(r.below, dirs...)
	}
	r.told.program(name, r.table)
	r.file(word)
}

// hiddenMark ends what inspect leaves of a word that it takes for a secret. Somebody may
// have made a program's name look like one, so every name that begins so is that program's.
const hiddenMark = "…"

// file notes a word that names a file which is run.
func (r *starter) file(word string) {
	begin, _, hidden := strings.Cut(word, hiddenMark)
	switch {
	case hidden && strings.HasPrefix(begin, "/"):
		r.hidden = append(r.hidden, begin)
	case hidden:
		r.hidden = append(r.hidden, strings.ToLower(begin[strings.LastIndexByte(begin, '/')+1:]))
	case strings.HasPrefix(word, "/"):
		r.files[merged(word)] = true
		r.folders[path.Dir(path.Clean(word))] = true
	case strings.ContainsAny(word, "$`*?"), word == "", word[0] == '-':
	default:
		if p := path.Clean(word); p != "." && !strings.HasPrefix(p, "..") && (strings.Contains(word, "/") || strings.Contains(p, ".")) {
			r.relative = append(r.relative, "/"+p)
			r.works = true
		}
	}
}

// shells run the text of -c, or a script.
var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "zsh": true, "ksh": true, "mksh": true, "fish": true, "rbash": true}

// interpreter reports whether a program runs the script that its first argument names.
func interpreter(name string) bool {
	name = strings.TrimRight(name, "0123456789.")
	switch name {
	case "python", "pypy", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh", "expect", "deno", "bun", "java", "awk", "gawk", "source", "", "execlineb", "with-contenv", "uv", "npx", "pwsh", "powershell", "dotnet", "mono", "wine", "tsx", "ts-node", "rscript", "julia", "groovy", "escript", "elixir", "dart":
		return true
	}
	return false
}

// compiled has the file that a tool of a language makes a program of and runs, if it is told
// to run the folder's. Sources: https://doc.rust-lang.org/cargo/commands/cargo-run.html, go help run.
var compiled = map[string]string{"cargo": "/src/main.rs", "go": "/main.go"}

// servers run what a module of Python holds, which an argument names as module:object. Source:
// https://docs.gunicorn.org/en/stable/run.html, https://www.uvicorn.org/#command-line-options.
var servers = map[string]bool{"gunicorn": true, "uvicorn": true, "hypercorn": true, "daphne": true, "granian": true, "waitress-serve": true, "gunicorn3": true}

// packageScripts run what package.json calls start, or another of its scripts.
var packageScripts = map[string]bool{"npm": true, "yarn": true, "pnpm": true}

// processes start what a Procfile names. Source: https://devcenter.heroku.com/articles/procfile.
var processes = map[string]bool{"foreman": true, "honcho": true, "goreman": true, "overmind": true, "hivemind": true, "forego": true, "shoreman": true, "nf": true, "heroku": true}

// managers start services by their name.
var managers = map[string]bool{"service": true, "systemctl": true, "rc-service": true, "invoke-rc.d": true, "sv": true}

// service takes in what a manager of services is told to start.
func (r *starter) service(manager string, args []string) {
	if !slices.ContainsFunc(args, func(a string) bool {
		return a == "start" || a == "restart" || a == "up" || a == "reload-or-restart" || manager == "systemctl" && a == "enable"
	}) {
		return
	}
	for _, a := range args {
		switch a {
		case "start", "restart", "up", "enable", "reload-or-restart":
			continue
		}
		if a == "" || a[0] == '-' {
			continue
		}
		unit := strings.ToLower(strings.TrimSuffix(path.Base(a), ".service"))
		r.programs[unit] = true
		if unit == "ssh" { // Debian's name for it
			r.programs["sshd"] = true
		}
		for _, f := range []string{"etc/init.d/" + unit, "etc/systemd/system/" + unit + ".service", "lib/systemd/system/" + unit + ".service", "etc/service/" + unit + "/", "etc/sv/" + unit + "/"} {
			r.below = append(r.below, f)
		}
		if dirs, ok := r.table.supervisors[unit]; ok {
			r.below = append(r.below, dirs...)
		}
	}
}

// shell takes in the arguments of a shell: the text of -c, a script, or nothing, and then
// it reads what a person's shell reads.
func (r *starter) shell(args []string, depth int) {
	personal := false // it reads what a login, or somebody at a terminal, has it read
	for i, a := range args {
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") {
			personal = personal || strings.ContainsAny(a, "il")
		}
		switch {
		case a == "--login", a == "--interactive":
			personal = true
		case strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.HasSuffix(a, "c"):
			rest := args[i+1:]
			for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
				rest = rest[1:]
			}
			if personal {
				r.below = append(r.below, r.table.profiles...)
			}
			if len(rest) > 0 {
				r.text(rest[0], depth+1)
			}
			for _, extra := range rest[min(1, len(rest)):] { // sh -c 'exec "$@"' -- program
				if len(extra) > 0 && extra[0] == '/' {
					r.program(extra, strings.ToLower(path.Base(extra)))
				}
			}
			return
		case a == "" || a[0] == '-' || a[0] == '+':
		default:
			r.file(a)
			if !strings.ContainsAny(a, " \t$") {
				r.files[merged(a)] = true // from the root, where images work
				r.programs[strings.ToLower(path.Base(a))] = true
			}
			if personal {
				r.below = append(r.below, r.table.profiles...)
			}
			return
		}
	}
	r.below = append(r.below, r.table.profiles...)
}

// valued are the options of interpreters that have an argument of their own. Sources: php(1), python(1).
var valued = map[string][]string{"php": {"-S", "-t", "-d", "-c", "-z"}, "python": {"-W", "-X"}}

// script takes in the arguments of an interpreter: the first that is no option, and of
// Java and Python also that of -jar and -m.
func (r *starter) script(name string, args []string) {
	options := valued[strings.TrimRight(name, "0123456789.")]
	// PowerShell's other options have values of their own (about_Pwsh).
	if i := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "-file") }); i >= 0 && i+1 < len(args) {
		r.file(args[i+1])
	}
	for i, a := range args {
		if a == "-m" && i+1 < len(args) {
			r.programs[strings.ToLower(args[i+1])] = true
			r.module(args[i+1])
			r.modules(args[i+2:])
			r.told.folders(args[i+1], args[i+2:])
			return
		}
		if a == "" || a[0] == '-' || i > 0 && slices.Contains(options, args[i-1]) {
			continue
		}
		if !strings.ContainsAny(a, " \t$") {
			r.file(a)
			r.files[merged(a)] = true
		}
		return
	}
}

// modules notes the modules that the arguments of such a server name.
func (r *starter) modules(args []string) {
	for _, a := range args {
		if name, object, ok := strings.Cut(a, ":"); ok && name != "" && object != "" && strings.Trim(object, "0123456789") != "" {
			r.module(name)
		}
	}
}

// module notes the files that a module of Python may be in, wherever it is looked for
// (https://docs.python.org/3/using/cmdline.html#cmdoption-m). What a package manager
// installed is not among them.
func (r *starter) module(name string) {
	if name == "" || strings.ContainsAny(name, " \t\n/$`*?-") || strings.HasPrefix(name, ".") {
		return
	}
	p := "/" + strings.ReplaceAll(name, ".", "/")
	r.relative = append(r.relative, p+".py", p+"/__main__.py", p+"/__init__.py")
}

// supervised takes in what the configuration of a supervisor may be named by.
func (r *starter) supervised(name string, args []string) {
	_, supervisor := r.table.supervisors[name]
	for i, a := range args {
		value, inline := "", false
		if strings.HasPrefix(a, "--") {
			_, value, inline = strings.Cut(a, "=")
		}
		switch {
		case !supervisor:
		case inline && strings.HasPrefix(value, "/"):
			r.files[merged(value)] = true
		case i > 0 && args[i-1] != "" && args[i-1][0] == '-' && strings.HasPrefix(a, "/"), strings.HasPrefix(a, "/"):
			r.files[merged(a)] = true
			r.below = append(r.below, merged(a)+"/")
		case strings.HasSuffix(a, ".conf"):
			r.file(a)
		}
	}
	if strings.Contains(name, "entry") { // such as those of nginx and of the databases
		r.below = append(r.below, r.table.supervisors["docker-entrypoint.sh"]...)
	}
}

// text takes in a shell's command line.
func (r *starter) text(s string, depth int) {
	if depth > maxStartDepth {
		return
	}
	for _, args := range commands(s) {
		r.command(args, depth)
	}
}

// commandText is the argument of -c or --command.
func commandText(args []string) string {
	for i, a := range args {
		if text, ok := strings.CutPrefix(a, "--command="); ok {
			return text
		}
		if (a == "-c" || a == "--command") && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// variable reports whether a word sets a variable: NAME=value.
func variable(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// keyword reports whether a word only leads to a command in a shell's grammar.
func keyword(word string) bool {
	switch word {
	case "if", "then", "else", "elif", "while", "until", "do", "!", "{", "}", "--", "fi", "done", "esac":
		return true
	}
	return false
}
