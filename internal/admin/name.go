package admin

import (
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// repository reads the name of a repository as people write it, or a pattern of names as
// the mirror has them.
func (a *api) repository(s string) (string, error) {
	if s == "" {
		return s, nil
	}
	if strings.ContainsAny(s, `*?[\`) {
		registry, pattern := oci.SplitName(s)
		return oci.FullName(registry, pattern), a.mirrored(s, registry)
	}
	if strings.Contains(path.Base(s), ":") || strings.Contains(s, "@") {
		return "", invalid("%.200q is an image; a repository has no tag and no digest", s)
	}
	ref, err := a.image(s)
	if err != nil {
		return "", err
	}
	return oci.FullName(ref.Registry, ref.Repository), nil
}

// mirrored reports, as an error, a name of a registry that this mirror does not have.
func (a *api) mirrored(name, registry string) error {
	all := append([]string{a.cfg.Registry}, a.cfg.Others...)
	if !slices.Contains(all, registry) {
		return invalid("%.200s is of %s, and this mirror is of %s", name, registry, strings.Join(all, ", "))
	}
	return nil
}

// image reads the name of an image of a registry that is mirrored.
func (a *api) image(s string) (oci.Reference, error) {
	ref, err := oci.ParseReference(s)
	if err != nil {
		return ref, invalid("%v", err)
	}
	return ref, a.mirrored(s, ref.Registry)
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
