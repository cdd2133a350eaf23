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
	// Hashes reports whether it knows any. While no detector does, no file is hashed.
	Hashes() bool
	// Hash is asked once for each regular file that was read to its end, those in archives
	// too. A finding without a Path gets the file's.
	Hash(f *File, sum [sha256.Size]byte, found func(Finding))
}

// hashers returns the detectors that know files by their hashes.
func hashers(detectors []Detector) []Detector {
	var out []Detector
	for _, d := range detectors {
		if h, ok := d.(Hasher); ok && h.Hashes() {
			out = append(out, d)
		}
	}
	return out
}

// A hashing takes the bytes of a file that is hashed.
type hashing struct{ hash.Hash }

func (hashing) Close() error { return nil }

// hashed begins to hash a file, if somebody wants that.
func (x *inspection) hashed(f *File) io.WriteCloser {
	if len(x.hashers) == 0 || x.wrap.chain != "" || f.Type != Regular {
		return nil
	}
	return hashing{sha256.New()}
}

// byHash asks about a file that has ended.
func (x *inspection) byHash(f *File, h hash.Hash) {
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	for _, d := range x.hashers {
		func() {
			defer x.guard(d, f)
			d.(Hasher).Hash(f, sum, func(found Finding) {
				found, err := x.tidy(f, found)
				if err != nil {
					x.gaps.add(f.Path, "detector "+d.Name()+": "+err.Error())
					return
				}
				x.found.add(found)
			})
		}()
	}
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
			digester.Digest(x.digest, func(found Finding) {
				found, err := x.tidy(blob, found)
				if err != nil {
					x.gaps.add("", "detector "+d.Name()+": "+err.Error())
					return
				}
				x.found.add(found)
			})
		}()
	}
}
