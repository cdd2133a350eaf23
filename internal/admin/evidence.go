package admin

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lazaret/lazaret/internal/evidence"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// How many may look at evidence at once: each reads a layer as an inspection does.
const maxReaders = 2

// around is how many bytes before a finding are shown of its file, and defaultLength how many
// in all where nothing is said.
const (
	around        = 256
	defaultLength = 4096
)

type evidenceInput struct {
	ByID
	Finding string `query:"finding" maxLength:"64" doc:"The fingerprint of one of the findings: its file, from a little before it on."`
	Layer   string `query:"layer" maxLength:"200" doc:"The digest of a layer, the config or the manifest, instead."`
	Path    string `query:"path" maxLength:"8192" doc:"The file in the layer; without it the blob as it is stored."`
	Offset  int64  `query:"offset" minimum:"0" doc:"Bytes from the start of the file, or with finding from where that begins."`
	Length  int64  `query:"length" minimum:"0" maximum:"1048576" doc:"How many bytes at most; 4096 if it is 0 or absent."`
}

// An attachment is bytes that nobody is to open by chance.
type attachment struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Layer       string `header:"Evidence-Layer"`
	Path        string `header:"Evidence-Path" doc:"Whose bytes they are, percent-encoded: of the file around it where what is packed in it cannot be shown."`
	Offset      string `header:"Evidence-Offset"`
	Size        string `header:"Evidence-Size" doc:"Of the file; -1 if it is not known."`
	Body        []byte
}

// binary is the answer of an attachment in the API's description.
func binary() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "The bytes, as an attachment.",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
}

// A look at evidence, as the audit log has it.
type look struct {
	Layer  oci.Digest `json:"layer"`
	Path   string     `json:"path"`
	Offset int64      `json:"offset"`
	Length int        `json:"length"`
}

// getEvidence gives out bytes of what is in quarantine. That it did is on record before they
// leave.
func (a *api) getEvidence(ctx context.Context, in *evidenceInput) (*attachment, error) {
	if a.cfg.Blobs == nil {
		return nil, errAbsent
	}
	x, err := a.cfg.Records.GetQuarantined(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	q, err := a.evidenceQuery(ctx, x, in)
	if err != nil {
		return nil, err
	}
	select {
	case a.readers <- struct{}{}:
		defer func() { <-a.readers }()
	default:
		return nil, errBusy
	}
	part, err := evidence.Read(ctx, a.cfg.Blobs, a.cfg.Limits, q)
	if err != nil {
		return nil, err
	}
	what := look{q.Blob, part.Path, q.Offset, len(part.Bytes)}
	if err := a.cfg.Records.Note(ctx, actorOf(ctx), "quarantine.evidence", strconv.FormatInt(in.ID, 10), what); err != nil {
		return nil, err
	}
	return &attachment{
		ContentType: "application/octet-stream", Disposition: fmt.Sprintf(`attachment; filename="evidence-%d.bin"`, in.ID),
		Layer: q.Blob.String(), Path: url.PathEscape(part.Path), Offset: strconv.FormatInt(q.Offset, 10), Size: strconv.FormatInt(part.Size, 10),
		Body: part.Bytes,
	}, nil
}

// evidenceQuery says which bytes are asked for, of a blob that is the image's.
func (a *api) evidenceQuery(ctx context.Context, x records.Quarantined, in *evidenceInput) (evidence.Query, error) {
	q := evidence.Query{Path: in.Path, Offset: in.Offset, Length: in.Length}
	if q.Length == 0 {
		q.Length = defaultLength
	}
	found := reasonsOf(x.Reasons)
	switch {
	case in.Finding != "" && (in.Layer != "" || in.Path != ""):
		return q, invalid("finding says the layer and the path: leave them out")
	case in.Finding != "":
		i := slices.IndexFunc(found, func(r Reason) bool { return r.Finding.Fingerprint == in.Finding && r.Finding.Layer != "" })
		if i < 0 {
			return q, fmt.Errorf("%w: no finding with this fingerprint among the reasons of %d, or it is of no file", records.ErrNone, x.ID)
		}
		f := found[i].Finding
		q.Blob, q.Path, q.Offset = oci.Digest(f.Layer), f.Path, max(0, f.Offset-around)+in.Offset
		return q, nil
	case in.Layer == "":
		return q, invalid("say which: finding, or layer and path")
	}
	var err error
	if q.Blob, err = digest(in.Layer); err != nil {
		return q, err
	}
	if slices.ContainsFunc(found, func(r Reason) bool { return r.Finding.Layer == in.Layer }) {
		return q, nil
	}
	parts, err := a.parts(ctx, x.Digest)
	if err == nil && !slices.Contains(parts, q.Blob) {
		err = fmt.Errorf("%w: %s is no part of the image", records.ErrNone, q.Blob)
	}
	return q, err
}

// parts are the digests of an image's manifest and of the blobs that it names.
func (a *api) parts(ctx context.Context, d oci.Digest) ([]oci.Digest, error) {
	if d == "" {
		return nil, fmt.Errorf("%w: it was refused for its name, and no digest of it is known", records.ErrNone)
	}
	f, _, err := a.cfg.Blobs.Open(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, oci.MaxManifestSize))
	if err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", d, err)
	}
	out := []oci.Digest{d}
	m, err := oci.ParseManifest(b)
	if err != nil {
		return out, nil // what cannot be read names nothing
	}
	for _, b := range m.Blobs() {
		out = append(out, b.Digest)
	}
	return out, nil
}
