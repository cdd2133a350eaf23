// Package script tells what scripts start: which files a shell script, a crontab, a unit
// of systemd or the settings of a supervisor run.
//
// It finds nothing itself. What it tells goes into Report.Scripts, and with that a policy
// follows the start of an image from its config through script after script to the file
// that does the harm. It looks and does not run: a name that is put together at run time
// is told by its end, and what no script would name is not told. It trusts nothing;
// whatever a script holds, it takes linear time, and what it tells is bounded.
package script

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// version changes whenever the same script could be told otherwise.
const version = "8"

// maxSize is the largest script, in bytes, that is read if it is no shell's: most that are
// longer are bundles, and start nothing.
const maxSize = 64 << 10

// Bounds of what is told of one script: files, words of a command before one, bytes of a path.
const (
	maxRuns  = 20
	maxWords = 8
	maxPath  = 200
)

// A Detector tells what scripts start. It is immutable.
type Detector struct{}

// New makes a Detector.
func New() *Detector { return &Detector{} }

// Name is "script".
func (*Detector) Name() string { return "script" }

// Version is this package's.
func (*Detector) Version() string { return version }

// Patterns has none.
func (*Detector) Patterns() []inspect.Pattern { return nil }

// Wants asks for the content of scripts, and of files that say what is to be started.
func (*Detector) Wants(f *inspect.File) inspect.Want {
	switch f.Type {
	case inspect.Symlink, inspect.Hardlink:
		if linked(f) != "" {
			return inspect.Header
		}
		return inspect.Nothing
	case inspect.Document:
		switch f.Path {
		case "config:entrypoint", "config:cmd", "config:healthcheck", "config:onbuild":
			return inspect.Content
		}
		return inspect.Nothing
	}
	if f.Type == inspect.Regular && f.Size != 0 && (place.KindOf(f) == place.Launch || f.Size <= maxSize && written(f)) && !packaged(f.Path) {
		return inspect.Content
	}
	return inspect.Nothing
}

// written reports whether a file is a script by its first line or words, or one of the image's own by its name.
func written(f *inspect.File) bool {
	return shebang(f.Head) || place.Loose(f) || place.KindOf(f) == place.Script && !place.Apart(f)
}

// Judge finds nothing.
func (*Detector) Judge(*inspect.File, inspect.Seen, func(inspect.Finding)) {}

// shebang reports whether a file is one for an interpreter.
func shebang(head []byte) bool { return len(head) > 2 && head[0] == '#' && head[1] == '!' }

// packaged reports whether a path is where package managers put their own scripts and what
// belongs to libraries: no image is started through these, and there are thousands.
func packaged(p string) bool {
	p = "/" + p
	for _, dir := range []string{"/var/lib/dpkg/info/", "/node_modules/", "/site-packages/", "/dist-packages/", "/usr/share/doc/", "/usr/share/bash-completion/", "/usr/share/zsh/"} {
		if strings.Contains(p, dir) {
			return true
		}
	}
	return false
}

// Runs tells the paths of the files that a script runs, as written: absolute, or with
// their beginning missing.
func (*Detector) Runs(f *inspect.File, s inspect.Seen) []string {
	if p := linked(f); p != "" {
		return []string{shown(p)}
	}
	if !s.Text || s.Cut {
		return nil
	}
	find := named
	if f.Type == inspect.Regular && !shebang(f.Head) && place.KindOf(f) == place.Launch && path.Ext(f.Path) != ".sh" && path.Base(f.Path) != "package.json" {
		find = listed
	}
	content := argv.Located(s.Content)
	commands := argv.Of(f, content)
	if f.Type == inspect.Regular && !shebang(f.Head) && place.RunAs(f) == place.Script {
		return calls(f, commands)
	}
	if substitution.Match(content) { // the folder of the script, more often than not
		plain := substitution.ReplaceAllLiteral(content, []byte("$_"))
		commands = append(argv.Commands(plain), commands...)
	}
	var out []string
	told := map[string]bool{}
	for _, c := range commands {
		if p := find(c.Args); p != "" && !told[p] {
			told[p] = true
			out = append(out, p)
		}
		if len(out) == maxRuns {
			break
		}
	}
	return out
}

// calls tells what the calls of a program in another language than a shell's run.
func calls(f *inspect.File, commands []argv.Command) []string {
	var out []string
	for _, i := range argv.Calls(f, commands) {
		if p := named(commands[i].Args); p != "" && !slices.Contains(out, p) && len(out) < maxRuns {
			out = append(out, p)
		}
	}
	return out
}

// substitution is what a shell puts the output of a command in for.
var substitution = regexp.MustCompile(`\$\([^()\n]{1,200}\)`)

