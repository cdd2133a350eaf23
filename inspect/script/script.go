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
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/argv"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// version changes whenever the same script could be told otherwise.
const version = "10"

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
		case "config:entrypoint", "config:cmd", "config:healthcheck", "config:onbuild", "config:env":
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
	t := &telling{find: named}
	if f.Type == inspect.Regular && !shebang(f.Head) && place.KindOf(f) == place.Launch && path.Ext(f.Path) != ".sh" && !recipes[strings.ToLower(path.Base(f.Path))] {
		t.find = listed
	}
	content := argv.Located(s.Content)
	switch {
	case f.Type == inspect.Document && f.Path == "config:env":
		for line := range strings.Lines(string(content)) {
			t.add(assigned(strings.TrimSuffix(line, "\n"))...)
		}
		return t.out
	case f.Type == inspect.Regular && !shebang(f.Head) && place.RunAs(f) == place.Script:
		commands := argv.Of(f, content)
		for _, i := range argv.Calls(f, commands) {
			t.add(named(commands[i].Args))
		}
		return t.out
	}
	commands := argv.Of(f, content)
	if substitution.Match(content) { // the folder of the script, more often than not
		plain := substitution.ReplaceAllLiteral(content, []byte("$_"))
		commands = append(argv.Commands(plain), commands...)
	}
	for _, c := range commands {
		if t.command(c.Args); len(t.out) == maxRuns {
			return t.out
		}
	}
	if f.Type == inspect.Regular && place.RunAs(f) != place.Launch || !flowing(content) { // no shell's
		return t.out
	}
	expanded := argv.Of(f, argv.Expanded(f, s.Content))
	for _, c := range expanded { // sh $FILE
		t.add(t.find(c.Args))
	}
	t.add(flows(expanded)...)
	t.add(moved(expanded, t.out)...)
	return t.out
}

// launches reports whether a program runs the file that it is given, whatever its version is.
func launches(base string) bool {
	return launchers[base] || launchers[strings.TrimRight(base, "0123456789.")] || strings.HasPrefix(base, "ld-") && launchers[strings.TrimRight(base, "0123456789")]
}

// flowing reports whether a text has any of the words without which no command runs what another reads or lists.
func flowing(content []byte) bool {
	for _, word := range [...]string{"cat ", "base64", "eval", "/*", "find ", "run-parts", "xargs", "xxd", "<", "=/", "cp ", "mv ", "ln ", "install ", "cron", "rc.local", "profile", "bashrc", "| sh", "|sh", "| bash", "|bash"} {
		if bytes.Contains(content, []byte(word)) {
			return true
		}
	}
	return false
}

// A telling is what a script is found to run.
type telling struct {
	find func(args []string) string
	out  []string
}

// add takes paths, each once; an empty one is none.
func (t *telling) add(paths ...string) {
	for _, p := range paths {
		if p != "" && len(t.out) < maxRuns && !slices.Contains(t.out, p) {
			t.out = append(t.out, p)
		}
	}
}

// command tells what one command runs: the file that it names, what it compiles, what a
// variable that it sets has others start, and what the code that it is given runs.
func (t *telling) command(args []string) {
	t.add(t.find(args))
	t.add(built(args)...)
	t.add(connected(args)...)
	for _, w := range args[:min(len(args), maxWords)] {
		if strings.IndexByte(w, '=') > 0 {
			t.add(assigned(w)...)
		}
	}
	if code := argv.Code(args); code != "" {
		for _, c := range argv.Commands([]byte(code)) {
			t.add(named(c.Args))
		}
	}
}

// recipes are files of commands whose names have no ending that says so.
var recipes = set("package.json", "makefile", "gnumakefile", "justfile")

// substitution is what a shell puts the output of a command in for.
var substitution = regexp.MustCompile(`\$\([^()\n]{1,200}\)`)

