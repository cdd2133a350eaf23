package policy

import "strings"

// commands splits a shell's command line into the argument lists it runs. It looks, it does
// not run: quotes group, a backslash takes the next character as it is, ; & | ( ) ` and line
// ends separate, redirections and comments are left out, variables stay as written. It takes
// linear time, and a quote that does not close ends with the text.
func commands(s string) [][]string {
	l := &splitter{}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			if i++; s[i] != '\n' {
				l.put(s[i])
			}
		case l.quote != 0:
			if c == l.quote {
				l.quote = 0
			} else {
				l.put(c)
			}
		case c == '\'' || c == '"':
			l.quote, l.in = c, true
		case c == ' ' || c == '\t' || c == '\r':
			l.endWord()
		case c == '#' && !l.in:
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				end = len(s) - i
			}
			i += end - 1
		case c == '>' || c == '<':
			i = l.redirect(s, i)
		case strings.IndexByte(";&|()`\n", c) >= 0:
			l.endCommand()
		default:
			l.put(c)
		}
	}
	l.endCommand()
	return l.out
}

// A splitter is the state of commands.
type splitter struct {
	out   [][]string
	args  []string
	word  strings.Builder
	quote byte // that is open
	in    bool // a word has begun
	file  bool // the next word is that of a redirection
}

func (l *splitter) put(c byte) {
	l.in = true
	l.word.WriteByte(c)
}

func (l *splitter) endWord() {
	if !l.in {
		return
	}
	if !l.file {
		l.args = append(l.args, l.word.String())
	}
	l.word.Reset()
	l.in, l.file = false, false
}

func (l *splitter) endCommand() {
	l.endWord()
	if len(l.args) > 0 {
		l.out = append(l.out, l.args)
	}
	l.args, l.file = nil, false
}

// redirect skips the operator at i, and the number before it, and returns its last byte.
func (l *splitter) redirect(s string, i int) int {
	if w := l.word.String(); strings.Trim(w, "0123456789") == "" {
		l.word.Reset()
		l.in = false
	}
	l.endWord()
	for i+1 < len(s) && strings.IndexByte("<>&|-", s[i+1]) >= 0 {
		i++
	}
	l.file = s[i] != '-' // which closes, and names no file
	return i
}
