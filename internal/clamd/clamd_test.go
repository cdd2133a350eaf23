package clamd_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/clamd"
	"github.com/lazaret/lazaret/internal/clamd/clamdtest"
	"github.com/lazaret/lazaret/internal/oci"
)

// A server speaks clamd's side of the protocol: answer says what to reply to a file; without
// one the connection is cut. At most so many bytes of a file are taken.
type server struct {
	net.Listener
	answer func(content []byte) (string, bool)
	limit  int
	open   atomic.Int32
	most   atomic.Int32
}

func serve(t *testing.T, limit int, answer func([]byte) (string, bool)) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, limit, answer)
}

func serveOn(t *testing.T, l net.Listener, limit int, answer func([]byte) (string, bool)) *server {
	s := &server{Listener: l, answer: answer, limit: limit}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	n := s.open.Add(1)
	defer s.open.Add(-1)
	for {
		was := s.most.Load()
		if n <= was || s.most.CompareAndSwap(was, n) {
			break
		}
	}
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	if command == "zVERSION\x00" {
		io.WriteString(conn, "ClamAV 9.9/1/now\x00")
		return
	}
	if command != "zINSTREAM\x00" {
		io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var content []byte
	for {
		var size uint32
		if err := binary.Read(r, binary.BigEndian, &size); err != nil {
			return
		}
		if size == 0 {
			break
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return
		}
		if content = append(content, b...); s.limit > 0 && len(content) > s.limit {
			io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
	}
	if text, ok := s.answer(content); ok {
		io.WriteString(conn, text)
	}
}

func (s *server) config() clamd.Config {
	return clamd.Config{Address: "tcp://" + s.Addr().String(), Connections: 3, Timeout: 10 * time.Second, MaxFile: 1 << 20, Unavailable: clamd.Uninspectable}
}

// marked finds files that say so.
func marked(content []byte) (string, bool) {
	switch {
	case bytes.Contains(content, []byte("bad")):
		return "stream: Win.Test.Bad-1 FOUND\x00", true
	case bytes.Contains(content, []byte("unwanted")):
		return "stream: PUA.Tool/Odd Name FOUND\x00", true
	}
	return "stream: OK\x00", true
}

func inspector(t *testing.T, cfg clamd.Config) *inspect.Inspector {
	t.Helper()
	c, err := clamd.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	i, err := inspect.New(inspect.Limits{}, c.Detector("x"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func layer(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for n, body := range files {
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprint("f", n), Size: int64(len(body)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// look inspects a layer of files and lists what was found, and whether the report is partial.
func look(t *testing.T, i *inspect.Inspector, files ...string) (string, bool) {
	t.Helper()
	blob := layer(t, files...)
	r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(blob)}, bytes.NewReader(blob))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.Path, f.Rule, f.Confidence))
	}
	for _, g := range r.Gaps {
		out = append(out, fmt.Sprintf("gap %s %s", g.Path, g.Why))
	}
	return strings.Join(out, "; "), r.Partial
}

func TestScan(t *testing.T) {
	s := serve(t, 0, marked)
	var many []string
	for range 40 {
		many = append(many, strings.Repeat("x", 200_000))
	}
	got, partial := look(t, inspector(t, s.config()), append(many, "bad", "", "unwanted", "good")...)
	want := "f40 clamd/Win.Test.Bad-1 high; f42 clamd/PUA.Tool_Odd_Name medium"
	if got != want || partial {
		t.Errorf("%s, partial %t; want %s", got, partial, want)
	}
	if n := s.most.Load(); n > 3 {
		t.Errorf("%d connections at once", n)
	}
}

// No more of a file is sent than may be, and the rest of it does no harm.
func TestLargeFile(t *testing.T) {
	var sent atomic.Int64
	s := serve(t, 0, func(b []byte) (string, bool) { sent.Add(int64(len(b))); return marked(b) })
	cfg := s.config()
	cfg.MaxFile = 100_000
	if got, partial := look(t, inspector(t, cfg), strings.Repeat("x", 300_000)+"bad"); got != "" || partial || sent.Load() != 100_000 {
		t.Errorf("%q, partial %t, %d bytes sent", got, partial, sent.Load())
	}
}

// What clamd does not answer properly was not scanned, and the report says so.
func TestTrouble(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct {
		limit  int
		answer func([]byte) (string, bool)
		why    string
	}{
		"an error":        {0, func([]byte) (string, bool) { return "stream: Can't allocate memory ERROR\x00", true }, "allocate"},
		"a limit":         {1000, marked, "size limit exceeded"},
		"a cut":           {0, func([]byte) (string, bool) { return "", false }, "EOF"},
		"half an answer":  {0, func([]byte) (string, bool) { return "stream: O", true }, "EOF"},
		"no end":          {0, func([]byte) (string, bool) { return strings.Repeat("x", 9000), true }, "without an end"},
		"another program": {0, func([]byte) (string, bool) { return "HTTP/1.1 400\r\n\x00", true }, "HTTP"},
		"an empty name":   {0, func([]byte) (string, bool) { return "stream:  FOUND\x00", true }, "FOUND"},
		"no answer":       {0, func([]byte) (string, bool) { <-hang; return "", false }, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.limit, c.answer)
			cfg := s.config()
			if name == "no answer" {
				cfg.Timeout = 300 * time.Millisecond
			}
			i := inspector(t, cfg)
			blob := layer(t, strings.Repeat("x", 5000), "y")
			r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(blob)}, bytes.NewReader(blob))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) != 1 || r.Findings[0].Rule != clamd.RuleUnreachable || r.Findings[0].Confidence != inspect.High || !r.Partial || !strings.Contains(r.Findings[0].Evidence, c.why) {
				t.Errorf("%+v, partial %t; want %s of %q", r.Findings, r.Partial, clamd.RuleUnreachable, c.why)
			}
		})
	}
}

