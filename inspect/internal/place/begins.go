package place

import (
	"bytes"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// RunAs is what a file would be for, should something run it: sh /x and python /y run what
// they are given, whatever it is called and whether or not its first line says what runs it.
// A text that is no program by its name or its first line is Launch or Script if it
// begins with a command or with a statement, and else, or where a package manager put it, what KindOf says. A guess by the first
// words: nobody runs most such files, so what is found in one that only looks like it is never
// more than probable.
func RunAs(f *inspect.File) Kind {
	_, as := Kinds(f)
	return as
}

// Kinds is KindOf and RunAs.
func Kinds(f *inspect.File) (kind, as Kind) {
	k := inspect.Memo(f, note)
	if k.run == unasked {
		k.run, k.as = no, k.kind
		if f.Type == inspect.Regular && (k.kind == Other || k.kind == Config || k.kind == Prose) && !k.vendor.of(k.lower, vendor) && bytes.IndexByte(f.Head, 0) < 0 {
			if as := begins(f.Head, k.kind == Other); as != Other {
				k.run, k.as = yes, as
			}
		}
	}
	return k.kind, k.as
}

// Loose reports whether nothing but its first words makes a file what RunAs says.
func Loose(f *inspect.File) bool {
	kind, as := Kinds(f)
	return as != kind
}

// begins sorts a text by its first line that is no comment and sets no variable: a shell's
// command, or a statement of a language that needs no compiler. Where lenient, it
// takes the word of a command that is not known for one, by its options.
func begins(head []byte, lenient bool) Kind {
	within := "" // what ends the remark that a line is in
	for rest, words := head, 0; len(rest) > 0 && words < maxWords; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSpace(line)
		if within != "" {
			if bytes.Contains(line, []byte(within)) {
				within = ""
			}
			continue
		}
		if len(line) == 0 || remark(line) {
			within = unended(line)
			continue
		}
		if c := line[0]; c >= 0x80 || c == '{' || '0' <= c && c <= '9' { // nothing that is run begins so, and JSON does
			return Other
		}
		text := string(line[:min(len(line), longestLine)])
		if assigns(text) {
			continue
		}
		switch {
		case command(text, lenient):
			return Launch
		case statement(text):
			return Script
		case !lenient || !name(text):
			return Other
		}
		words++ // a command without arguments, or a list
	}
	return Other
}

// maxWords is how many lines of one word each are looked behind.
const maxWords = 4

// unended returns what ends a remark that begins on a line and does not end there.
func unended(line []byte) string {
	for _, r := range [...][2]string{{"/*", "*/"}, {`"""`, `"""`}, {"'''", "'''"}} {
		if bytes.HasPrefix(line, []byte(r[0])) && !bytes.Contains(line[len(r[0]):], []byte(r[1])) {
			return r[1]
		}
	}
	return ""
}

