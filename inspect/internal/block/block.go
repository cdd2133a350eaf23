// Package block reads settings that are made of directives and blocks in braces: those
// of nginx, BIND and nftables, whose directives end with a semicolon, and those of Caddy
// and CoreDNS, whose end with the line.
//
// It reads for looking: what a server would refuse is read as far as it makes sense. It
// promises linear time, bounded depth and no panic whatever the bytes are.
package block

import "strings"

// A Directive is one statement, with the block that follows it, if one does.
type Directive struct {
	Words  []string // without quotes
	Offset int      // of the first word, in bytes
	Block  []*Directive
}

// Name is the first word in lower case, "" if there is none.
func (d *Directive) Name() string {
	if len(d.Words) == 0 {
		return ""
	}
	return strings.ToLower(d.Words[0])
}

// Arg is the word at i, "" if there is none; the name is at 0.
func (d *Directive) Arg(i int) string {
	if i < 0 || i >= len(d.Words) {
		return ""
	}
	return d.Words[i]
}

// Find returns the directives in the block with a name, not those deeper.
func (d *Directive) Find(name string) (out []*Directive) {
	for _, in := range d.Block {
		if in.Name() == name {
			out = append(out, in)
		}
	}
	return out
}

// All calls visit for every directive below d, and again below each.
func (d *Directive) All(visit func(*Directive)) {
	for _, in := range d.Block {
		visit(in)
		in.All(visit)
	}
}

// A Style says what ends a directive.
type Style int

// The styles.
const (
	Semicolons Style = iota // nginx, BIND
	Lines                   // Caddy, CoreDNS
)

// maxDepth is how deep blocks are told apart; those deeper belong to the last one.
const maxDepth = 32

// Parse reads text. The result's block has what stands at the top.
func Parse(text []byte, style Style) *Directive {
	p := parser{text: text, style: style, open: []*Directive{{}}}
	p.parse()
	return p.open[0]
}

type parser struct {
	text  []byte
	style Style
	at    int
	open  []*Directive // the blocks that are open, the outermost first
	extra int          // blocks open beyond maxDepth
	now   *Directive
	word  []byte
	in    bool
}

func (p *parser) parse() {
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case p.comment(c):
			continue
		case c == '\n' && p.style == Lines:
			p.end()
		case c == ' ', c == '\t', c == '\r', c == '\n':
			p.endWord()
		case c == ';' && p.style == Semicolons:
			p.end()
		case c == '{' && p.opens():
			p.endWord()
			p.push()
		case c == '}' && p.closes():
			p.end()
			p.pop()
		case (c == '"' || c == '\'' || c == '`') && !p.in:
			p.quoted(c)
		case c == '\\' && p.at+1 < len(p.text):
			p.at++
			if p.text[p.at] != '\n' {
				p.add(p.text[p.at])
			}
		default:
			p.add(c)
		}
		p.at++
	}
	p.end()
}

// opens tells a block from a brace in a word, as in ${name}, {host}, {{ .Name }}.
func (p *parser) opens() bool {
	if p.style == Semicolons {
		return !p.in || p.word[len(p.word)-1] != '$'
	}
	next := byte('\n')
	if p.at+1 < len(p.text) {
		next = p.text[p.at+1]
	}
	return !p.in && (next == '\n' || next == '\r' || next == ' ' || next == '\t')
}

func (p *parser) closes() bool {
	if p.style == Semicolons {
		return !p.in || !strings.Contains(string(p.word), "{")
	}
	return !p.in
}

// comment skips one: # in all styles, // and /* */ where semicolons end directives.
func (p *parser) comment(c byte) bool {
	rest := p.text[p.at:]
	switch {
	case c == '#' && !p.in:
	case c == '/' && !p.in && p.style == Semicolons && len(rest) > 1 && rest[1] == '/':
	case c == '/' && !p.in && p.style == Semicolons && len(rest) > 1 && rest[1] == '*':
		if i := strings.Index(string(rest[2:min(len(rest), 64<<10)]), "*/"); i >= 0 {
			p.at += i + 4
			return true
		}
		return false
	default:
		return false
	}
	for p.at < len(p.text) && p.text[p.at] != '\n' {
		p.at++
	}
	return true
}

func (p *parser) quoted(quote byte) {
	start := p.at
	for p.at++; p.at < len(p.text) && p.text[p.at] != quote; p.at++ {
		if p.text[p.at] == '\\' && p.at+1 < len(p.text) {
			p.at++
		}
		p.add(p.text[p.at])
	}
	if p.at >= len(p.text) && p.now == nil && !p.in {
		p.at = start // a stray quote at the end
	}
	p.begin(start)
	p.in = true
	p.endWord()
}

func (p *parser) begin(at int) {
	if p.now == nil {
		p.now = &Directive{Offset: at}
	}
}

func (p *parser) add(c byte) {
	p.begin(p.at)
	p.word, p.in = append(p.word, c), true
}

func (p *parser) endWord() {
	if p.in {
		p.now.Words = append(p.now.Words, string(p.word))
		p.word, p.in = p.word[:0], false
	}
}

// end puts the directive into the innermost block.
func (p *parser) end() {
	p.endWord()
	if p.now != nil {
		in := p.open[len(p.open)-1]
		in.Block = append(in.Block, p.now)
		p.now = nil
	}
}

func (p *parser) push() {
	p.begin(p.at)
	d := p.now
	p.end()
	if len(p.open) > maxDepth {
		p.extra++
		return
	}
	p.open = append(p.open, d)
}

func (p *parser) pop() {
	switch {
	case p.extra > 0:
		p.extra--
	case len(p.open) > 1:
		p.open = p.open[:len(p.open)-1]
	}
}
