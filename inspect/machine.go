package inspect

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

// A machine does the work that nearly all time goes into. There are two, which make the
// same reports: one in pure Go, and one that is built with the tag native and lets
// libraries in C do it.
type machine struct {
	name   string
	gunzip func() unzipper
	// texts is for what is not machine code, code for what is. Both return nil for too many literals.
	texts, code func([]literal) spotting
	// skip returns where in b, from i on, minRun characters of a run or escapes begin that are as many; what may go on behind b
	// begins at or behind what it returns if less are left there.
	skip func(b []byte, i int) int
}

// An unzipper reads one member of a gzip file after the other.
type unzipper interface {
	// Reset reads the header of the member that br is at.
	Reset(br *bufio.Reader) error
	// Read leaves br behind the member when it returns io.EOF.
	io.Reader
}

func pureGo() machine {
	return machine{
		name:   "pure Go",
		skip:   skip,
		gunzip: func() unzipper { return new(gunzip) },
		texts:  walking,
		code:   walking,
	}
}

func walking(literals []literal) spotting {
	if a := newAutomaton(literals); a != nil {
		return a
	}
	return nil
}

type gunzip struct{ z gzip.Reader }

func (g *gunzip) Reset(br *bufio.Reader) error {
	if err := g.z.Reset(br); err != nil {
		return err
	}
	g.z.Multistream(false)
	return nil
}

func (g *gunzip) Read(p []byte) (int, error) { return g.z.Read(p) }