// name reports whether a line is no more than a name.
func name(line string) bool {
	return strings.Trim(line, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// longestLine is how much of a line is looked at, in bytes.
const longestLine = 200

// remark reports whether a line is a comment of a shell, of C, of Lua or of SQL.
func remark(line []byte) bool {
	return line[0] == '#' || bytes.HasPrefix(line, []byte("//")) || bytes.HasPrefix(line, []byte("/*")) || bytes.HasPrefix(line, []byte("* ")) ||
		bytes.HasPrefix(line, []byte("*/")) || bytes.HasPrefix(line, []byte("-- ")) || bytes.HasPrefix(line, []byte("\"\"\"")) || bytes.HasPrefix(line, []byte("'''"))
}

// assigns reports whether a line does nothing but set a variable of a shell.
func assigns(line string) bool {
	name, value, ok := strings.Cut(line, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == "" && !strings.ContainsAny(value, " ;&|(")
}

// command reports whether a line is a command of a shell.
func command(line string, lenient bool) bool {
	word, rest, spaced := strings.Cut(line, " ")
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(line, "$") {
		return lenient && !strings.Contains(line, " = ") && strings.ContainsAny(line[1:min(len(line), 3)], "({ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	}
	if lenient && (strings.HasSuffix(line, "() {") || strings.HasSuffix(line, "(){")) {
		return true
	}
	if !spaced {
		return strings.HasPrefix(line, "./") && len(line) > 2 || strings.HasPrefix(line, ":(){")
	}
	second := rest
	if i := strings.IndexAny(rest, " \t;"); i >= 0 {
		second = rest[:i]
	}
	switch word {
	case "sh", "bash", "ash", "dash", "zsh", "curl", "wget", "nohup", "chmod", "chown", "setsid", "apt-get", "apk", "pip", "pip3", "npm", "python", "python2", "python3",
		"nc", "ncat", "socat", "crontab", "iptables", "base64", "openssl", "umask", "ulimit", "pkill", "killall", "sudo", "crond", "xargs", "mkdir":
		return true
	case "set":
		return second != "" && (second[0] == '-' || second[0] == '+') && strings.Trim(second, "+-abefhkmnoptuvxBCEHPT") == ""
	case "if", "while", "until", "elif":
		switch second {
		case "[", "[[", "!", ":", "true", "test", "command", "read", "sleep", "curl", "wget", "grep", "which", "pgrep", "ps":
			return true
		}
		return false
	case "for":
		return strings.Contains(rest, " in ") && !strings.HasSuffix(rest, ":") && !strings.Contains(second, "(")
	case "case":
		return strings.HasSuffix(line, " in")
	case "[", "[[", ":", "./":
		return true
	case "cd", "cp", "mv", "rm", "ln", "ls", "ps", "tar", "cat", "echo", "printf", "sed", "awk", "grep", "find", "kill", "node", "nodejs", "ruby", "perl", "php", "lua", "java", "gcc", "cc", "go", "make", "git", "ssh", "scp", "ssh-keygen",
		"source", ".", "su", "timeout", "nice", "env", "exec", "eval", "export", "unset", "trap", "sleep", "touch", "docker", "kubectl", "tmux", "busybox", "systemctl", "service", "mount", "yum", "dnf", "apt", "useradd", "usermod", "sysctl":
		return lenient || second != "" && strings.IndexByte(`-/.$"'~`, second[0]) >= 0
	}
	if strings.HasPrefix(word, "./") || strings.HasPrefix(word, "../") {
		return true
	}
	return lenient && optioned(word, rest)
}

// optioned reports whether a word begins as a program's name or path does, and has an
// option among the two words behind it.
func optioned(word, rest string) bool {
	if word[0] != '/' && (word[0] < 'a' || word[0] > 'z') || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_./-") != "" {
		return false
	}
	n := 0
	for a := range strings.FieldsSeq(rest) {
		if len(a) > 1 && a[0] == '-' && (a[1] == '-' || 'a' <= a[1]|0x20 && a[1]|0x20 <= 'z') {
			return true
		}
		if n++; n == 2 {
			break
		}
	}
	return false
}

// statement reports whether a line is a statement of Python, JavaScript, PHP, Perl, Ruby or Lua.
func statement(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	has := func(s string) bool { return strings.Contains(line, s) }
	switch word {
	case "<?php", "<?=", "<?":
		return true
	case "import":
		return rest != "" && !has("<") && (!strings.Contains(rest, " ") || has(",") || has(";") || has(" as ") || has(" from ") || has(" #"))
	case "from":
		return has(" import ")
	case "def", "class", "with", "try:", "async", "function":
		return has("(") && (strings.HasSuffix(line, ":") || has("{")) || strings.HasSuffix(line, ":") && !has(": ")
	case "const", "let", "var", "local", "global":
		return has("=")
	case "use":
		return strings.HasSuffix(line, ";") || has("; ") || has(";$") || has("strict")
	case "my", "our":
		return rest != "" && strings.IndexByte("$@%(", rest[0]) >= 0
	case "package":
		return strings.HasSuffix(line, ";")
	case "require", "require_relative", "load":
		return rest != "" && (rest[0] == '\'' || rest[0] == '"')
	case "BEGIN", "BEGIN{":
		return has("{")
	}
	for _, begin := range [...]string{"<?php", "'use strict'", `"use strict"`, "(function", "(async", "(()", "!function", ";(function", "$(function", "require(", "require'", `require"`,
		"eval(", "exec(", "system(", "compile(", "print(", "setTimeout(", "setInterval(", "fetch(", "spawn(", "execSync(", "__import__(", "os.", "io.popen(",
		"subprocess.", "process.", "module.", "console.", "child_process.", "socket.", "Process.", "IO.popen", "Kernel.", "import(", "async("} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	if strings.HasPrefix(line, "$") { // a variable of Perl, PHP or PowerShell
		return has("=")
	}
	name, value, ok := strings.Cut(line, "=") // s = socket.socket()
	return ok && has("(") && has(")") && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789, ") == "" && value != "" && !has("{{")
}
