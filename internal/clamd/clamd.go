// Package clamd has files scanned by a clamd, ClamAV's daemon, as they stream by.
//
// It speaks clamd's own protocol (INSTREAM and VERSION; clamd(8), COMMANDS:
// https://docs.clamav.net/manual/Usage/Scanning.html#clamd) over a Unix socket or TCP,
// with a bounded number of connections and a deadline for each file, and holds no more
// of a file than one chunk. clamd is trusted to say what it finds; its words are bounded
// and cleaned before they become part of a report. While it cannot be asked, a report
// says so (RuleUnreachable), and how sure that makes it uninspectable is configured:
// nothing that was not scanned passes as if it had been.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// Unavailable says what to do while clamd cannot be asked.
type Unavailable string

// What to do.
const (
	Wait          Unavailable = "wait"          // for clamd, up to Config.Patience; then as Uninspectable
	Uninspectable Unavailable = "uninspectable" // a finding that quarantines by the default policy
	Warn          Unavailable = "warn"          // a finding that warns by it
)

// Config has what a Client needs. All is required.
type Config struct {
	Address     string        // unix:///path or tcp://host:port
	Connections int           // at once, over all inspections
	Timeout     time.Duration // of each step: a connection, a chunk, the answer
	MaxFile     int64         // bytes of a file that are sent; clamd's StreamMaxLength is not to be less
	Unavailable Unavailable
	Patience    time.Duration // how long an inspection waits for clamd in all
}

// A Client asks one clamd.
type Client struct {
	cfg     Config
	network string
	address string
	slots   chan struct{} // one token for each open connection
}

// New checks the configuration. It does not connect.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("clamd: the address: %w", err)
	}
	c := &Client{cfg: cfg, network: u.Scheme, address: u.Host, slots: make(chan struct{}, max(cfg.Connections, 0))}
	switch {
	case u.Scheme == "unix" && u.Path != "" && u.Host == "":
		c.address = u.Path
	case u.Scheme == "tcp" && u.Port() != "":
	default:
		return nil, fmt.Errorf("clamd: the address %q is neither unix:///path nor tcp://host:port", cfg.Address)
	}
	switch cfg.Unavailable {
	case Wait, Uninspectable, Warn:
	default:
		return nil, fmt.Errorf("clamd: unavailable is %q, neither wait, uninspectable nor warn", cfg.Unavailable)
	}
	if cfg.Connections < 1 || cfg.Timeout <= 0 || cfg.MaxFile < 1 || cfg.Patience < 0 {
		return nil, errors.New("clamd: connections, timeout and the largest file must be positive")
	}
	return c, nil
}

// maxReply bounds what is read of an answer, in bytes.
const maxReply = 4 << 10

// dial connects, within the timeout.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: c.cfg.Timeout}
	conn, err := d.DialContext(ctx, c.network, c.address)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(c.cfg.Timeout))
}

// Version asks for the program's and the database's version, e.g.
// "ClamAV 1.4.6/27500/Tue Nov 24 09:41:20 2026".
func (c *Client) Version(ctx context.Context) (string, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return "", fmt.Errorf("clamd: ask for its version: %w", err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "zVERSION\x00"); err != nil {
		return "", fmt.Errorf("clamd: ask for its version: %w", err)
	}
	answer, err := reply(conn)
	if err != nil {
		return "", fmt.Errorf("clamd: ask for its version: %w", err)
	}
	if !strings.HasPrefix(answer, "ClamAV ") {
		return "", fmt.Errorf("clamd: it calls itself %.60q", answer)
	}
	return answer, nil
}

// reply reads one answer, which ends in NUL.
func reply(r io.Reader) (string, error) {
	b, err := bufio.NewReaderSize(io.LimitReader(r, maxReply), maxReply).ReadString(0)
	switch {
	case err == io.EOF && len(b) == maxReply:
		return "", errors.New("an answer without an end")
	case err == io.EOF:
		return "", io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimSpace(strings.TrimSuffix(b, "\x00")), nil
}

// errCommand is an answer that says why a file was not scanned.
var errCommand = errors.New("clamd refuses")

// verdict reads an answer to INSTREAM: the name of what was found, "" for nothing.
func verdict(answer string) (string, error) {
	rest, ok := strings.CutPrefix(answer, "stream: ")
	switch {
	case ok && rest == "OK":
		return "", nil
	case ok && strings.HasSuffix(rest, " FOUND") && len(rest) > len(" FOUND"):
		return strings.TrimSuffix(rest, " FOUND"), nil
	}
	return "", fmt.Errorf("%w: %.100q", errCommand, answer)
}

// chunk writes one length and as many bytes; none ends a file.
func chunk(w io.Writer, p []byte) error {
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(p)))
	if _, err := w.Write(size[:]); err != nil {
		return err
	}
	if len(p) == 0 {
		return nil
	}
	_, err := w.Write(p)
	return err
}
