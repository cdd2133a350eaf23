package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lazaret/lazaret/internal/oci"
)

// ErrReport is what every error of DecodeReport wraps.
var ErrReport = errors.New("invalid report")

// reportVersion is the first byte of an encoded report.
const reportVersion = 1

// MaxReport is the largest encoded report, in bytes.
const MaxReport = 16 << 20

// EncodeReport writes a report for Redis or a database:
//
//	offset  bytes  what
//	0       1      version of the format, 0x01
//	1       rest   the Report in JSON (RFC 8259) with the keys of its tags, one
//	               object, no bytes after it; levels by name, times in RFC 3339 and
//	               UTC, Stats.elapsed_ns in nanoseconds
//
// The keys come in the order of the fields, so equal reports have equal bytes. A report
// that DecodeReport would refuse is an error.
func EncodeReport(r Report) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encode report of %.80s: %w: %w", r.Digest, ErrReport, err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode report of %s: %w", r.Digest, err)
	}
	if len(b) >= MaxReport {
		return nil, fmt.Errorf("encode report of %s: %w: %d bytes, more than %d", r.Digest, ErrReport, len(b)+1, MaxReport)
	}
	return append([]byte{reportVersion}, b...), nil
}

// DecodeReport reads what EncodeReport wrote. It is strict, because what it accepts may
// release an image: another version, an unknown key or name, a malformed digest, a
// finding of another blob and bytes after the report are errors, which wrap ErrReport.
func DecodeReport(b []byte) (Report, error) {
	fail := func(err error) (Report, error) {
		return Report{}, fmt.Errorf("decode report: %w: %w", ErrReport, err)
	}
	switch {
	case len(b) == 0:
		return fail(errors.New("it is empty"))
	case len(b) > MaxReport:
		return fail(fmt.Errorf("%d bytes, more than %d", len(b), MaxReport))
	case b[0] != reportVersion:
		return fail(fmt.Errorf("version %d of the format, not %d", b[0], reportVersion))
	}
	dec := json.NewDecoder(bytes.NewReader(b[1:]))
	dec.DisallowUnknownFields()
	var r Report
	if err := dec.Decode(&r); err != nil {
		return fail(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fail(errors.New("bytes after the report"))
	}
	if err := r.check(); err != nil {
		return fail(err)
	}
	return r, nil
}

// check says what makes a report none.
func (r *Report) check() error {
	if _, err := oci.ParseDigest(r.Digest.String()); err != nil {
		return err
	}
	switch {
	case r.Set == "":
		return errors.New("no rule set")
	case !slices.Contains([]Kind{KindLayer, KindConfig, KindManifest, KindOther}, r.Kind):
		return fmt.Errorf("kind %.40q", r.Kind)
	case (r.Kind == KindConfig) != (r.Config != nil):
		return fmt.Errorf("kind %s with a config: %t", r.Kind, r.Config != nil)
	case r.Stats.Files < 0 || r.Stats.BytesCompressed < 0 || r.Stats.BytesUncompressed < 0 || r.Stats.Elapsed < 0:
		return errors.New("a negative count")
	}
	for i, f := range r.Findings {
		if f.Layer != r.Digest {
			return fmt.Errorf("finding %d is of %.80s", i, f.Layer)
		}
		if err := f.check(); err != nil {
			return fmt.Errorf("finding %d: %w", i, err)
		}
	}
	for i, g := range r.Gaps {
		if g.Why == "" {
			return fmt.Errorf("gap %d has no reason", i)
		}
	}
	if r.Config != nil {
		for _, d := range r.Config.DiffIDs {
			if _, err := oci.ParseDigest(d.String()); err != nil {
				return err
			}
		}
	}
	return nil
}