// launchers are programs, and words of languages, that run the file they are given.
var launchers = map[string]bool{
	"sh": true, "bash": true, "dash": true, "ash": true, "zsh": true, "ksh": true, "busybox": true, "source": true, ".": true,
	"exec": true, "command": true, "eval": true, "nohup": true, "setsid": true, "env": true, "time": true, "timeout": true,
	"nice": true, "ionice": true, "stdbuf": true, "sudo": true, "su": true, "gosu": true, "su-exec": true, "runuser": true,
	"chroot": true, "unshare": true, "tini": true, "dumb-init": true, "catatonit": true, "screen": true, "tmux": true,
	"watch": true, "xargs": true, "parallel": true,
	"systemd-run": true, "flock": true, "taskset": true, "chrt": true, "chpst": true, "setuidgid": true, "setpriv": true, "strace": true, "ltrace": true, "nsenter": true, "xvfb-run": true, "fakeroot": true,
	"firejail": true, "bwrap": true, "cpulimit": true, "unbuffer": true, "dtach": true, "daemon": true, "doas": true, "entr": true, "pm2": true, "pm2-runtime": true, "forever": true, "nodemon": true,
	"ld-linux-x86-64.so.": true, "ld-linux-aarch64.so.": true, "ld-musl-x86_64.so.": true, "ld-musl-aarch64.so.": true, "start-stop-daemon": true, "daemonize": true, "proxychains": true, "proxychains4": true,
	"torsocks": true, "torify": true, "s6-setuidgid": true, "with-contenv": true, "python": true, "perl": true, "ruby": true,
	"node": true, "nodejs": true, "php": true, "lua": true, "java": true, "deno": true, "bun": true, "at": true, "crontab": true,
	"if": true, "then": true, "else": true, "elif": true, "while": true, "until": true, "do": true, "!": true, "{": true, "trap": true,
	"os.system": true, "os.popen": true, "subprocess.run": true, "subprocess.popen": true, "subprocess.call": true, "system": true,
	"execfile": true, "load": true, "require": true, "include": true, "include_once": true, "require_once": true, "dofile": true, "loadfile": true, "runpy.run_path": true, "&": true, "spawn": true, "execsync": true, "child_process.exec": true, "supervisord": true,
}

// takesWord has the launchers that take a word before what they run: a user, a time, a folder.
var takesWord = map[string]bool{
	"gosu": true, "su-exec": true, "su": true, "runuser": true, "chroot": true, "timeout": true, "s6-setuidgid": true,
	"setuidgid": true, "chpst": true, "watch": true, "at": true, "trap": true, "flock": true, "taskset": true, "pm2": true, "forever": true,
}

// conditional has the words before a condition.
var conditional = map[string]bool{"if": true, "elif": true, "while": true, "until": true, "!": true}

// named returns the file that a command runs, if it names one by a path.
func named(args []string) string {
	value := false // the next word may belong to the one before
	reads := false // the last launcher takes a file for its script, whatever it is called
	for i, w := range args[:min(len(args), maxWords)] {
		base := strings.ToLower(path.Base(w))
		switch {
		case assigns(w):
		case w == "<", w == ":::":
			value = false
		case reads && len(w) > 1 && w[0] == '<' && isPath(w[1:]):
			return ending(w[1:])
		case len(w) > 1 && w[0] == '-':
			if i > 0 && conditional[args[i-1]] {
				return "" // of [, which is no word here
			}
			value = !reads || strings.ContainsAny(w, "corWXSeEm") // of a shell and of an interpreter most stand alone
		case (base == "service" || base == "rc-service") && i+1 < len(args):
			if p := "/etc/init.d/" + path.Base(args[i+1]); isPath(p) {
				return shown(p)
			}
			return ""
		case launches(base):
			value, reads = takesWord[base], base == "." || base == "source" || interprets(base)
		case i > 0 && args[i-1] == "flock": // which it locks
			value = false
		case isPath(w):
			if p := ending(w); p != "" {
				return p
			}
			return folderOf(w) // sh /opt/x/$f
		case i > 0 && folderOf(w) != "":
			return folderOf(w)
		case daemons[path.Base(w)]:
			return path.Base(w)
		case !value && reads && bare(w):
			return "./" + w
		case !value:
			return ""
		default:
			value = false
		}
	}
	return ""
}

// bare reports whether a word is no more than the name of a file, or a path to one from the folder that is worked in.
func bare(w string) bool {
	return w != "" && w[0] != '.' && w[0] != '-' && w[0] != '/' && isPath("./"+w) &&
		strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "" && strings.Trim(w, "0123456789") != ""
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
	case ".sh", ".bash", ".py", ".pl", ".rb", ".js", ".mjs", ".cjs", ".ts", ".php", ".lua", ".jar":
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
