package scan

import (
	"fmt"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Kind says where a target lies.
type Kind string

// The kinds, as the part of a target before its first colon. A reference has none.
const (
	KindReference Kind = "reference"
	KindLayout    Kind = "oci"
	KindArchive   Kind = "docker-archive"
	KindDirectory Kind = "dir"
)

// A Target is what is to be scanned.
type Target struct {
	Kind      Kind
	Path      string        // of a layout, an archive or a directory
	Name      string        // of an image in a layout; "" for all
	Reference oci.Reference // in a registry
	text      string
}

// String returns the target as it was typed.
func (t Target) String() string { return t.text }

// ParseTarget reads a target:
//
//	oci:DIR[:NAME]       an OCI image layout, or the image of that name in it (DIR holds no colon)
//	docker-archive:FILE  what docker save wrote
//	dir:DIR              a root filesystem
//	anything else        a reference, as oci.ParseReference reads it
//
// The error wraps ErrTarget.
func ParseTarget(s string) (Target, error) {
	t := Target{Kind: KindReference, text: s}
	kind, rest, ok := strings.Cut(s, ":")
	switch k := Kind(kind); {
	case ok && k == KindLayout:
		t.Kind = k
		var named bool
		if t.Path, t.Name, named = strings.Cut(rest, ":"); named && t.Name == "" {
			return Target{}, fmt.Errorf("%w: %.200q: no name after the last colon", ErrTarget, s)
		}
	case ok && (k == KindArchive || k == KindDirectory):
		t.Kind, t.Path = k, rest
		if rest == "-" {
			return Target{}, fmt.Errorf("%w: %.200q: standard input cannot be scanned, write it to a file first", ErrTarget, s)
		}
	default:
		ref, err := oci.ParseReference(s)
		if err != nil {
			return Target{}, fmt.Errorf("%w: %w", ErrTarget, err)
		}
		t.Reference = ref
		return t, nil
	}
	if t.Path == "" {
		return Target{}, fmt.Errorf("%w: %.200q: no path after %s:", ErrTarget, s, kind)
	}
	return t, nil
}
