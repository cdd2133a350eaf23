// Package oci holds the words every other package shares: digests, descriptors,
// media types, manifests and the names of things in a registry.
//
// It parses what strangers wrote, and promises that a value it returns is well
// formed: a digest of a known algorithm and the right length, a repository name
// within the grammar of the OCI Distribution Specification 1.1, a manifest whose
// descriptors all carry such a digest and a size that is not negative.
// It knows nothing of HTTP, storage or inspection.
package oci

import (
	_ "crypto/sha256" // registered for digest.Digest.Verifier
	_ "crypto/sha512"
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// A Digest names content by its hash: "sha256:" and 64 hex digits, or "sha512:" and 128.
type Digest = digest.Digest

// A Descriptor is a digest with its size in bytes and its media type.
type Descriptor = v1.Descriptor

// A Platform is the system that an image is made for.
type Platform = v1.Platform

// SchemaVersion2 is the version that every manifest carries.
var SchemaVersion2 = specs.Versioned{SchemaVersion: 2}

// Errors of this package; those that carry data wrap one of them.
var (
	ErrDigest    = errors.New("invalid digest")
	ErrName      = errors.New("invalid repository name")
	ErrReference = errors.New("invalid reference")
	ErrManifest  = errors.New("invalid manifest")
)

// ParseDigest checks s and returns it as a Digest, or an error that wraps ErrDigest.
// Only sha256 and sha512, the registered algorithms of the OCI Image Specification, pass.
func ParseDigest(s string) (Digest, error) {
	d, err := digest.Parse(s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDigest, err)
	}
	switch d.Algorithm() {
	case digest.SHA256, digest.SHA512:
		return d, nil
	}
	return "", fmt.Errorf("%w: algorithm %q is not supported", ErrDigest, d.Algorithm())
}

// DigestOf returns the sha256 digest of b.
func DigestOf(b []byte) Digest { return digest.FromBytes(b) }
