package policy

import (
	"path"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// An Exception excuses findings: an entry of the allowlist. Each scope that is set
// must match; one with no scope at all excuses nothing, so that the zero value is safe.
type Exception struct {
	ID         string
	Repository string     // glob as of path.Match over the canonical name: "library/*"
	Digest     oci.Digest // of the manifest, or of the blob that the finding is in
	Rule       string     // Finding.Rule
	Path       string     // glob as of path.Match over Finding.Path
	Expires    time.Time  // zero: never; else the exception needs a Subject.At before it
}

// excuses reports whether e covers finding f of subject s. A glob that is malformed covers nothing.
func (e *Exception) excuses(s *Subject, f *inspect.Finding) bool {
	if e.Repository == "" && e.Digest == "" && e.Rule == "" && e.Path == "" {
		return false
	}
	if !e.Expires.IsZero() && (s.At.IsZero() || !s.At.Before(e.Expires)) {
		return false
	}
	return glob(e.Repository, s.Image.Reference.Repository) &&
		(e.Digest == "" || e.Digest == s.Image.Digest || e.Digest == f.Layer) &&
		(e.Rule == "" || e.Rule == f.Rule) &&
		glob(e.Path, f.Path)
}

func glob(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}
