// Package argv splits scripts, and the parts of an image's config that are run, into
// commands: their words, and where each begins.
//
// It is made for looking, not for running: it reads any language's way of starting a
// program closely enough that words which belong to one command stay together. It
// promises linear time and no panic whatever the bytes are, and trusts nothing.
package argv

import (
	"bytes"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A Command is the words of one command line, and where it begins in its text.
type Command struct {
	Args   []string
	Offset int // in bytes
}

// Of returns the commands of a file. The parts of a config that are lists of arguments
// are one command each, and what their arguments hold is read too.
func Of(f *inspect.File, text []byte) []Command {
	if f.Type != inspect.Document {
		return Commands(text)
	}
	switch f.Path {
	case "config:entrypoint", "config:cmd", "config:healthcheck", "config:shell":
		args := strings.Split(string(text), "\n")
		out := []Command{{Args: args}}
		offset := 0
		for _, a := range args {
			if strings.ContainsAny(a, " \t;|&") {
				for _, inner := range Commands([]byte(a)) {
					out = append(out, Command{Args: inner.Args, Offset: offset + inner.Offset})
				}
			}
			offset += len(a) + 1
		}
		return out
	}
	// Docker writes "#(nop)" before what is no shell command; it would be a comment.
	return Commands(bytes.ReplaceAll(text, []byte("#(nop)"), []byte("      ")))
}

// maxWords bounds the words of one command; what follows begins another one.
const maxWords = 256

// Commands splits a script into commands, in the way of a shell but for any language:
// words are split at white space, quotes group, newlines and ; | & ( ) end a command, #
// begins a comment. Two things are unlike a shell. Arrays such as ["a", "-b"] are words
// too, since programs and Dockerfiles start others so. And a quote that does not close
// on its line counts as a space, so that no stray apostrophe hides what follows. A word
// that holds spaces is itself read as a script, once: sh -c '…', os.system("…").
// It takes linear time.
func Commands(text []byte) []Command {
	out := split(text, 0)
	for _, c := range out {
		for _, w := range c.Args {
			if strings.ContainsAny(w, " \t\n;|&") {
				for _, inner := range split([]byte(w), c.Offset) {
					out = append(out, Command{Args: inner.Args, Offset: c.Offset})
				}
			}
		}
	}
	return out
}

// split does the work of Commands, without looking into words. Offsets count from base.
func split(text []byte, base int) []Command {
	var s splitter
	for at := 0; at < len(text); {
		line := logicalLine(text[at:])
		s.begin(base + at)
		s.line(line)
		at += len(line)
	}
	s.flush()
	return s.out
}

// logicalLine returns text up to the end of its first line, joined with the next where
// it ends in a backslash or, as inside an array, in a comma.
func logicalLine(text []byte) []byte {
	end := 0
	for {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			return text
		}
		line := bytes.TrimRight(text[end:end+i], " \t\r")
		end += i + 1
		if !bytes.HasSuffix(line, []byte(`\`)) && !bytes.HasSuffix(line, []byte(",")) {
			return text[:end]
		}
	}
}

// splitter builds commands from lines.
type splitter struct {
	out    []Command
	now    Command
	word   []byte
	inWord bool
}

func (s *splitter) begin(offset int) {
	s.flush()
	s.now.Offset = offset
}

func (s *splitter) endWord() {
	if s.inWord {
		s.now.Args = append(s.now.Args, string(s.word))
		s.word, s.inWord = s.word[:0], false
		if len(s.now.Args) >= maxWords {
			s.flush()
		}
	}
}

func (s *splitter) flush() {
	s.endWord()
	if len(s.now.Args) > 0 {
		s.out = append(s.out, s.now)
	}
	s.now = Command{Offset: s.now.Offset}
}

func (s *splitter) add(b ...byte) {
	s.word = append(s.word, b...)
	s.inWord = true
}

func (s *splitter) line(line []byte) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\r', '\n', '[', ']':
			s.endWord()
		case ';', '|', '&', '(', ')', '`':
			s.flush()
		case '>': // a redirection needs no space around it
			s.endWord()
			if s.add(c); i+1 < len(line) && line[i+1] == '>' {
				s.add(c)
				i++
			}
			s.endWord()
		case '#':
			if !s.inWord {
				return
			}
			s.add(c)
		case '\\':
			if i++; i < len(line) && line[i] != '\n' && line[i] != '\r' {
				s.add(line[i])
			}
		case '"', '\'':
			i += s.quoted(line[i:], c)
		default:
			s.add(c)
		}
	}
}

// quoted takes the quoted text that line begins with into the word, and returns how many
// bytes to skip. A closing quote with a comma after it ends the word.
func (s *splitter) quoted(line []byte, quote byte) (skip int) {
	var text []byte
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quote == '"' && i+1 < len(line):
			i++
			if line[i] != '\n' && line[i] != '\r' {
				text = append(text, line[i])
			}
		case line[i] == quote:
			s.add(text...)
			if i+1 < len(line) && line[i+1] == ',' {
				s.endWord()
				return i + 1
			}
			return i
		default:
			text = append(text, line[i])
		}
	}
	s.endWord()
	return 0
}
