// Package argv splits scripts, and the parts of an image's config that are run, into
// commands: their words, and where each begins.
//
// It is made for looking, not for running: it reads any language's way of starting a
// program closely enough that words which belong to one command stay together. It
// promises linear time and no panic whatever the bytes are, and trusts nothing.
package argv

import (
	"bytes"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// A Command is the words of one command line, and where it begins in its text.
type Command struct {
	Args   []string
	Offset int  // in bytes
	inner  bool // it was read from a word of another, which begins at the same offset
}

// Of returns the commands of a file, which are not to be changed: the file keeps them. The parts of a
// config that are lists of arguments are one command each, and what their arguments hold is read too.
func Of(f *inspect.File, text []byte) []Command {
	m := inspect.Memo(f, note)
	for i := range m.read {
		r := &m.read[i]
		if r.text == nil {
			*r = read{text: text, commands: of(f, text)}
		}
		if same(r.text, text) {
			return r.commands
		}
	}
	return of(f, text)
}

// Expanded is Expand of a file's text, which the file keeps.
func Expanded(f *inspect.File, text []byte) []byte {
	m := inspect.Memo(f, note)
	if !same(m.text, text) {
		m.text, m.expanded = text, Expand(text)
	}
	return m.expanded
}

// known is what a file keeps: its text with the values of variables in it, and the commands of either.
type known struct {
	text, expanded []byte
	read           [2]read
}

type read struct {
	text     []byte
	commands []Command
	called   bool // calls are known
	calls    []int
}

func note(*inspect.File) *known { return new(known) }

// same reports whether two texts are the same memory.
func same(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func of(f *inspect.File, text []byte) []Command {
	if f.Type != inspect.Document {
		if path.Base(f.Path) == "package.json" {
			return scripts(text)
		}
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

// scripts returns the commands of a package.json's scripts
// (https://docs.npmjs.com/cli/v11/using-npm/scripts); of one that is none, those of a text.
func scripts(text []byte) []Command {
	var p struct {
		Scripts map[string]string `json:"scripts"`
	}
	if json.Unmarshal(text, &p) != nil {
		return Commands(text)
	}
	var out []Command
	for _, name := range slices.Sorted(maps.Keys(p.Scripts)) {
		at := max(0, bytes.Index(text, []byte(`"`+name+`"`)))
		for _, c := range Commands([]byte(p.Scripts[name])) {
			out = append(out, Command{Args: c.Args, Offset: at})
		}
	}
	return out
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
	out, inner := split(string(text), 0)
	for _, w := range inner {
		offset := out[w.command].Offset
		more, _ := split(w.word, offset)
		for _, c := range more {
			out = append(out, Command{Args: c.Args, Offset: offset, inner: true})
		}
	}
	return out
}

// split does the work of Commands, without looking into words, and returns those that
// hold spaces. Offsets count from base.
func split(text string, base int) (out []Command, inner []script) {
	s := splitter{text: text, out: make([]Command, 0, 1+strings.Count(text, "\n"))}
	for at := 0; at < len(text); {
		end := logicalLine(text, at)
		s.begin(base + at)
		s.line(at, end)
		at = end
	}
	s.flush()
	return s.out, s.inner
}

// logicalLine returns where the line at text[at] ends, joined with the next where it ends
// in a backslash or, as inside an array, in a comma.
func logicalLine(text string, at int) (end int) {
	for {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		k := at + i
		for k > at && (text[k-1] == ' ' || text[k-1] == '\t' || text[k-1] == '\r') {
			k--
		}
		if joined := k > at && (text[k-1] == '\\' || text[k-1] == ','); !joined {
			return at + i + 1
		}
		at += i + 1
	}
}

// A script is a word that holds spaces, and the index of its command.
type script struct {
	word    string
	command int
}

// piece is for how many words memory is taken at once, more than maxWords.
const piece = 512

// splitter builds commands from lines. Words are parts of the text as long as they can be:
// scripts of a megabyte are read for a word in them.
type splitter struct {
	text   string
	out    []Command
	inner  []script
	args   []string // of some commands, and
	first  int      // where those of the one at hand begin
	offset int      // of it

	from, to int // the word at hand is text[from:to], or
	word     []byte
	built    bool // what is in word
	inWord   bool
	spaced   bool // it may hold spaces, or what ends a command
	prefix   int  // how much of it says what kind of a string follows, should it be Python
}

func (s *splitter) begin(offset int) {
	s.flush()
	s.offset = offset
}

func (s *splitter) endWord() {
	if !s.inWord {
		return
	}
	word := s.text[s.from:s.to]
	if s.built {
		word = string(s.word)
	}
	if s.spaced && ends(word) {
		s.inner = append(s.inner, script{word, len(s.out)})
		if s.prefix > 0 {
			s.inner = append(s.inner, script{word[s.prefix:], len(s.out)})
		}
	}
	if len(s.args) == cap(s.args) { // in pieces: a list that grows is copied again and again
		s.args, s.first = append(make([]string, 0, min(piece, 1+len(s.text))), s.args[s.first:]...), 0
	}
	s.args = append(s.args, word)
	s.inWord, s.built, s.spaced, s.prefix = false, false, false, 0
	if len(s.args)-s.first >= maxWords {
		s.flush()
	}
}

func (s *splitter) flush() {
	s.endWord()
	if n := len(s.args); n > s.first {
		s.out = append(s.out, Command{Args: s.args[s.first:n:n], Offset: s.offset})
		s.first = n
	}
}

// add adds text[from:to] to the word.
func (s *splitter) add(from, to int) {
	switch {
	case !s.inWord:
		s.from, s.to, s.inWord = from, to, true
	case from == to:
	case !s.built && s.to == from:
		s.to = to
	default:
		s.build()
		s.word = append(s.word, s.text[from:to]...)
	}
}

// build makes the word one that is no part of the text.
func (s *splitter) build() {
	if !s.built {
		s.word, s.built = append(s.word[:0], s.text[s.from:s.to]...), true
	}
}

// special are the bytes of a line that are not simply of a word.
var special = func() (t [256]bool) {
	for _, c := range []byte(" \t\r\n[];|&()`>#\\\"'") {
		t[c] = true
	}
	return t
}()

// line takes the words of text[i:end].
func (s *splitter) line(i, end int) {
	for ; i < end; i++ {
		from := i
		for i < end && !special[s.text[i]] {
			i++
		}
		if i > from {
			if s.add(from, i); i == end {
				return
			}
		}
		switch c := s.text[i]; c {
		case ' ', '\t', '\r', '\n', '[', ']':
			s.endWord()
		case ';', '|', '&', '(', ')', '`':
			s.flush()
		case '>': // a redirection needs no space around it
			s.endWord()
			from := i
			if i+1 < end && s.text[i+1] == '>' {
				i++
			}
			s.add(from, i+1)
			s.endWord()
		case '#':
			if !s.inWord && (i+1 >= end || s.text[i+1] != '{') { // which is Ruby's for a value
				return
			}
			s.add(i, i+1)
		case '\\':
			if i++; i < end && s.text[i] != '\n' && s.text[i] != '\r' {
				s.add(i, i+1)
				s.spaced = s.spaced || ends(s.text[i:i+1])
			}
		default:
			if s.inWord && !s.built && kindOfString(s.text[s.from:s.to]) {
				s.prefix = s.to - s.from
			}
			i += s.quoted(i, end, c)
		}
	}
}

// kindOfString reports whether a word is a prefix of Python's strings
// (https://docs.python.org/3/reference/lexical_analysis.html#grammar-token-python-grammar-stringprefix).
func kindOfString(word string) bool {
	return word != "" && len(word) <= 2 && strings.Trim(word, "fFrRbBuU") == ""
}

// ends reports whether a quoted text has what would end a word or a command.
func ends(text string) bool { return strings.ContainsAny(text, " \t\n;|&") }

// quoted takes the quoted text at text[i] into the word, and returns how many
// bytes to skip. A closing quote with a comma after it ends the word.
func (s *splitter) quoted(i, end int, quote byte) (skip int) {
	start, from := i, i+1
	escaped := false // the text is cut in two by a backslash
	for i++; i < end; i++ {
		switch {
		case s.text[i] == '\\' && quote == '"' && i+1 < end:
			escaped = true
			i++
		case s.text[i] == quote:
			if escaped {
				s.unescape(from, i)
			} else {
				s.add(from, i)
			}
			s.spaced = s.spaced || ends(s.text[from:i])
			if i+1 < end && s.text[i+1] == ',' {
				s.endWord()
				return i + 1 - start
			}
			return i - start
		}
	}
	s.endWord()
	return 0
}

// unescape adds text[i:end] without its backslashes, and without the ends of lines behind them.
func (s *splitter) unescape(i, end int) {
	s.add(i, i) // it is a word, even if nothing is left
	s.build()
	for ; i < end; i++ {
		if s.text[i] == '\\' && i+1 < end {
			if i++; s.text[i] == '\n' || s.text[i] == '\r' {
				continue
			}
		}
		s.word = append(s.word, s.text[i])
	}
}