// While nobody listens, what is configured is done.
func TestUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cfg := clamd.Config{Address: "tcp://" + address, Connections: 1, Timeout: time.Second, MaxFile: 1, Unavailable: clamd.Warn}
	if got, partial := look(t, inspector(t, cfg), "a", "b"); got != "f0 clamd/unreachable low" || !partial {
		t.Errorf("warn: %s, partial %t", got, partial)
	}
	cfg.Unavailable = clamd.Uninspectable
	if got, partial := look(t, inspector(t, cfg), "a", "b"); got != "f0 clamd/unreachable high" || !partial {
		t.Errorf("uninspectable: %s, partial %t", got, partial)
	}
	cfg.Unavailable, cfg.Patience = clamd.Wait, 10*time.Millisecond
	if got, partial := look(t, inspector(t, cfg), "a"); got != "f0 clamd/unreachable high" || !partial {
		t.Errorf("wait, for long: %s, partial %t", got, partial)
	}
	// It comes back while it is waited for.
	cfg.Patience = time.Minute
	i := inspector(t, cfg)
	got := make(chan string)
	go func() {
		text, partial := look(t, i, "a")
		got <- fmt.Sprint(text, partial)
	}()
	l, err = net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, 0, marked)
	if text := <-got; text != "false" {
		t.Errorf("wait: %s", text)
	}
	// An inspection that is given up waits no longer.
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	blob := layer(t, "a")
	if _, err := i.Inspect(ctx, oci.Descriptor{Digest: oci.DigestOf(blob)}, bytes.NewReader(blob)); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := clamd.Config{Address: "tcp://127.0.0.1:3310", Connections: 1, Timeout: 1, MaxFile: 1, Unavailable: clamd.Wait}
	if _, err := clamd.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*clamd.Config){
		"no address":     func(c *clamd.Config) { c.Address = "" },
		"no port":        func(c *clamd.Config) { c.Address = "tcp://host" },
		"another scheme": func(c *clamd.Config) { c.Address = "http://host:1" },
		"no path":        func(c *clamd.Config) { c.Address = "unix://s" },
		"no choice":      func(c *clamd.Config) { c.Unavailable = "" },
		"no connections": func(c *clamd.Config) { c.Connections = 0 },
		"no timeout":     func(c *clamd.Config) { c.Timeout = 0 },
		"no bytes":       func(c *clamd.Config) { c.MaxFile = 0 },
	} {
		c := good
		spoil(&c)
		if _, err := clamd.New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Another database of clamd, or another choice, is another rule set.
func TestVersion(t *testing.T) {
	s := serve(t, 0, marked)
	c, err := clamd.New(s.config())
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Version(t.Context())
	if err != nil || v != "ClamAV 9.9/1/now" {
		t.Fatalf("%q, %v", v, err)
	}
	warn := s.config()
	warn.Unavailable = clamd.Warn
	w, err := clamd.New(warn)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{c.Detector(v).Version(): true, c.Detector("ClamAV 9.9/2/later").Version(): true, w.Detector(v).Version(): true}
	if len(seen) != 3 {
		t.Errorf("versions %v", seen)
	}
}

// A real clamd finds its test file, a signature and a YARA rule, in plain and in an archive.
func TestRealClamd(t *testing.T) {
	d := clamdtest.New(t)
	d.Start()
	cfg := clamd.Config{Address: d.Address(), Connections: 4, Timeout: time.Minute, MaxFile: 2 << 20, Unavailable: clamd.Uninspectable}
	c, err := clamd.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Version(t.Context()); err != nil || !strings.HasPrefix(v, "ClamAV ") {
		t.Errorf("version %q, %v", v, err)
	}
	i := inspector(t, cfg)
	got, partial := look(t, i, "nothing", string(clamdtest.Eicar()), "x "+clamdtest.Marker, "y "+clamdtest.Ruled,
		string(layer(t, "in an archive: "+clamdtest.Marker)), strings.Repeat("z", 3<<20))
	want := strings.Join([]string{
		"f1 clamd/Eicar-Test-Signature.UNOFFICIAL high", "f2 clamd/Lazaret.Test.Marker.UNOFFICIAL high",
		"f3 clamd/YARA.LazaretTestRule.UNOFFICIAL high", "f4 clamd/Lazaret.Test.Marker.UNOFFICIAL high",
	}, "; ")
	if diff := cmp.Diff(want, got); diff != "" || partial {
		t.Errorf("partial %t (-want +got)\n%s", partial, diff)
	}
	d.Stop()
	if got, partial := look(t, i, "nothing"); got != "f0 clamd/unreachable high" || !partial {
		t.Errorf("stopped: %s, partial %t", got, partial)
	}
	d.Start()
	if got, partial := look(t, i, "nothing"); got != "" || partial {
		t.Errorf("started again: %s, partial %t", got, partial)
	}
}

// A file that does not end gives its connection back, and the report says so.
func TestFileThatDoesNotEnd(t *testing.T) {
	s := serve(t, 0, marked)
	cfg := s.config()
	cfg.Connections = 1
	c, err := clamd.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // with one connection, the second would wait for ever
		stream := c.Detector("x").Stream(t.Context())
		w := stream.File(&inspect.File{Path: "a", Size: 10})
		if w == nil {
			t.Fatal("it is not wanted")
		}
		if _, err := w.Write([]byte("half")); err != nil {
			t.Fatal(err)
		}
		found, _, partial := stream.End()
		if len(found) != 1 || found[0].Rule != clamd.RuleUnreachable || !partial {
			t.Errorf("%+v, partial %t", found, partial)
		}
	}
}
