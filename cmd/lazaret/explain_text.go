package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/lazaret/lazaret/internal/explain"
)

// writeExplanation writes an explanation for people: a paragraph for each finding. Nothing in it can
// act on a terminal.
func writeExplanation(e explain.Explanation, w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s", e.Verdict, printable(e.Target))
	if e.Digest != "" && !strings.Contains(e.Target, e.Digest.String()) {
		fmt.Fprintf(&b, " (%s)", e.Digest)
	}
	if e.Kind != "" {
		fmt.Fprintf(&b, ", a %s", e.Kind)
	}
	fmt.Fprintf(&b, "\nruleset %s, policy %s\n", e.Ruleset, e.Policy)
	for _, d := range e.Missing {
		fmt.Fprintf(&b, "not inspected: %s\n", d)
	}
	if len(e.Findings) == 0 {
		b.WriteString("\nno findings\n")
	}
	for _, f := range e.Findings {
		made := "no consequence"
		if f.Action != "" {
			made = fmt.Sprintf("%s, by %s", f.Action, printable(f.Policy))
			if f.Audit {
				made += ", which is in mode audit and refuses nothing"
			}
		}
		at := printable(f.Path)
		switch {
		case f.Line > 0:
			at += ":" + strconv.Itoa(f.Line)
		case f.Offset > 0:
			at += "@" + strconv.FormatInt(f.Offset, 10)
		}
		fmt.Fprintf(&b, "\n%s\n", printable(f.Rule))
		rows := [][2]string{{"policy", made}}
		if f.Message != "" {
			rows = append(rows, [2]string{"message", printable(f.Message)})
		}
		for _, row := range append(rows, [][2]string{
			{"finding", fmt.Sprintf("%s, severity %s, confidence %s", f.Category, f.Severity, f.Confidence)},
			{"layer", cmp.Or(f.Layer.String(), "-")}, {"path", cmp.Or(at, "-")}, {"evidence", cmp.Or(printable(f.Evidence), "-")}, {"created by", cmp.Or(printable(f.CreatedBy), "-")},
		}...) {
			fmt.Fprintf(&b, "  %-10s  %s\n", row[0], row[1])
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// printable makes a stranger's text fit for a terminal, on one line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
