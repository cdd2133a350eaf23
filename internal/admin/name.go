package admin

import (
	"path"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// repository reads the name of a repository as people write it, or a pattern of names as
// the mirror has them.
func (a *api) repository(s string) (string, error) {
	if s == "" || strings.ContainsAny(s, `*?[\`) {
		return s, nil
	}
	if strings.Contains(path.Base(s), ":") || strings.Contains(s, "@") {
		return "", invalid("%.200q is an image; a repository has no tag and no digest", s)
	}
	ref, err := a.image(s)
	return ref.Repository, err
}

// image reads the name of an image of the registry that is mirrored.
func (a *api) image(s string) (oci.Reference, error) {
	ref, err := oci.ParseReference(s)
	if err != nil {
		return ref, invalid("%v", err)
	}
	if ref.Registry != a.cfg.Registry {
		return ref, invalid("%.200s is of %s, and this mirror is of %s", s, ref.Registry, a.cfg.Registry)
	}
	return ref, nil
}

// digest checks a digest that may be left out.
func digest(s string) (oci.Digest, error) {
	if s == "" {
		return "", nil
	}
	d, err := oci.ParseDigest(s)
	if err != nil {
		return "", invalid("%v", err)
	}
	return d, nil
}
