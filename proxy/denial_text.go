package proxy

import (
	"fmt"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// Bounds on a refusal's text and on its parts, in bytes: it must fit a header line and a
// terminal, and no part may push out another. HelpText has at most 500 (config).
const (
	maxText = 1200
	maxName = 120 // of the repository, and of the tag or digest
	maxPath = 200
)

// refusalText says to a developer who refuses what, why, where it was found, and what
// can be done: Lazaret, the image, category, rule, layer, path, evidence, the policy's own
// message, whom to ask, and the request's ID, by which they find it. It is one line of
// printable ASCII, since some answers carry it in a header.
func (s *Server) refusalText(q *request, v policy.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "refused by Lazaret: %s", clip(strings.TrimPrefix(oci.FullName(q.registry, q.repository), "library/"), maxName))
	if q.kind == "manifest" && q.asked != "" {
		sep := ":"
		if strings.Contains(q.asked, ":") {
			sep = "@"
		}
		b.WriteString(sep + clip(q.asked, maxName))
	}
	if q.member != nil {
		b.WriteString(", of which " + memberName(*q.member))
	}
	if v.Action == policy.Quarantine {
		b.WriteString(" is in quarantine")
	} else {
		b.WriteString(" is blocked")
	}
	writeReasons(&b, v.Reasons)
	tail := " " + s.cfg.Contact + " Request " + q.id
	head := printable(b.String())
	if !strings.HasSuffix(head, "?") && !strings.HasSuffix(head, "!") {
		tail = "." + tail
	}
	if room := maxText - len(tail); len(head) > room && room > 0 {
		head = head[:room]
	}
	return head + printable(tail)
}

// writeReasons writes the first reason and the number of the others.
func writeReasons(b *strings.Builder, reasons []policy.Reason) {
	if len(reasons) == 0 {
		return
	}
	first := reasons[0]
	f := first.Finding
	fmt.Fprintf(b, ": %s, rule %s", f.Category, f.Rule)
	if f.Layer != "" {
		fmt.Fprintf(b, ", layer %s", short(f.Layer))
	}
	if f.Path != "" {
		fmt.Fprintf(b, ", file /%s", clip(strings.TrimPrefix(f.Path, "/"), maxPath))
	}
	if f.Evidence != "" {
		fmt.Fprintf(b, " (%s)", f.Evidence)
	}
	if n := len(reasons) - 1; n > 0 {
		fmt.Fprintf(b, " and %d more", n)
	}
	if first.Message != "" && first.Message != f.Evidence {
		b.WriteString(". " + strings.TrimSuffix(first.Message, "."))
	}
}

// memberName is what a person calls a member of an index: its platform, if it has one.
func memberName(d oci.Descriptor) string {
	if d.Platform == nil || d.Platform.OS == "" {
		return "the image " + short(d.Digest)
	}
	name := "the " + d.Platform.OS + "/" + d.Platform.Architecture
	if d.Platform.Variant != "" {
		name += "/" + d.Platform.Variant
	}
	return clip(name, maxName) + " image"
}

// short is a digest as people compare it: the algorithm and twelve digits.
func short(d oci.Digest) string {
	algorithm, hex, _ := strings.Cut(d.String(), ":")
	return algorithm + ":" + hex[:min(12, len(hex))]
}

// clip keeps the end of what is too long, where a name differs from its neighbours'.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return "..." + s[len(s)-most+3:]
}

// printable replaces what a header or a terminal would take for more than text.
func printable(s string) string {
	s = strings.ReplaceAll(s, "…", "...")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