// launchers are programs, and words of languages, that run the file they are given.
var launchers = map[string]bool{
	"sh": true, "bash": true, "dash": true, "ash": true, "zsh": true, "ksh": true, "busybox": true, "source": true, ".": true,
	"exec": true, "command": true, "eval": true, "nohup": true, "setsid": true, "env": true, "time": true, "timeout": true,
	"nice": true, "ionice": true, "stdbuf": true, "sudo": true, "su": true, "gosu": true, "su-exec": true, "runuser": true,
	"chroot": true, "unshare": true, "tini": true, "dumb-init": true, "catatonit": true, "screen": true, "tmux": true,
	"watch": true, "xargs": true, "start-stop-daemon": true, "daemonize": true, "proxychains": true, "proxychains4": true,
	"torsocks": true, "torify": true, "s6-setuidgid": true, "with-contenv": true, "python": true, "perl": true, "ruby": true,
	"node": true, "nodejs": true, "php": true, "lua": true, "java": true, "deno": true, "bun": true, "at": true, "crontab": true,
	"if": true, "then": true, "else": true, "elif": true, "while": true, "until": true, "do": true, "!": true, "{": true, "trap": true,
	"os.system": true, "os.popen": true, "subprocess.run": true, "subprocess.popen": true, "subprocess.call": true, "system": true,
	"execfile": true, "spawn": true, "execsync": true, "child_process.exec": true, "supervisord": true,
}

// takesWord has the launchers that take a word before what they run: a user, a time, a folder.
var takesWord = map[string]bool{
	"gosu": true, "su-exec": true, "su": true, "runuser": true, "chroot": true, "timeout": true, "s6-setuidgid": true,
	"setuidgid": true, "chpst": true, "watch": true, "at": true, "trap": true, "flock": true, "taskset": true,
}

// conditional has the words before a condition.
var conditional = map[string]bool{"if": true, "elif": true, "while": true, "until": true, "!": true}

// named returns the file that a command runs, if it names one by a path.
func named(args []string) string {
	value := false // the next word may belong to the one before
	for i, w := range args[:min(len(args), maxWords)] {
		base := strings.ToLower(path.Base(w))
		switch {
		case assigns(w):
		case len(w) > 1 && w[0] == '-':
			if i > 0 && conditional[args[i-1]] {
				return "" // of [, which is no word here
			}
			value = true
		case (base == "service" || base == "rc-service") && i+1 < len(args):
			if p := "/etc/init.d/" + path.Base(args[i+1]); isPath(p) {
				return shown(p)
			}
			return ""
		case launchers[base] || launchers[strings.TrimRight(base, "0123456789.")]:
			value = takesWord[base]
		case isPath(w):
			return ending(w)
		case daemons[path.Base(w)]:
			return path.Base(w)
		case !value:
			return ""
		default:
			value = false
		}
	}
	return ""
}

// listed returns the first path that a line of settings names, whatever is before it: the
// times of a crontab, the name of a setting.
func listed(args []string) string {
	for _, w := range args {
		if name, value, ok := strings.Cut(w, "="); ok && !strings.Contains(name, "/") {
			w = value
		}
		if w = strings.TrimLeft(w, "@-+:!"); isPath(w) && !launchers[strings.TrimRight(path.Base(w), "0123456789.")] {
			return ending(w)
		}
		if daemons[w] {
			return w
		}
	}
	return ""
}

// assigns reports whether a word sets a variable.
func assigns(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == ""
}

// isPath reports whether a word names a file that could be run.
func isPath(w string) bool {
	if strings.Contains(w, "://") || strings.ContainsAny(w, " \t\n*?<>|;,") || len(w) > maxPath {
		return false
	}
	if base := path.Base(w); base == "." || base == ".." { // a folder, or the service of no name
		return false
	}
	switch path.Ext(w) {
	case ".conf", ".cfg", ".cnf", ".ini", ".json", ".yaml", ".yml", ".toml", ".xml", ".txt", ".log", ".pid", ".md", ".html", ".css", ".pem", ".crt", ".key", ".csv", ".db", ".sock", ".gz", ".zip":
		return false
	case ".sh", ".bash", ".py", ".pl", ".rb", ".js", ".php", ".lua", ".jar":
		return true
	}
	for _, dir := range []string{"/dev/", "/proc/", "/sys/", "/run/"} {
		if strings.HasPrefix(w, dir) && !strings.HasPrefix(w, "/dev/shm/") {
			return false
		}
	}
	return !strings.HasSuffix(w, "/") && (begins(w) || strings.ContainsAny(w, "$`") && strings.Contains(w, "/"))
}

// begins reports whether a word begins as a path does that is not to be looked up.
func begins(w string) bool {
	return strings.HasPrefix(w, "/") || strings.HasPrefix(w, "./") || strings.HasPrefix(w, "../")
}

// secretive is how long a name is that may be a secret, if it has letters of both cases and digits.
const secretive = 16

// shown is a path without what could be a secret in it: a report is read by many. Its
// last character is then an ellipsis, as in what a report shows of a config.
func shown(p string) string {
	from := 0
	for name := range strings.SplitSeq(p, "/") {
		if len(name) >= secretive && strings.ContainsAny(name, "0123456789") && strings.ToLower(name) != name && strings.ToUpper(name) != name {
			return p[:from] + strings.ToValidUTF8(name[:4], "") + "…"
		}
		from += len(name) + 1
	}
	return p
}

// ending is a path without what a shell puts in at run time: $DIR/x and $(dirname $0)/x
// are ./x, of which the beginning is not known.
func ending(w string) string {
	i := strings.LastIndexAny(w, "$`)}%")
	if i < 0 {
		return shown(w)
	}
	if k := strings.IndexByte(w[i:], '/'); k >= 0 {
		return shown("." + w[i+k:])
	}
	return ""
}
