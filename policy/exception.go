package policy

import (
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// An Exception excuses findings: an entry of the allowlist. Each scope that is set
// must match; one with no scope at all excuses nothing, so that the zero value is safe.
type Exception struct {
	ID          string
	Repository  string     // its full name, or a glob as of path.Match: "library/*", "ghcr.io/acme/*"; see inRepository
	Tag         string     // of the repository, whatever it points at; covers nothing without a Repository
	Digest      oci.Digest // of the manifest, of an index that lists it, or of the blob that the finding is in
	Rule        string     // Finding.Rule
	Path        string     // glob as of path.Match over Finding.Path
	Fingerprint string     // Finding.Fingerprint
	Client      string     // an address, a network (192.0.2.0/24), or the name that the policy's file has for a client
	Expires     time.Time  // zero: never; else the exception needs a Subject.At before it
}

// excuses reports whether e covers finding f of subject s. A glob that is malformed covers nothing.
func (e *Exception) excuses(s *Subject, f *inspect.Finding) bool {
	if e.Repository == "" && e.Digest == "" && e.Rule == "" && e.Path == "" && e.Fingerprint == "" && e.Client == "" {
		return false
	}
	if !e.Expires.IsZero() && (s.At.IsZero() || !s.At.Before(e.Expires)) {
		return false
	}
	return e.Concerns(s) &&
		(e.Tag == "" || e.Repository != "" && (e.Tag == s.Image.Reference.Tag || slices.Contains(s.Image.Tags, e.Tag))) &&
		(e.Digest == "" || e.Digest == s.Image.Digest || e.Digest == f.Layer || slices.Contains(s.Image.Indexes, e.Digest)) &&
		(e.Rule == "" || e.Rule == f.Rule) &&
		glob(e.Path, f.Path) &&
		(e.Fingerprint == "" || e.Fingerprint == f.Fingerprint())
}

// Concerns reports whether an exception's repository and client are the subject's. One that
// does not concern a subject excuses nothing of it.
func (e *Exception) Concerns(s *Subject) bool {
	return e.inRepository(&s.Image.Reference) && (e.Client == "" || e.Client == s.Client.Name || isClient(e.Client, s.Client))
}

// inRepository reports whether an exception is for a repository. A full name says which
// registry it is of (oci.FullName); a pattern without one is for Docker Hub alone, however
// many parts its stars could stand for.
func (e *Exception) inRepository(ref *oci.Reference) bool {
	if e.Repository == "" {
		return true
	}
	of := ref.Registry
	if of == "" {
		of = oci.DockerHub
	}
	registry, pattern := oci.SplitName(e.Repository)
	return strings.EqualFold(registry, of) && glob(pattern, ref.Repository)
}

// isClient reports whether a client goes by an address or is in a network. An IPv4 address
// that came in as IPv6 is the same address.
func isClient(pattern string, c Client) bool {
	at, err := netip.ParseAddr(c.Address)
	if err != nil {
		return pattern == c.Address && pattern != ""
	}
	at = at.Unmap().WithZone("")
	if network, err := netip.ParsePrefix(pattern); err == nil {
		return network.Contains(at)
	}
	one, err := netip.ParseAddr(pattern)
	return err == nil && one.Unmap().WithZone("") == at
}

func glob(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}
