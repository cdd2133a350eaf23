package scan

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/lazaret/lazaret/internal/oci"
)

// Widths of the columns whose texts are long, in bytes. The other formats have them whole.
const (
	placeWidth    = 60
	evidenceWidth = 72
	creatorWidth  = 48
)

// WriteTable writes the result for people: the verdict, a line for each finding, and what
// was read. Nothing in it can act on a terminal.
func (r Result) WriteTable(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s", r.Verdict, printable(r.Target, 300))
	if r.Digest != "" && !strings.Contains(r.Target, r.Digest.String()) {
		fmt.Fprintf(&b, " (%s)", r.Digest)
	}
	if by := r.policies(); by != "" {
		fmt.Fprintf(&b, " by %s", by)
	}
	b.WriteString("\n\n")
	if len(r.Findings) == 0 {
		b.WriteString("no findings\n")
	} else {
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "SEVERITY\tCONFIDENCE\tCATEGORY\tRULE\tLAYER\tPATH\tEVIDENCE\tCREATED BY")
		for _, f := range r.Findings {
			fmt.Fprintln(t, strings.Join([]string{
				f.Severity.String(), f.Confidence.String(), string(f.Category), printable(f.Rule, placeWidth), short(f.Layer), place(f),
				orDash(printable(f.Evidence, evidenceWidth)), orDash(printable(f.CreatedBy, creatorWidth)),
			}, "\t"))
		}
		if err := t.Flush(); err != nil { // to a buffer
			return fmt.Errorf("write table: %w", err)
		}
	}
	s := r.Stats
	fmt.Fprintf(&b, "\n%s, %s, %s (%s uncompressed), %.2f s\n", count(s.Layers, "layer"), count(s.Files, "file"),
		size(s.BytesCompressed), size(s.BytesUncompressed), s.Seconds)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// policies names the rules of the policy that the verdict comes from.
func (r Result) policies() string {
	var names []string
	seen := map[string]bool{}
	for _, why := range r.Reasons {
		if why.Action == r.Verdict && !why.Audit && !seen[why.Policy] {
			seen[why.Policy] = true
			names = append(names, why.Policy)
		}
	}
	return strings.Join(names, ", ")
}

// place is a path with its line, or with its offset where lines mean nothing. Of a long
// path it is the end.
func place(f Finding) string {
	path := printable(f.Path, len(f.Path))
	if n := len(path) - placeWidth; n > 0 {
		for n < len(path) && !utf8.RuneStart(path[n]) {
			n++
		}
		path = "…" + path[n:]
	}
	switch {
	case path == "":
		return "-"
	case f.Line > 0:
		return path + ":" + strconv.Itoa(f.Line)
	case f.Offset > 0:
		return path + "@" + strconv.FormatInt(f.Offset, 10)
	}
	return path
}

// short is a digest as Docker shortens it: twelve digits.
func short(d oci.Digest) string {
	if d == "" {
		return "-"
	}
	e := d.Encoded()
	return e[:min(12, len(e))]
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// size writes a number of bytes in IEC 80000-13 binary units.
func size(n int64) string {
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, units := float64(n)/(1<<10), []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for len(units) > 1 && f >= 1<<10 {
		f, units = f/(1<<10), units[1:]
	}
	return fmt.Sprintf("%.1f %s", f, units[0])
}

// printable makes a stranger's text fit for a terminal: on one line, of at most size bytes
// without the mark of what was left out.
func printable(s string, size int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, s[:min(len(s), 4*size)])
	if len(s) <= size {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size] + "…"
}
