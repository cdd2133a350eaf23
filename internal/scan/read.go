package scan

import (
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/lazaret/lazaret/internal/oci"
)

// A counter tells how many bytes each read gave.
type counter struct {
	r     io.Reader
	count func(int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.count(n)
	}
	return n, err
}

// A verifier gives the bytes of r, and in the place of io.EOF an error if they are not those
// of the descriptor. So whoever reads to the end without an error has read the blob.
type verifier struct {
	r    io.Reader
	want oci.Descriptor
	sum  digest.Verifier
	n    int64
}

func verify(r io.Reader, want oci.Descriptor) io.Reader {
	return &verifier{r: r, want: want, sum: want.Digest.Verifier()}
}

func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.n += int64(n)
	if v.n > v.want.Size {
		return 0, fmt.Errorf("%w: %s has more than %d bytes", ErrContent, v.want.Digest, v.want.Size)
	}
	_, _ = v.sum.Write(p[:n]) // a hash takes all
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	switch {
	case v.n < v.want.Size:
		return n, fmt.Errorf("%w: %s has %d bytes, not %d", ErrContent, v.want.Digest, v.n, v.want.Size)
	case !v.sum.Verified():
		return n, fmt.Errorf("%w: the bytes of %s have another digest", ErrContent, v.want.Digest)
	}
	return n, io.EOF
}

// readDocument reads a manifest, a config or an index to its end, which must come
// within oci.MaxManifestSize bytes. It closes r.
func readDocument(r io.ReadCloser) ([]byte, error) {
	defer r.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(r, oci.MaxManifestSize+1))
	if err != nil {
		return nil, err
	}
	if len(b) > oci.MaxManifestSize {
		return nil, fmt.Errorf("%w: a document of more than %d bytes", ErrContent, oci.MaxManifestSize)
	}
	return b, nil
}
