package clamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/lazaret/lazaret/inspect"
)

// version changes with every change of this package's code that changes findings.
const version = "1"

// RuleUnreachable is the rule of the finding that clamd could not be asked about a file.
const RuleUnreachable = "clamd/unreachable"

// A Detector hands the files of a blob to a clamd.
type Detector struct {
	client *Client
	asked  string
}

// Detector makes a detector of what clamd calls itself, by Version: another database, another
// rule set. asked is "" if that is not known.
func (c *Client) Detector(asked string) *Detector { return &Detector{c, asked} }

// Name is "clamd".
func (*Detector) Name() string { return "clamd" }

// Version is this code's, clamd's and its database's, and what is sent of a file.
func (d *Detector) Version() string {
	return fmt.Sprintf("%s-%s-%d-%s", version, d.client.cfg.Unavailable, d.client.cfg.MaxFile, d.asked)
}

// Patterns has none: the engine looks for its own.
func (*Detector) Patterns() []inspect.Pattern { return nil }

// Wants wants nothing of the inspector.
func (*Detector) Wants(*inspect.File) inspect.Want { return inspect.Nothing }

// Judge is not called.
func (*Detector) Judge(*inspect.File, inspect.Seen, func(inspect.Finding)) {}

// Rules are what this detector may find; those of the database are too many to list.
func (d *Detector) Rules() []inspect.Rule {
	return []inspect.Rule{
		{ID: "clamd/*", Category: inspect.Malware, Severity: inspect.Critical, Confidence: inspect.High, What: "what a signature of ClamAV or a YARA rule that clamd has loaded describes, by its name", Source: "https://docs.clamav.net/manual/Signatures.html"},
		{ID: RuleUnreachable, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: d.doubt(), What: "clamd could not be asked about a file", Source: "docs/engines.md"},
	}
}

// doubt is how sure it is that what was not scanned counts as not inspected.
func (d *Detector) doubt() inspect.Level {
	if d.client.cfg.Unavailable == Warn {
		return inspect.Low
	}
	return inspect.High
}

// Stream begins with a blob.
func (d *Detector) Stream(ctx context.Context) inspect.Stream {
	return &stream{Detector: d, ctx: ctx, patience: d.client.cfg.Patience}
}

// A stream is the files of one blob.
type stream struct {
	*Detector
	ctx      context.Context
	patience time.Duration // that is left
	answers  sync.WaitGroup
	open     *file // that has not ended

	mu    sync.Mutex // guards what follows
	found []inspect.Finding
	fails int
	first inspect.Finding // of what could not be asked
}

// File connects for a file.
func (s *stream) File(f *inspect.File) io.WriteCloser {
	select {
	case s.client.slots <- struct{}{}:
	case <-s.ctx.Done():
		return nil
	}
	conn, err := s.connect()
	if err == nil {
		_, err = io.WriteString(conn, "zINSTREAM\x00")
	}
	if err != nil {
		s.failed(f.Path, err)
		s.hangUp(conn)
		return nil
	}
	s.open = &file{stream: s, path: f.Path, conn: conn, left: s.client.cfg.MaxFile}
	return s.open
}

// retry is how long a stream that waits for clamd lets it be.
const retry = time.Second

// connect dials, and if that is wanted again until somebody answers.
func (s *stream) connect() (net.Conn, error) {
	for {
		conn, err := s.client.dial(s.ctx)
		if err == nil || s.client.cfg.Unavailable != Wait || s.patience <= 0 {
			return conn, err
		}
		start := time.Now()
		select {
		case <-time.After(min(retry, s.patience)):
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
		s.patience -= time.Since(start)
	}
}

// hangUp gives a connection, and the right to have one, back.
func (s *stream) hangUp(conn net.Conn) {
	if conn != nil {
		_ = conn.Close()
	}
	<-s.client.slots
}

func (s *stream) failed(path string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails++; s.fails == 1 {
		s.first = inspect.Finding{
			Rule: RuleUnreachable, Category: inspect.Uninspectable, Severity: inspect.Medium, Confidence: s.doubt(),
			Path: path, Evidence: err.Error(),
		}
	}
}

// End waits for the answers.
func (s *stream) End() (found []inspect.Finding, gaps []inspect.Gap, partial bool) {
	if f := s.open; f != nil { // whatever ended the inspection in the midst of it
		s.open = nil
		s.hangUp(f.conn)
		s.failed(f.path, errors.New("the file did not end"))
	}
	s.answers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == 0 {
		return s.found, nil, false
	}
	one := s.first
	if one.Evidence = "clamd: " + one.Evidence; s.fails > 1 {
		one.Evidence = fmt.Sprintf("%d files; of the first, %s", s.fails, one.Evidence)
	}
	one.Evidence = one.Evidence[:min(len(one.Evidence), inspect.MaxEvidence)]
	return append(s.found, one), nil, true
}

// A file is on its way to clamd.
type file struct {
	*stream
	path string
	conn net.Conn
	left int64 // that may be sent
	err  error // of a write; clamd may have said why
}

// Write sends what may be sent of p.
func (f *file) Write(p []byte) (int, error) {
	n := len(p)
	p = p[:min(int64(n), f.left)]
	if len(p) > 0 && f.err == nil {
		f.left -= int64(len(p))
		if f.err = f.conn.SetDeadline(time.Now().Add(f.client.cfg.Timeout)); f.err == nil {
			f.err = chunk(f.conn, p)
		}
	}
	return n, nil
}

// Close ends the file and has the answer waited for.
func (f *file) Close() error {
	if f.err == nil {
		if f.err = f.conn.SetDeadline(time.Now().Add(f.client.cfg.Timeout)); f.err == nil {
			f.err = chunk(f.conn, nil)
		}
	}
	f.open = nil
	f.answers.Go(f.answer)
	return nil
}

// answer reads what clamd says of the file.
func (f *file) answer() {
	defer f.hangUp(f.conn)
	text, err := reply(f.conn)
	if err == nil {
		text, err = verdict(text)
	}
	if err != nil {
		if f.err != nil {
			err = fmt.Errorf("%w; %w", f.err, err)
		}
		f.failed(f.path, err)
		return
	}
	if text == "" {
		if f.err != nil { // it cannot have seen the end
			f.failed(f.path, f.err)
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.found) >= maxFound {
		return // as bad as it can be
	}
	f.found = append(f.found, inspect.Finding{
		Rule: "clamd/" + clean(text), Category: inspect.Malware, Severity: inspect.Critical, Confidence: sure(text),
		Path: f.path, Evidence: text[:min(len(text), inspect.MaxEvidence)],
	})
}

// sure is how sure a signature is: what ClamAV itself calls possibly unwanted or a
// guess is less so (https://docs.clamav.net/faq/faq-pua.html).
func sure(signature string) inspect.Level {
	if strings.HasPrefix(signature, "PUA.") || strings.HasPrefix(signature, "Heuristics.") {
		return inspect.Medium
	}
	return inspect.High
}

// maxFound is how many findings are kept of one blob.
const maxFound = 1000

// maxName bounds a signature's name in a rule, in bytes.
const maxName = 100

// clean makes a signature's name fit for a rule's.
func clean(signature string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, signature[:min(len(signature), maxName)])
}
