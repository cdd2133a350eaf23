package inspect

import (
	"crypto/sha256"
	"hash"
	"io"

	"github.com/lazaret/lazaret/internal/oci"
)

// A Digester is a Detector that knows whole blobs by their digests. It is asked once for
// each blob. A finding that it reports carries no path: it is about the blob itself.
type Digester interface {
	Digest(d oci.Digest, found func(Finding))
}

// A Hasher is a Detector that knows files by the SHA-256 of their bytes.
type Hasher interface {
	Detector
	// Hashes reports whether it knows any. While no detector does, no file is hashed.
	Hashes() bool
	// Hash is asked once for each regular file that was read, those in archives too. A
	// finding without a Path gets the file's.
	Hash(f *File, sum [sha256.Size]byte, found func(Finding))
}

// hashers returns the detectors that know files by their hashes.
func hashers(detectors []Detector) []Hasher {
	var out []Hasher
	for _, d := range detectors {
		if h, ok := d.(Hasher); ok && h.Hashes() {
			out = append(out, h)
		}
	}
	return out
}

// A hashing takes the bytes of a file, and has the hashers asked when it ends.
type hashing struct {
	hash.Hash
	x *inspection
	f *File
}

// hashed begins to hash a file, if somebody wants that; else it returns nil.
func (x *inspection) hashed(f *File) io.WriteCloser {
	if len(x.hashers) == 0 || x.wrap.chain != "" || f.Type != Regular {
		return nil
	}
	return hashing{sha256.New(), x, f}
}

// Close asks. A file that was cut short is another file, with another hash.
func (h hashing) Close() error {
	sum := [sha256.Size]byte(h.Sum(nil))
	for _, d := range h.x.hashers {
		func() {
			defer h.x.guard(d, h.f)
			d.Hash(h.f, sum, (&sink{h.x, d, h.f, &h.x.found}).take)
		}()
	}
	return nil
}

// byDigest asks the detectors that know blobs by their digests.
func (x *inspection) byDigest() {
	blob := &File{}
	for _, d := range x.detectors {
		digester, ok := d.(Digester)
		if !ok {
			continue
		}
		func() {
			defer x.guard(d, blob)
			digester.Digest(x.digest, (&sink{x, d, blob, &x.found}).take)
		}()
	}
}
