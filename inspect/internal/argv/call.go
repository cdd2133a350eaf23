package argv

import (
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// Calls returns which of a script's commands, as Of has them, are of calls, by their indices: no variable's name, as most
// words of one are, but what a call is given, or, that being a line, what is in it. The file keeps it, for each detector asks.
func Calls(f *inspect.File, commands []Command) []int {
	m := inspect.Memo(f, note)
	for i := range m.read {
		r := &m.read[i]
		if len(commands) == 0 || len(r.commands) != len(commands) || &r.commands[0] != &commands[0] {
			continue
		}
		if !r.called {
			r.called, r.calls = true, callsIn(commands)
		}
		return r.calls
	}
	return callsIn(commands)
}

func callsIn(commands []Command) (at []int) {
	last := -3      // the last call
	var lines []int // where the lines begin that hold what calls are given, in order
	for i, cmd := range commands {
		if called(cmd.Args[0]) || called(cmd.Args[len(cmd.Args)-1]) {
			last = i
		}
		switch {
		case i-last <= 2:
			at = append(at, i)
			lines = append(lines, cmd.Offset)
		case cmd.inner: // behind all others
			if _, ok := slices.BinarySearch(lines, cmd.Offset); ok {
				at = append(at, i)
			}
		}
	}
	return at
}

// called knows, by its last word, what scripts start programs by.
func called(word string) bool {
	const longest = 48 // of such words, with what they are called on
	if len(word) > longest {
		return false
	}
	from := len(word)
	for from > 0 && word[from-1] != '.' && word[from-1] != ':' && word[from-1] != '>' {
		from--
	}
	name := word[from:]
	if name == "" || strings.IndexByte("spegcq%", name[0]|0x20) < 0 && word[0]|0x20 != 's' {
		return false // as most are: it begins like none of these
	}
	word, name = strings.ToLower(word), strings.ToLower(name)
	switch name {
	case "system", "popen", "popen2", "popen3", "popen4", "spawn", "spawnsync", "exec", "execsync", "execfile", "execfilesync", "execa",
		"check_call", "check_output", "getoutput", "getstatusoutput", "create_subprocess_exec", "create_subprocess_shell",
		"execv", "execve", "execvp", "execvpe", "execl", "execlp", "execle", "spawnl", "spawnlp", "spawnv", "spawnvp", "posix_spawn",
		"shell_exec", "passthru", "proc_open", "pcntl_exec", "qx", "%x", "capture2", "capture2e", "capture3", "pipeline", "execute", "start-process":
		return true
	}
	return strings.HasPrefix(word, "subprocess.") || strings.HasPrefix(word, "sp.") || word == "sh.run"
}

// codeWords is how many words of a command may be before the code that it hands an interpreter.
const codeWords = 8

// Code is the program that a command hands an interpreter among its arguments, as in python3 -c CODE and node -e CODE;
// "" if there is none. What a shell is given so is one of the commands of its file.
func Code(args []string) string {
	program := ""
	for i, w := range args[:min(len(args), codeWords)] {
		switch name := strings.TrimRight(strings.ToLower(path.Base(w)), "0123456789."); name {
		case "python", "pypy", "node", "nodejs", "perl", "ruby", "php", "lua", "luajit", "deno", "bun", "tclsh", "pwsh", "powershell":
			program = name
			continue
		}
		if base := path.Base(args[0]); strings.HasSuffix(base, "awk") && strings.Contains(w, "system(") {
			return w
		}
		if program == "" || i+1 == len(args) || len(w) < 2 {
			continue
		}
		if w[0] != '-' && strings.ContainsAny(w, "/.") { // a script, and what follows is its own
			return ""
		}
		switch strings.ToLower(w) {
		case "-c", "-e", "-r", "-p", "-pe", "-ne", "-le", "--eval", "--print", "eval", "-command":
			if strings.ContainsAny(args[i+1], "( \"'") {
				return args[i+1]
			}
		}
	}
	return ""
}

// Called returns the commands that the calls of a program are given.
func Called(code string) (out []Command) {
	commands := Commands([]byte(code))
	for _, i := range callsIn(commands) {
		out = append(out, commands[i])
	}
	return out
}
