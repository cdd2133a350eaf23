package inspect

import (
	"fmt"
	"time"
)

// Limits bound what one inspection may take. What lies beyond a limit is a Gap, never
// clean. A field that is zero has the value of DefaultLimits; a negative one is an error
// of New. All of them are part of the SetID.
//
// Memory that one inspection holds at once, beside what the reader given to it holds:
// under 8 MiB of buffers, kept hits and findings for a layer in gzip or plain tar, and
// Window more for one in zstd. A config or manifest takes at most about 16 times
// Document while it is read. What the detectors' automaton takes is shared by all
// inspections of an Inspector.
type Limits struct {
	// Bytes is how much of a blob is inspected, counted uncompressed. Holes of sparse
	// files count as the zeros that they read as.
	Bytes int64
	// Ratio is how many times larger than the compressed bytes the uncompressed ones
	// may be. It holds from RatioFrom uncompressed bytes on, so that a small layer of
	// zeros is no bomb; for what is packed in files, all together, from a quarter of that. Deflate reaches about 1,032 (https://zlib.net/zlib_tech.html).
	Ratio     int
	RatioFrom int64
	// Entries is the most entries of a layer.
	Entries int
	// Path is the longest path of an entry, in bytes. A longer one is inspected too.
	Path int
	// Header is the most bytes that the headers of one tar entry may have: PAX records,
	// GNU long names and sparse maps. archive/tar itself, and so Docker, stops at 1 MiB for each.
	Header int64
	// Document is the largest config or manifest, in bytes, and Tokens the most JSON
	// tokens (braces, brackets, keys and values) of one.
	Document int
	Tokens   int
	// Window is the largest zstd window, in bytes. RFC 8878, section 3.1.1.1.2, asks decoders
	// for 8 MiB; klauspost/compress, which BuildKit, podman and skopeo compress with, uses
	// at most that, and the zstd tool 32 MiB up to level 20.
	Window int64
	// Depth is how many archives may lie in one another in a file of a layer, each
	// compression counted. A package of Debian with a jar in it takes four.
	Depth int
	// Memory is the most that the dictionaries and directories of archives in files may
	// take at once, in bytes, as far as they are filled. xz asks for 8 MiB by default, and for
	// 64 MiB at its highest level, of which only files larger than that fill all.
	Memory int64
	// Decode is how often a text may be encoded in one that is itself encoded. The
	// loaders seen in 2025 went 63 deep.
	Decode int
	// Findings and FileFindings are the most findings that are kept of a blob and of one
	// of its files: those of the highest confidence, then severity.
	Findings, FileFindings int
	// Work bounds the regular expressions: in one blob they are given at most 16 MiB and
	// Work times the bytes searched so far. The programs of a Debian
	// system and the sources of Go and npm packages took less than a tenth of the latter.
	Work int
	// Deadline is how long the inspection of a blob may work, not counting the time
	// that it waits for the blob's bytes.
	Deadline time.Duration
}

// DefaultLimits returns the limits that hold when nobody has set others. They are meant
// to lie far beyond what honest layers have.
func DefaultLimits() Limits {
	return Limits{
		Bytes:        32 << 30,
		Ratio:        250,
		RatioFrom:    1 << 30,
		Entries:      2_000_000,
		Path:         4096, // PATH_MAX of Linux
		Header:       256 << 10,
		Document:     4 << 20, // as oci.MaxManifestSize
		Tokens:       200_000,
		Window:       32 << 20,
		Depth:        10,
		Memory:       24 << 20,
		Decode:       100,
		Findings:     2000,
		FileFindings: 200,
		Work:         1,
		Deadline:     30 * time.Minute,
	}
}

// complete puts the defaults in the place of zeros. A negative limit is an error, and
// so is a window that zstd does not know.
func (l Limits) complete() (Limits, error) {
	d := DefaultLimits()
	for _, f := range []struct {
		name  string
		value *int64
		or    int64
	}{
		{"Bytes", &l.Bytes, d.Bytes},
		{"RatioFrom", &l.RatioFrom, d.RatioFrom},
		{"Header", &l.Header, d.Header},
		{"Window", &l.Window, d.Window},
		{"Memory", &l.Memory, d.Memory},
		{"Deadline", (*int64)(&l.Deadline), int64(d.Deadline)},
	} {
		if *f.value < 0 {
			return Limits{}, fmt.Errorf("inspect: limit %s is negative", f.name)
		}
		if *f.value == 0 {
			*f.value = f.or
		}
	}
	for _, f := range []struct {
		name  string
		value *int
		or    int
	}{
		{"Ratio", &l.Ratio, d.Ratio},
		{"Entries", &l.Entries, d.Entries},
		{"Path", &l.Path, d.Path},
		{"Document", &l.Document, d.Document},
		{"Tokens", &l.Tokens, d.Tokens},
		{"Depth", &l.Depth, d.Depth},
		{"Decode", &l.Decode, d.Decode},
		{"Findings", &l.Findings, d.Findings},
		{"FileFindings", &l.FileFindings, d.FileFindings},
		{"Work", &l.Work, d.Work},
	} {
		if *f.value < 0 {
			return Limits{}, fmt.Errorf("inspect: limit %s is negative", f.name)
		}
		if *f.value == 0 {
			*f.value = f.or
		}
	}
	// The bounds of klauspost/compress/zstd: MinWindowSize and MaxWindowSize.
	if l.Window < 1<<10 || l.Window > 1<<29 {
		return Limits{}, fmt.Errorf("inspect: limit Window is %d, not from 1 KiB to 512 MiB", l.Window)
	}
	return l, nil
}
