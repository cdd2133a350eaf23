package oci

import (
	"fmt"
	"regexp"
	"strings"
)

// MaxNameLength is the longest repository name that is accepted, in bytes: the
// Distribution Specification 1.1 advises that host and name together stay below 256.
const MaxNameLength = 255

// The grammars of names and tags are those of the Distribution Specification 1.1,
// section "Pulling manifests". That of a registry is what a URL can hold as its
// authority: a DNS name or an IPv4 address, or an IPv6 address in brackets; and a port.
var (
	hostGrammar = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]{2,39}\])(:[0-9]{1,5})?$`)
	nameGrammar = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagGrammar  = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

// DockerHub is the registry that a name without a host belongs to.
const DockerHub = "docker.io"

// official is the namespace of Docker Hub's official images, with its slash.
const official = "library/"

// ParseRepository checks name against the spec's grammar and returns it in its
// canonical form, in which Docker Hub's official images carry their namespace:
// "ubuntu" becomes "library/ubuntu". The error wraps ErrName.
func ParseRepository(name string) (string, error) {
	full := name
	if !strings.Contains(name, "/") {
		full = official + name
	}
	if len(full) > MaxNameLength || !nameGrammar.MatchString(name) {
		return "", fmt.Errorf("%w: %.80q", ErrName, name)
	}
	return full, nil
}

// ParseRepositoryOf is ParseRepository for a repository of a registry: only Docker Hub has the
// library namespace, so that elsewhere a name of one part is canonical as it is.
func ParseRepositoryOf(registry, name string) (string, error) {
	full, err := ParseRepository(name)
	if err != nil || registry == DockerHub {
		return full, err
	}
	return name, nil
}

// FullName is a repository's name as policies and exceptions have it: canonical, and with its
// registry unless that is Docker Hub, which "" stands for too: "library/nginx",
// "ghcr.io/owner/name". A repository of Docker Hub that could be taken for another
// registry's has its registry as well. SplitName reads it.
func FullName(registry, repository string) string {
	if registry == "" {
		registry = DockerHub
	}
	if first, _, _ := strings.Cut(repository, "/"); registry == DockerHub && !isHost(first) {
		return repository
	}
	return registry + "/" + repository
}

// SplitName takes the registry off a full name, or a pattern of them: the first part if it
// holds a dot or a colon or is "localhost", else DockerHub. It checks nothing.
func SplitName(full string) (registry, repository string) {
	if first, rest, ok := strings.Cut(full, "/"); ok && isHost(first) {
		return strings.ToLower(first), rest
	}
	return DockerHub, full
}

// IsHost reports whether the first part of a name stands for a registry.
func IsHost(first string) bool { return isHost(first) }

// A Reference is a name for a manifest: a repository, and a tag or a digest.
// Exactly one of Tag and Digest is set in a Reference made by NewReference.
type Reference struct {
	Registry   string // host[:port]; DockerHub when the writer gave none
	Repository string // canonical: library/ubuntu
	Tag        string
	Digest     Digest
}

// NewReference joins a repository and the last part of a manifest's URL, which is
// a digest if it holds a colon and a tag if not. The error wraps ErrName,
// ErrDigest or ErrReference.
func NewReference(repository, tagOrDigest string) (Reference, error) {
	name, err := ParseRepository(repository)
	if err != nil {
		return Reference{}, err
	}
	ref := Reference{Registry: DockerHub, Repository: name}
	if strings.Contains(tagOrDigest, ":") {
		if ref.Digest, err = ParseDigest(tagOrDigest); err != nil {
			return Reference{}, err
		}
		return ref, nil
	}
	if !tagGrammar.MatchString(tagOrDigest) {
		return Reference{}, fmt.Errorf("%w: tag %.80q", ErrReference, tagOrDigest)
	}
	ref.Tag = tagOrDigest
	return ref, nil
}

// ParseReference reads what a person types: [host[:port]/]name[:tag][@digest].
// The first part is a host when it holds a dot or a colon or is "localhost", as in
// Docker's clients, and is kept in lower case. No tag and no digest means the tag
// "latest"; a digest wins over a tag beside it. The error wraps ErrName, ErrDigest or
// ErrReference.
func ParseReference(s string) (Reference, error) {
	rest, registry := s, DockerHub
	if host, tail, ok := strings.Cut(s, "/"); ok && isHost(host) {
		if !hostGrammar.MatchString(host) {
			return Reference{}, fmt.Errorf("%w: registry %.80q", ErrReference, host)
		}
		registry, rest = strings.ToLower(host), tail
	}
	switch registry {
	case "index.docker.io", "registry-1.docker.io":
		registry = DockerHub
	}
	which := "latest"
	name, dgst, byDigest := strings.Cut(rest, "@")
	if i := strings.LastIndex(name, ":"); i >= 0 {
		name, which = name[:i], name[i+1:]
	}
	if byDigest {
		if !tagGrammar.MatchString(which) {
			return Reference{}, fmt.Errorf("%w: tag %.80q", ErrReference, which)
		}
		if !strings.Contains(dgst, ":") {
			return Reference{}, fmt.Errorf("%w: %.80q", ErrDigest, dgst)
		}
		which = dgst
	}
	bare := !strings.Contains(name, "/")
	ref, err := NewReference(name, which)
	if err != nil {
		return Reference{}, fmt.Errorf("reference %.200q: %w", s, err)
	}
	ref.Registry = registry
	if bare && registry != DockerHub { // only Hub has the library namespace
		ref.Repository = name
	}
	return ref, nil
}

// isHost reports whether the first part of a reference is a host.
func isHost(first string) bool {
	return strings.ContainsAny(first, ".:") || first == "localhost"
}

// TagOrDigest returns the last part of the manifest's URL.
func (r Reference) TagOrDigest() string {
	if r.Digest != "" {
		return r.Digest.String()
	}
	return r.Tag
}

// String returns the reference as people write it, with Docker Hub's own parts left
// out where that leaves no doubt: "nginx:latest", "bitnami/redis@sha256:…",
// "ghcr.io/owner/name:v1". ParseReference reads it back.
func (r Reference) String() string {
	name := r.Repository
	first, rest, _ := strings.Cut(name, "/")
	switch {
	case r.Registry != DockerHub && r.Registry != "":
		name = r.Registry + "/" + name
	case first+"/" == official && !strings.Contains(rest, "/"):
		name = rest
	case isHost(first):
		name = DockerHub + "/" + name
	}
	if r.Digest != "" {
		return name + "@" + r.Digest.String()
	}
	return name + ":" + r.Tag
}
