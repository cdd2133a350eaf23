package script

import (
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect/internal/argv"
)

// What several commands do together: one reads a file and another runs what it reads, or
// a loop runs each file of a folder. A folder is told with a slash at its end.

// Bounds of what is looked at behind a command: the other commands of its line, and those of a loop.
const (
	maxBehind = 6
	maxLoop   = 30
)

// readers are programs that give out what is in the files they are given.
var readers = set("cat", "tac", "zcat", "gzcat", "bzcat", "xzcat", "zstdcat", "gunzip", "base64", "base32", "xxd", "openssl", "gpg", "rev", "tr", "sed", "awk", "head", "tail", "envsubst", "uudecode", "cut", "grep", "dd", "python", "perl")

// listers are programs that give out the names of files.
var listers = set("find", "ls", "echo", "printf", "run-parts")

// flows tells what commands run that others read or list.
func flows(commands []argv.Command) []string {
	var out []string
	lines := evaluating(commands)
	evaluated := func(c argv.Command) bool { _, ok := slices.BinarySearch(lines, c.Offset); return ok }
	for i, c := range commands {
		base := path.Base(c.Args[0])
		behind := commands[i+1 : min(len(commands), i+1+maxBehind)]
		if n := slices.IndexFunc(behind, func(b argv.Command) bool { return b.Offset != c.Offset }); n >= 0 {
			behind = behind[:n]
		}
		if evaluated(c) {
			for _, w := range c.Args[:min(len(c.Args), maxWords)] {
				if _, p, ok := strings.Cut(w, "$(<"); ok { // which is cat in a word
					p, _, _ = strings.Cut(p, ")")
					out = append(out, operands([]string{strings.TrimSpace(p)})...)
				}
			}
		}
		switch {
		case readers[base] && slices.ContainsFunc(behind, takesText), readers[base] && evaluated(c), c.Args[0] == "<" && evaluated(c):
			out = append(out, operands(c.Args[1:])...)
		case len(c.Args[0]) > 1 && c.Args[0][0] == '<' && evaluated(c):
			out = append(out, operands([]string{c.Args[0][1:]})...)
		}
		switch base {
		case "echo", "printf":
			if slices.ContainsFunc(behind, takesText) || slices.ContainsFunc(behind, takesTimes) || writes(c.Args) {
				out = append(out, spoken(c.Args[1:])...)
			}
		case "done":
			for k := i - 1; k >= max(0, i-maxLoop) && commands[k].Args[0] != "while"; k-- {
				if runsLine(commands[k]) {
					out = append(out, input(c.Args)...)
					break
				}
			}
		case "mapfile", "readarray", "read":
			if slices.ContainsFunc(commands[i+1:min(len(commands), i+1+maxLoop)], runsLine) {
				out = append(out, input(c.Args)...)
			}
		}
		if k := slices.IndexFunc(c.Args[:min(len(c.Args), maxWords)], func(w string) bool { return listers[path.Base(w)] }); k >= 0 {
			out = append(out, listing(c.Args[k:], behind, commands[i+1:])...)
		}
		if k := slices.Index(c.Args[:min(len(c.Args), maxWords)], "for"); k >= 0 && k+3 < len(c.Args) && c.Args[k+2] == "in" && loops(c.Args[k+1], commands[i+1:]) {
			out = append(out, folders(c.Args[k+3:])...)
		}
	}
	return out
}

// connected tells the program that a command connects to a socket: nc -e FILE, socat EXEC:FILE.
func connected(args []string) []string {
	var out []string
	switch path.Base(args[0]) {
	case "nc", "ncat", "netcat":
		for i, w := range args[1:] {
			if (w == "-e" || w == "-c" || w == "--exec" || w == "--sh-exec" || len(w) > 2 && w[0] == '-' && w[1] != '-' && w[len(w)-1] == 'e') && i+2 < len(args) && isPath(args[i+2]) && !launches(path.Base(args[i+2])) {
				out = append(out, ending(args[i+2]))
			}
		}
	case "socat":
		for _, w := range args[1:] {
			_, line, ok := strings.Cut(w, "EXEC:")
			if !ok {
				_, line, ok = strings.Cut(w, "SYSTEM:")
			}
			if line, _, _ = strings.Cut(line, ","); !ok || line == "" {
				continue
			}
			for _, c := range argv.Commands([]byte(line)) {
				out = append(out, named(c.Args))
			}
		}
	}
	return out
}

// takesTimes reports whether a command has what it reads run at times.
func takesTimes(c argv.Command) bool {
	switch path.Base(c.Args[0]) {
	case "crontab", "at", "batch":
		return true
	}
	return false
}

