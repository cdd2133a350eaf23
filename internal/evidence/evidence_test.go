package evidence_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/evidence"
	"github.com/lazaret/lazaret/internal/oci"
)

// stored has blobs by their digest.
type stored map[oci.Digest][]byte

var errMiss = errors.New("not stored")

func (s stored) Open(_ context.Context, d oci.Digest) (io.ReadSeekCloser, int64, error) {
	b, ok := s[d]
	if !ok {
		return nil, 0, errMiss
	}
	return nopCloser{bytes.NewReader(b)}, int64(len(b)), nil
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func (s stored) put(b []byte) oci.Digest {
	d := oci.DigestOf(b)
	s[d] = b
	return d
}

type entry struct {
	name string
	body []byte
}

func layer(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.body)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRead(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 300<<10) // 4.7 MiB
	var jar bytes.Buffer
	z := zip.NewWriter(&jar)
	w, err := z.Create("com/evil/Main.class")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "stratum+tcp://pool"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := stored{}
	l := s.put(layer(t,
		entry{"./etc/motd", []byte("first")}, entry{"usr/bin/large", large}, entry{"empty", nil},
		entry{"app.jar", jar.Bytes()}, entry{"/etc/motd", []byte("welcome")}))
	config := s.put([]byte(`{"architecture":"amd64","os":"linux","config":{"Env":["A=secret words"]},"rootfs":{"type":"layers","diff_ids":[]}}`))
	for name, tt := range map[string]struct {
		query evidence.Query
		want  string
		path  string
		size  int64
	}{
		"the last of two entries":     {evidence.Query{Blob: l, Path: "etc/motd", Length: 100}, "welcome", "etc/motd", 7},
		"a range":                     {evidence.Query{Blob: l, Path: "etc/motd", Offset: 3, Length: 2}, "co", "etc/motd", 7},
		"beyond the end":              {evidence.Query{Blob: l, Path: "etc/motd", Offset: 100, Length: 2}, "", "etc/motd", 7},
		"far into a large file":       {evidence.Query{Blob: l, Path: "usr/bin/large", Offset: 4<<20 + 10, Length: 6}, "abcdef", "usr/bin/large", int64(len(large))},
		"over the end":                {evidence.Query{Blob: l, Path: "usr/bin/large", Offset: int64(len(large)) - 3, Length: 100}, "def", "usr/bin/large", int64(len(large))},
		"an empty file":               {evidence.Query{Blob: l, Path: "empty", Length: 5}, "", "empty", 0},
		"in an archive":               {evidence.Query{Blob: l, Path: "app.jar!/com/evil/Main.class", Offset: 8, Length: 6}, "tcp://", "app.jar!/com/evil/Main.class", 18},
		"an archive without the file": {evidence.Query{Blob: l, Path: "app.jar!/x", Length: 2}, "PK", "app.jar", int64(jar.Len())},
		"of a config":                 {evidence.Query{Blob: config, Path: "config:env", Offset: 2, Length: 6}, "secret", "config:env", -2},
		"a blob as it is":             {evidence.Query{Blob: config, Offset: 1, Length: 14}, `"architecture"`, "", int64(len(s[config]))},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := evidence.Read(t.Context(), s, inspect.DefaultLimits(), tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Bytes) != tt.want || got.Path != tt.path || tt.size != -2 && got.Size != tt.size {
				t.Errorf("%q of %q, %d bytes; want %q of %q, %d bytes", got.Bytes, got.Path, got.Size, tt.want, tt.path, tt.size)
			}
		})
	}
}

func TestReadNothing(t *testing.T) {
	s := stored{}
	l := s.put(layer(t, entry{"a", []byte("a")}))
	damaged := s.put(s[l][:len(s[l])/2])
	for name, tt := range map[string]struct {
		query evidence.Query
		want  error
	}{
		"another path":    {evidence.Query{Blob: l, Path: "b", Length: 1}, evidence.ErrNone},
		"a folder":        {evidence.Query{Blob: l, Path: ".", Length: 1}, evidence.ErrNone},
		"a damaged layer": {evidence.Query{Blob: damaged, Path: "b", Length: 1}, evidence.ErrNone},
		"another blob":    {evidence.Query{Blob: oci.DigestOf([]byte("x")), Path: "a", Length: 1}, errMiss},
	} {
		if _, err := evidence.Read(t.Context(), s, inspect.DefaultLimits(), tt.query); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	for _, q := range []evidence.Query{{Blob: l, Path: "a"}, {Blob: l, Path: "a", Length: evidence.MaxLength + 1}, {Blob: l, Path: "a", Offset: -1, Length: 1}} {
		if _, err := evidence.Read(t.Context(), s, inspect.DefaultLimits(), q); err == nil || !strings.Contains(err.Error(), "bytes from") {
			t.Errorf("%+v: %v, want an error", q, err)
		}
	}
}
