package inspect_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
)

// A layer is the same layer however it is packed.
func TestForms(t *testing.T) {
	layer := archive(t,
		entry{name: "etc/motd", body: "first\nsecond needle\n"},
		entry{name: "app/run.sh", body: "#!/bin/sh\nTOKEN=12345678 exec /app/x\n"},
	)
	found := []string{"app/run.sh:10:2 test/token 12345678", "etc/motd:13:2 test/needle needle"}
	skippable := join([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"))
	half := len(layer) / 2
	for _, c := range []struct {
		name  string
		blob  []byte
		kind  inspect.Kind
		found []string
		gaps  []string
	}{
		{"plain", layer, inspect.KindLayer, found, nil},
		{"gzip", gz(t, layer), inspect.KindLayer, found, nil},
		{"gzip in two members", join(gz(t, layer[:half]), gz(t, layer[half:])), inspect.KindLayer, found, nil},
		{"gzip with empty members", join(gz(t, nil), gz(t, layer), gz(t, nil)), inspect.KindLayer, found, nil},
		{"gzip and zeros", join(gz(t, layer), make([]byte, 700_000)), inspect.KindLayer, found, nil},
		{"gzip and other bytes", join(gz(t, layer), []byte("\x00\x00more")), inspect.KindLayer, found, []string{": bytes after the end of the gzip stream"}},
		{"zstd", zst(t, layer, 1<<20), inspect.KindLayer, found, nil},
		{"zstd in two frames", join(zst(t, layer[:half], 1<<20), skippable, zst(t, layer[half:], 1<<20)), inspect.KindLayer, found, nil},
		{"zstd after a skippable frame", join(skippable, zst(t, layer, 1<<20)), inspect.KindLayer, found, nil},
		{"zstd and other bytes", join(zst(t, layer, 1<<20), []byte("more")), inspect.KindLayer, found, []string{": malformed zstd stream: invalid input: magic number mismatch"}},
		{"bzip2", []byte("BZh91AY&SY"), inspect.KindOther, nil, []string{": unsupported compression: bzip2"}},
		{"xz", []byte("\xfd7zXZ\x00\x00\x04"), inspect.KindOther, nil, []string{": unsupported compression: xz"}},
		{"lz4", []byte("\x04\x22\x4d\x18\x64\x40"), inspect.KindOther, nil, []string{": unsupported compression: lz4"}},
		{"empty", nil, inspect.KindOther, nil, nil},
		{"gzip of nothing", gz(t, nil), inspect.KindOther, nil, nil},
		{"empty archive", make([]byte, 1024), inspect.KindLayer, nil, nil},
		{"gzip of an empty archive", gz(t, make([]byte, 1024)), inspect.KindLayer, nil, nil},
		{"bytes of no form", []byte("a needle\n"), inspect.KindOther, []string{":2:1 test/needle needle"}, []string{": unknown format"}},
		{"gzip of bytes of no form", gz(t, []byte("a needle\n")), inspect.KindOther, []string{":2:1 test/needle needle"}, []string{": unknown format"}},
		{"gzip of gzip", gz(t, gz(t, layer)), inspect.KindOther, []string{"!/app/run.sh:10:2 test/token 12345678", "!/etc/motd:13:2 test/needle needle"}, []string{": unknown format"}},
		{"gzip of JSON", gz(t, []byte(`{"a":"needle"}`)), inspect.KindOther, []string{":6:1 test/needle needle"}, []string{": unknown format"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, inspect.Limits{}, finder()), c.blob)
			if diff := cmp.Diff(c.found, evidence(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if r.Kind != c.kind {
				t.Errorf("kind %s, want %s", r.Kind, c.kind)
			}
		})
	}
}

// A detector that asks for the content on hits judges the files that have some, and them whole.
func TestOnHits(t *testing.T) {
	d := finder()
	d.wants = func(f *inspect.File) inspect.Want {
		if f.Path == "named" {
			return inspect.Hits | inspect.Content | inspect.OnHits | inspect.Header
		}
		return inspect.Hits | inspect.Content | inspect.OnHits
	}
	got := map[string]string{}
	d.judge = func(f *inspect.File, s inspect.Seen, _ func(inspect.Finding)) {
		got[f.Path] = fmt.Sprintf("%d %s", len(s.Hits), s.Content)
	}
	report(t, inspector(t, inspect.Limits{}, d), archive(t,
		entry{name: "hay", body: "hay"}, entry{name: "stack", body: "a needle"}, entry{name: "named", body: "hay"},
	))
	if diff := cmp.Diff(map[string]string{"stack": "1 a needle", "named": "0 hay"}, got); diff != "" {
		t.Errorf("judged (-want +got)\n%s", diff)
	}
}

// Every entry is shown to the detectors, as it is.
func TestEntries(t *testing.T) {
	long := strings.Repeat("dir/", 60) + "file"
	layer := archive(t,
		entry{name: "./", header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}},
		entry{name: "/abs", body: "a"},
		entry{name: "a/../../up", body: "b"},
		entry{name: "twice", body: "one"},
		entry{name: "twice", body: "two"},
		entry{name: "dir/.wh.gone", body: ""},
		entry{name: "suid", body: "s", header: tar.Header{Mode: 0o4755, Uid: 1000, Gid: 2000}},
		entry{name: "sym", header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: "../x"}},
		entry{name: "hard", header: tar.Header{Typeflag: tar.TypeLink, Linkname: "twice"}},
		entry{name: "null", header: tar.Header{Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}},
		entry{name: "fifo", header: tar.Header{Typeflag: tar.TypeFifo}},
		entry{name: long, body: "pax", header: tar.Header{Format: tar.FormatPAX}},
		entry{name: long + "2", body: "gnu", header: tar.Header{Format: tar.FormatGNU}},
		entry{name: "odd", body: "kept", header: tar.Header{Typeflag: 'Z'}},
		entry{name: "tab\tend", body: "x\x00y"},
	)
	r := report(t, inspector(t, inspect.Limits{}, lister()), layer)
	got := map[string][]string{}
	for _, f := range r.Findings {
		got[f.Path] = append(got[f.Path], f.Evidence)
	}
	want := map[string][]string{
		".":            {`1 -rwxr-xr-x 0 0:0 "" true ""`},
		"abs":          {`0 -rw-r--r-- 1 0:0 "" true "a"`},
		"up":           {`0 -rw-r--r-- 1 0:0 "" true "b"`},
		"twice":        {`0 -rw-r--r-- 3 0:0 "" true "one"`, `0 -rw-r--r-- 3 0:0 "" true "two"`},
		"dir/.wh.gone": {`0 -rw-r--r-- 0 0:0 "" true ""`},
		"suid":         {`0 urwxr-xr-x 1 1000:2000 "" true "s"`},
		"sym":          {`2 -rw-r--r-- 0 0:0 "../x" true ""`},
		"hard":         {`3 -rw-r--r-- 0 0:0 "twice" true ""`},
		"null":         {`4 -rw-r--r-- 0 0:0 "" true ""`},
		"fifo":         {`4 -rw-r--r-- 0 0:0 "" true ""`},
		long:           {`0 -rw-r--r-- 3 0:0 "" true "pax"`},
		long + "2":     {`0 -rw-r--r-- 3 0:0 "" true "gnu"`},
		"odd":          {`0 -rw-r--r-- 4 0:0 "" true "kept"`},
		`tab\x09end`:   {`0 -rw-r--r-- 3 0:0 "" false "x\x00y"`, `decoded NUL: 0 -rw-r--r-- -1 0:0 "" true "xy"`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if len(r.Gaps) > 0 || r.Stats.Files != 15 || r.Stats.BytesUncompressed != int64(len(layer)) {
		t.Errorf("gaps %v, stats %+v", r.Gaps, r.Stats)
	}
}

// sparse is an entry in the PAX format 1.0 of GNU tar ("Storing Sparse Files"): its
// data are one run, at the end of size bytes.
func sparse(t testing.TB, name, data string, size int64) []byte {
	t.Helper()
	table := fmt.Sprintf("1\n%d\n%d\n", size-int64(len(data)), len(data))
	records := map[string]string{
		"major": "1", "minor": "0", "name": name, "realsize": fmt.Sprint(size),
	}
	var pax strings.Builder
	for _, k := range []string{"major", "minor", "name", "realsize"} {
		line := fmt.Sprintf(" GNU.sparse.%s=%s\n", k, records[k])
		n := len(line) + 1
		for len(fmt.Sprint(n))+len(line) > n {
			n++
		}
		fmt.Fprintf(&pax, "%d%s", n, line)
	}
	body := table + strings.Repeat("\x00", 512-len(table)) + data
	return join(raw("PaxHeaders/x", 'x', int64(pax.Len())), padded(pax.String()), raw("GNUSparseFile/x", '0', int64(len(body))), padded(body))
}

// raw is a ustar header, which archive/tar's writer would refuse to write in places.
func raw(name string, flag byte, size int64) []byte {
	b := make([]byte, 512)
	copy(b, name)
	copy(b[100:], "0000644\x000000000\x000000000\x00")
	copy(b[124:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	b[156] = flag
	copy(b[257:], "ustar\x0000")
	return sum(b)
}

// sum puts the checksum into a header.
func sum(b []byte) []byte {
	copy(b[148:], "        ")
	n := 0
	for _, c := range b[:512] {
		n += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", n))
	return b
}

func padded(s string) []byte {
	return append([]byte(s), make([]byte, (512-len(s)%512)%512)...)
}

var endOfArchive = make([]byte, 1024)

func TestOddArchives(t *testing.T) {
	one := archive(t, entry{name: "one", body: "needle"})
	two := archive(t, entry{name: "two", body: "needle"})
	polyglot := bytes.Repeat([]byte{' '}, 512) // a tar header in which no byte is NUL
	copy(polyglot, `{"rootfs":{},"a":"`)
	copy(polyglot[100:], "0000644 0000000 0000000 00000000000 00000000000 ")
	polyglot[156], polyglot[510], polyglot[511] = '0', '"', '}'
	sum(polyglot)
	polyglot[154] = ' ' // sum ends it with a NUL
	if !json.Valid(polyglot) {
		t.Fatalf("no JSON: %q", polyglot)
	}
	sevenths := sum(join(one[:257], make([]byte, 255))) // as the tar of Unix's seventh edition: no magic
	for _, c := range []struct {
		name   string
		blob   []byte
		limits inspect.Limits
		found  []string
		gaps   []string
	}{
		{"no end", one[:1024], inspect.Limits{}, []string{"one:0:1 test/needle needle"}, nil},
		{"half an end", one[:1536], inspect.Limits{}, []string{"one:0:1 test/needle needle"}, nil},
		{"cut in a file", one[:515], inspect.Limits{}, nil, []string{": malformed tar archive: unexpected EOF, after entry 1 (one)"}},
		{"cut in a header", join(one[:1024], one[:100]), inspect.Limits{}, []string{"one:0:1 test/needle needle"}, []string{": malformed tar archive: unexpected EOF, after entry 1 (one)"}},
		{"a broken header", join(one[:1024], []byte(strings.Repeat("x", 512)), two), inspect.Limits{}, []string{"one:0:1 test/needle needle"}, []string{": malformed tar archive: archive/tar: invalid tar header, after entry 1 (one)"}},
		{"one zero block, then more", join(one[:1536], two), inspect.Limits{}, []string{"one:0:1 test/needle needle"}, []string{": malformed tar archive: archive/tar: invalid tar header, after entry 1 (one)"}},
		{"an archive after the end", join(one, make([]byte, 512*700), two), inspect.Limits{}, []string{"one:0:1 test/needle needle", "two:0:1 test/needle needle"}, nil},
		{"bytes after the end", join(one, []byte("a needle")), inspect.Limits{}, []string{":2:1 test/needle needle", "one:0:1 test/needle needle"}, []string{": bytes after the end of the archive"}},
		{"bytes after the end, not at a block", join(one, []byte("\x00\x00a needle")), inspect.Limits{}, []string{":4:0 test/needle needle", "one:0:1 test/needle needle"}, []string{": bytes after the end of the archive"}},
		{"a sparse file", join(sparse(t, "holes", "needle", 200_000), endOfArchive), inspect.Limits{}, []string{"holes:199994:0 test/needle needle"}, nil},
		{"a sparse file of 8 EiB", join(sparse(t, "holes", "needle", 1<<63-1), two), inspect.Limits{}, []string{"two:0:1 test/needle needle"}, []string{"holes: 9223372036854775807 bytes, 9223372002495037439 more than are inspected of one blob"}},
		{"sparse files that add up", join(sparse(t, "a", "needle", 200_000), sparse(t, "b", "needle", 200_000), two), inspect.Limits{Bytes: 300_000}, []string{"a:199994:0 test/needle needle", "two:0:1 test/needle needle"}, []string{"b: 200000 bytes, 100000 more than are inspected of one blob"}},
		{"a global header", join(raw("g", 'g', 0), one), inspect.Limits{}, []string{"one:0:1 test/needle needle"}, nil},
		{"a tar that is JSON too", polyglot, inspect.Limits{}, nil, []string{": a tar archive that may be JSON too"}},
		{"old tar without magic", join(sevenths, one[512:]), inspect.Limits{}, []string{"one:0:1 test/needle needle"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, c.limits, finder()), c.blob)
			if diff := cmp.Diff(c.found, evidence(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if r.Kind != inspect.KindLayer {
				t.Errorf("kind %s", r.Kind)
			}
		})
	}
}