// writes reports whether what a command says goes to a file that is run: of cron's, of a shell's, of init's.
func writes(args []string) bool {
	for i, w := range args {
		if w[:min(1, len(w))] != ">" || i+1 == len(args) {
			continue
		}
		for _, place := range [...]string{"/cron", "rc.local", "profile", "bashrc", "zshrc", "/init.d/", "systemd/", "/etc/periodic/"} {
			if strings.Contains(args[i+1], place) {
				return true
			}
		}
	}
	return false
}

// spoken tells what a text runs that a command says: a line of a shell's or of a crontab.
func spoken(args []string) []string {
	var out []string
	for _, w := range args {
		if !strings.Contains(w, " ") {
			continue
		}
		for _, c := range argv.Commands([]byte(strings.ReplaceAll(w, `\n`, "\n"))) {
			if p := named(c.Args); p != "" {
				out = append(out, p)
			} else if w[0] == '*' || w[0] == '@' || '0' <= w[0] && w[0] <= '9' {
				out = append(out, listed(c.Args))
			}
		}
	}
	return out
}

// runsLine reports whether a command runs a line that a variable holds.
func runsLine(c argv.Command) bool {
	for i, w := range c.Args[:min(len(c.Args), maxWords)] {
		base := path.Base(w)
		switch {
		case base == "eval" || w == "-c" && i > 0 && interprets(path.Base(c.Args[i-1])):
			return i+1 < len(c.Args) && strings.HasPrefix(c.Args[i+1], "$")
		case !launches(base):
			return false
		}
	}
	return false
}

// input are the files that a command reads by a redirection.
func input(args []string) []string {
	for i, w := range args {
		if w == "<" && i+1 < len(args) {
			return operands(args[i+1 : i+2])
		}
		if len(w) > 1 && w[0] == '<' {
			return operands([]string{w})
		}
	}
	return nil
}

// maxMoves bounds the copies of files that are followed.
const maxMoves = 32

// moved tells the files that commands copy, link or decode to where others are run: to what was told, or
// where a shell finds a program by its name.
func moved(commands []argv.Command, told []string) []string {
	var out []string
	moves := 0
	for i, c := range commands {
		from, to := transfer(c.Args)
		if from == "" || moves == maxMoves {
			continue
		}
		moves++
		name := path.Base(to)
		if slices.Contains(told, to) || slices.Contains(told, strings.TrimSuffix(to, "/")+"/"+path.Base(from)) ||
			slices.ContainsFunc(commands[i+1:min(len(commands), i+1+maxLoop)], func(c argv.Command) bool { return c.Args[0] == name }) {
			out = append(out, from)
		}
	}
	return out
}

// transfer returns the file that a command copies, and where to; empty if it copies none.
func transfer(args []string) (from, to string) {
	base := path.Base(args[0])
	switch base {
	case "cp", "mv", "ln", "install", "rsync":
		n := len(args)
		if n >= 3 && isPath(args[n-2]) && begins(args[n-1]) {
			return ending(args[n-2]), args[n-1]
		}
		return "", ""
	}
	if !readers[base] {
		return "", ""
	}
	for i, w := range args {
		if (w == ">" || w == "-o" || w == "-out") && i+1 < len(args) && begins(args[i+1]) {
			if all := operands(args[1:i]); len(all) > 0 {
				return all[0], args[i+1]
			}
		}
	}
	return "", ""
}

// operands are the paths among words: of files, and of folders all of whose files are meant.
func operands(words []string) []string {
	var out []string
	for _, w := range words {
		if w = strings.TrimPrefix(strings.TrimPrefix(w, "<"), "if="); isPath(w) {
			out = append(out, ending(w))
		}
	}
	return append(out, folders(words)...)
}

// takesText reports whether a command runs what it reads: a shell or an interpreter that is given no file.
func takesText(c argv.Command) bool {
	runs := false
	for i, w := range c.Args[:min(len(c.Args), maxWords)] {
		base := strings.ToLower(path.Base(w))
		switch {
		case interprets(base):
			runs = true
		case launchers[base], assigns(w), len(w) > 1 && w[0] == '-', w == "-", w == "{}":
		case i > 0 && takesWord[strings.ToLower(path.Base(c.Args[i-1]))], i > 0 && strings.HasPrefix(c.Args[i-1], "-") && !runs:
		default:
			return runs && (w == "/dev/stdin" || w == ">" || strings.HasPrefix(w, "2>"))
		}
	}
	return runs
}

// interprets reports whether a program runs the text that it reads.
func interprets(base string) bool {
	switch strings.TrimRight(base, "0123456789.") {
	case "sh", "bash", "dash", "ash", "zsh", "ksh", "python", "perl", "ruby", "node", "nodejs", "php", "lua", "pwsh":
		return true
	}
	return false
}

