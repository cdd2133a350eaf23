package inspect

import (
	"context"
	"io"
	"slices"
)

// A Streamer is a Detector that hands files to somebody else while they stream: an
// engine that is another process. What that finds comes when the blob has ended. Wants may
// want nothing of a file that is streamed.
type Streamer interface {
	Detector
	// Stream begins with a blob. ctx ends with its inspection.
	Stream(ctx context.Context) Stream
}

// A Stream is one blob on its way to an engine. It is used by one goroutine.
type Stream interface {
	// File returns where the bytes of a regular file go, nil if it does not want them. It may
	// wait until it can take them. Write takes all it is given, whatever becomes of it; Close
	// says that the file has ended. One file is open at a time.
	File(f *File) io.WriteCloser
	// End waits for what was sent. Findings have the path of their file. partial says that
	// not all that was wanted could be asked, but may be before long: the report is not one to keep.
	End() (found []Finding, gaps []Gap, partial bool)
}

// An engine is a detector's stream of one inspection.
type engine struct {
	detector Detector
	stream   Stream
}

// openStreams begins with a blob.
func (x *inspection) openStreams(ctx context.Context) {
	for _, d := range x.detectors {
		if s, ok := d.(Streamer); ok {
			x.engines = append(x.engines, engine{d, s.Stream(ctx)})
		}
	}
}

// streamed returns where the bytes of a file go. Archives go as they are: the engines
// that there are unpack them too.
func (x *inspection) streamed(f *File) []io.WriteCloser {
	if len(x.engines) == 0 || x.nested.depth > 0 || x.wrap.chain != "" || f.Type != Regular {
		return nil
	}
	var out []io.WriteCloser
	for _, e := range x.engines {
		if w := e.stream.File(f); w != nil {
			out = append(out, w)
		}
	}
	return out
}

// endStreams takes what the engines have found.
func (x *inspection) endStreams() {
	for _, e := range x.engines {
		found, gaps, partial := e.stream.End()
		x.report.Partial = x.report.Partial || partial
		slices.SortFunc(found, byPlace) // files end in any order
		for _, one := range found {
			(&sink{x, e.detector, &File{Path: one.Path}, &x.found}).take(one)
		}
		for _, g := range gaps {
			x.gaps.add(g.Path, g.Why)
		}
	}
}
