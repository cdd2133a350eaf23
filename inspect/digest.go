package inspect

import (
	"github.com/lazaret/lazaret/internal/oci"
)

// A Digester is a Detector that knows whole blobs by their digests. It is asked once for
// each blob. A finding that it reports carries no path: it is about the blob itself.
type Digester interface {
	Digest(d oci.Digest, found func(Finding))
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