// evaluating are the offsets of the lines that run what a substitution in them gives, in order.
func evaluating(commands []argv.Command) []int {
	var out []int
	for _, c := range commands {
		if n := len(out); n > 0 && c.Offset <= out[n-1] { // of the same line, or of a word of one that was seen
			continue
		}
		if evaluates(c.Args[:min(len(c.Args), maxWords)]) {
			out = append(out, c.Offset)
		}
	}
	return out
}

// evaluates reports whether a command runs what a substitution gives.
func evaluates(args []string) bool {
	for i, w := range args {
		base := path.Base(w)
		if base == "eval" || base == "source" || w == "." || interprets(base) {
			return slices.ContainsFunc(args[i+1:], func(w string) bool {
				return strings.Contains(w, "$(") || strings.ContainsAny(w, "`<") || w == "$"
			})
		}
		if !launchers[base] && !assigns(w) {
			break
		}
	}
	return false
}

// listing tells the folders whose files a list of names has run: by find itself, by xargs
// behind it, or in a loop that reads the names. behind are the other commands of the line.
func listing(args []string, behind, rest []argv.Command) []string {
	var dirs []string
	for _, w := range args[1:] {
		if w == "-exec" || w == "-execdir" || w == "-type" || w == "-name" {
			break
		}
		if d := folderOf(w); d != "" {
			dirs = append(dirs, d)
		} else if d := folderOf(strings.TrimSuffix(w, "/") + "/*"); d != "" && begins(w) {
			dirs = append(dirs, d)
		}
	}
	if len(dirs) == 0 {
		return nil
	}
	if path.Base(args[0]) == "run-parts" {
		return dirs
	}
	for i, w := range args {
		if (w == "-exec" || w == "-execdir" || w == "-ok") && i+1 < len(args) {
			k := i + 1
			for k < len(args) && (launchers[path.Base(args[k])] || len(args[k]) > 1 && args[k][0] == '-' && !strings.HasSuffix(args[k], "c")) {
				k++
			}
			if k < len(args) && args[k] == "{}" {
				return dirs
			}
		}
	}
	for _, c := range behind {
		switch path.Base(c.Args[0]) {
		case "xargs", "parallel":
			if takesText(c) && !slices.Contains(c.Args, "-c") {
				return dirs
			}
		case "while":
			if k := slices.Index(c.Args, "read"); k >= 0 && loops(c.Args[len(c.Args)-1], rest) {
				return dirs
			}
		}
	}
	return nil
}

// loops reports whether the commands up to the end of a loop run the file that a variable names.
func loops(name string, body []argv.Command) bool {
	for _, c := range body[:min(len(body), maxLoop)] {
		if c.Args[0] == "done" {
			return false
		}
		for _, w := range c.Args[:min(len(c.Args), maxWords)] {
			base := path.Base(w)
			if w == "$"+name || w == "${"+name+"}" {
				return true
			}
			if !launchers[base] && !assigns(w) && (len(w) < 2 || w[0] != '-') {
				break
			}
			if i := strings.IndexByte(w, '['); i == 0 {
				break
			}
		}
	}
	return false
}

// folders are those all of whose files words mean: /opt/x/*, /opt/x/*.sh.
func folders(words []string) []string {
	var out []string
	for _, w := range words {
		if d := folderOf(w); d != "" {
			out = append(out, d)
		}
	}
	return out
}

// folderOf is the folder whose files a word means, with a slash behind it, if it says where that is and it is one
// of somebody's own: not the root, nor a folder of the system.
func folderOf(w string) string {
	i := strings.IndexAny(w, "*?$")
	if i < 1 || w[0] != '/' || len(w) > maxPath {
		return ""
	}
	d := w[:strings.LastIndexByte(w[:i], '/')+1]
	if strings.ContainsAny(d, " \t\n<>|;,`()") || d != path.Clean(d)+"/" {
		return ""
	}
	switch d {
	case "/bin/", "/sbin/", "/lib/", "/lib64/", "/usr/", "/etc/", "/var/", "/dev/", "/proc/", "/sys/", "/run/", "/home/", "/root/", "/opt/", "/srv/", "/tmp/", "/mnt/", "/app/",
		"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/share/", "/usr/local/", "/usr/local/bin/", "/usr/local/lib/", "/usr/local/share/", "/var/lib/", "/var/log/", "/var/cache/", "/usr/src/", "/usr/src/app/":
		return ""
	}
	for _, system := range [...]string{"/dev/", "/proc/", "/sys/", "/run/"} {
		if strings.HasPrefix(d, system) && !strings.HasPrefix(d, "/dev/shm/") {
			return ""
		}
	}
	return strings.TrimSuffix(shown(d), "/") + "/"
}
