package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
)

// zipped is a zip archive of entries; size tells each writer option.
func zipped(t testing.TB, entries ...zipEntry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: e.method}
		create := w.CreateHeader
		if e.raw {
			h.UncompressedSize64, h.CompressedSize64 = uint64(len(e.body)), uint64(len(e.body))
			create = w.CreateRaw
			h.Flags = e.flags
		}
		f, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zipEntry struct {
	name, body string
	method     uint16
	raw        bool // the body is as compressed, with its size before it
	flags      uint16
}

// ar is a Debian package, or another ar archive, of members.
func ar(members ...entry) []byte {
	b := []byte("!<arch>\n")
	for _, m := range members {
		b = fmt.Appendf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", m.name, 0, 0, 0, 0o644, len(m.body), m.body)
		if len(m.body)%2 > 0 {
			b = append(b, '\n')
		}
	}
	return b
}

// by runs a program on in; the test is skipped where that is not installed.
func by(t testing.TB, in []byte, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// one is a layer with one file.
func one(t testing.TB, name string, body []byte) []byte {
	return archive(t, entry{name: name, body: string(body)})
}

func TestArchives(t *testing.T) {
	plain := []byte("#!/bin/sh\nneedle\n")
	tarred := archive(t, entry{name: "x/run", body: string(plain)})
	inner := zipped(t, zipEntry{name: "a", body: string(plain), method: zip.Deflate})
	entries := []zipEntry{{name: "d/", body: ""}, {name: "d/a", body: string(plain), method: zip.Deflate}, {name: "b", body: string(plain)}}
	raws := []zipEntry{{name: "b", body: string(plain), raw: true}}
	broken := bytes.Clone(archive(t, entry{name: "x", body: "y"}, entry{name: "a", body: string(plain)}))
	broken[1024+150] ^= 1 // the checksum of the second header
	broken = join(broken[:1536+512], archive(t, entry{name: "b", body: string(plain)}))
	shifted := zipped(t, zipEntry{name: "d/a", body: string(plain), method: zip.Store, raw: true})
	lying := bytes.Clone(shifted)
	binary.LittleEndian.PutUint32(lying[18:], 3) // the local header's size
	big := string(noise(2<<20, 1))
	lyingBig := zipped(t, zipEntry{name: "d/a", body: string(plain) + big, method: zip.Store, raw: true})
	binary.LittleEndian.PutUint32(lyingBig[18:], 3)
	for _, c := range []struct {
		name  string
		file  string
		body  []byte
		found []string
		gaps  []string
	}{
		{"gzip", "f.gz", gz(t, plain), []string{"f.gz!/f:10:2"}, nil},
		{"two members of gzip", "f.gz", join(gz(t, plain[:12]), gz(t, plain[12:])), []string{"f.gz!/f:10:2"}, nil},
		{"gzip with bytes after it", "f.gz", join(gz(t, plain), []byte("needle")), []string{"f.gz:25:0", "f.gz:42:0", "f.gz!/f:10:2"}, nil},
		{"gzip with a zip after it", "f.gz", join(gz(t, plain), inner), []string{"f.gz!/a:10:2", "f.gz!/f:10:2"}, nil},
		{"gzip cut", "f.gz", gz(t, join(plain, noise(100, 1)))[:80], []string{"f.gz!/f:10:2"}, []string{"f.gz: damaged: what is packed in it could not be read to its end"}},
		{"no gzip", "f.gz", []byte("\x1f\x8b\x08needle"), []string{"f.gz:3:1"}, []string{"f.gz: damaged: what is packed in it could not be read to its end"}},
		{"7z", "f.7z", []byte("7z\xbc\xaf\x27\x1c\x00\x04needle and more"), []string{"f.7z:8:0"}, []string{"f.7z: unsupported: a 7z archive"}},
		{"cpio", "f.img", []byte("070701needle and more\n"), []string{"f.img:6:1"}, []string{"f.img: unsupported: a cpio archive"}},
		{"encrypted by OpenSSL", "p", []byte("Salted__needle and more\x00"), []string{"p:0:0", "p:8:0"}, []string{"p: unsupported: a file encrypted by OpenSSL"}},
		{"zstd", "f.zst", zst(t, plain, 1<<20), []string{"f.zst!/f:10:2"}, nil},
		{"zstd with a skippable frame", "f.zst", join([]byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"), zst(t, plain, 1<<20)), []string{"f.zst!/f:10:2"}, nil},
		{"zstd with a window of 64 MiB", "f.zst", join([]byte("\x28\xb5\x2f\xfd\x00\x80\x01\x30\x00"), make([]byte, 100)), nil, []string{"f.zst: window size exceeded"}},
		{"tar", "f.tar", tarred, []string{"f.tar:522:0", "f.tar!/x/run:10:2"}, nil},
		{"tar.gz", "f.tgz", gz(t, tarred), []string{"f.tgz!/x/run:10:2"}, nil},
		{"tar.gz in segments, as of Alpine", "f.apk", join(gz(t, tarred[:1024]), gz(t, tarred)), []string{"f.apk!/x/run:10:2"}, nil},
		{"tar.gz with a broken header", "f.tgz", gz(t, broken), []string{"f.tgz:0:0", "f.tgz:10:0", "f.tgz!/b:10:2"}, nil},
		{"tar.gz with bytes after its end", "f.tgz", gz(t, join(tarred, []byte("more needle"))), []string{"f.tgz:5:1", "f.tgz!/x/run:10:2"}, nil},
		{"zip", "f.zip", zipped(t, entries...), []string{"f.zip!/b:10:2", "f.zip!/d/a:10:2"}, nil},
		{"zip with sizes before", "f.zip", zipped(t, raws...), []string{"f.zip!/b:10:2"}, nil},
		{"zip in zip", "f.jar", zipped(t, zipEntry{name: "i.jar", body: string(inner), method: zip.Deflate}), []string{"f.jar!/i.jar!/a:10:2"}, nil},
		{"zip behind a line", "run", join([]byte("#!/usr/bin/env python3\n"), inner), []string{"run!/a:10:2"}, nil},
		{"zip with an encrypted entry", "f.zip", zipped(t, zipEntry{name: "s", body: "xxxx", raw: true, flags: 1}), nil, []string{"f.zip!/s: unsupported: encrypted"}},
		{"zip of an unknown method", "f.zip", zipped(t, zipEntry{name: "s", body: "xxxx", raw: true, method: 98}), nil, []string{"f.zip!/s: unsupported: method 98 of zip"}},
		{"zip whose directories differ", "f.zip", lying, []string{"f.zip!/d/a:10:2"}, nil},
		{"large zip whose directories differ", "f.zip", lyingBig, nil, []string{"f.zip: damaged: the directory of the zip archive lists other entries than lie in it"}},
		{"zip without its directory", "f.zip", inner[:len(inner)-60], []string{"f.zip!/a:10:2"}, nil},
		{"deb", "f.deb", ar(entry{name: "debian-binary", body: "2.0\n"}, entry{name: "data.tar.gz", body: string(gz(t, tarred))}), []string{"f.deb!/data.tar.gz!/x/run:10:2"}, nil},
		{"hard link, long names, duplicate and removed files", "f.tgz", gz(t, archive(t,
			entry{name: strings.Repeat("d/", 200) + "f", body: string(plain), header: tar.Header{Format: tar.FormatGNU}},
			entry{name: strings.Repeat("e/", 200) + "f", body: string(plain), header: tar.Header{Format: tar.FormatPAX}},
			entry{name: "l", header: tar.Header{Typeflag: tar.TypeLink, Linkname: "a"}},
			entry{name: "a", body: "needle"}, entry{name: "a", body: "other"}, entry{name: ".wh.a"})),
			[]string{"f.tgz!/a:0:1", "f.tgz!/" + strings.Repeat("d/", 200) + "f:10:2", "f.tgz!/" + strings.Repeat("e/", 200) + "f:10:2"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, inspect.Limits{}, finder()), one(t, c.file, c.body))
			var got []string
			for _, e := range evidence(r) {
				place, _, _ := strings.Cut(e, " ")
				if !strings.HasPrefix(place, c.file+":") || len(c.found) > 0 && strings.HasPrefix(c.found[0], c.file+":") {
					got = append(got, place) // what is stored is found in the archive's own bytes too
				}
			}
			if diff := cmp.Diff(c.found, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.gaps, whys(r)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// What common tools write is read.
func TestArchivesOfTools(t *testing.T) {
	plain := bytes.Repeat([]byte("#!/bin/sh\nneedle\n"), 100)
	tarred := archive(t, entry{name: "x/run", body: string(plain)})
	for _, c := range []struct {
		name string
		body func(t *testing.T) []byte
	}{
		{"f.xz", func(t *testing.T) []byte { return by(t, tarred, "xz", "-9c") }},
		{"f.bz2", func(t *testing.T) []byte { return by(t, tarred, "bzip2", "-c") }},
		{"f.zst", func(t *testing.T) []byte { return by(t, tarred, "zstd", "-19", "-c") }},
		{"f.zip", func(t *testing.T) []byte { return by(t, plain, "zip", "-q", "-", "-") }},
		{"f.deb", func(t *testing.T) []byte {
			dir := t.TempDir()
			for name, body := range map[string]string{"DEBIAN/control": "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n", "x/run": string(plain)} {
				if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			out := filepath.Join(t.TempDir(), "x.deb")
			by(t, nil, "dpkg-deb", "--build", dir, out)
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := report(t, inspector(t, inspect.Limits{}, finder()), one(t, c.name, c.body(t)))
			if len(r.Gaps) > 0 || len(r.Findings) != 16 || !strings.HasPrefix(r.Findings[0].Path, c.name+"!/") {
				t.Errorf("%d findings %v, gaps %v", len(r.Findings), evidence(r)[:min(1, len(r.Findings))], r.Gaps)
			}
		})
	}
}

// A file that begins like an archive which is not read at all is one gap, and the end of it.
func TestArchiveThatIsNotBegun(t *testing.T) {
	wide := zst(t, noise(2<<20, 1), 32<<20)
	i := inspector(t, inspect.Limits{Memory: 1 << 20}, finder())
	r := report(t, i, archive(t, entry{name: "a.zst", body: string(wide)}, entry{name: "b", body: "needle"}))
	if len(r.Gaps) != 1 || r.Gaps[0].Path != "a.zst" || len(r.Findings) != 1 {
		t.Errorf("gaps %v, findings %v", r.Gaps, r.Findings)
	}
}

// Of what is packed in one file, a report lists some gaps and counts the rest; and says
// of each that it is inside.
func TestManyGapsInside(t *testing.T) {
	var all []zipEntry
	for i := range 300 {
		all = append(all, zipEntry{name: fmt.Sprintf("f%d", i), body: "x", raw: true, flags: 1, method: zip.Deflate})
	}
	body := string(zipped(t, all...))
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entry{name: "a.zip", body: body}, entry{name: "b.zip", body: body}))
	var got []string
	for _, g := range r.Gaps {
		if !g.Inside {
			t.Errorf("%+v is not inside", g)
		}
		got = append(got, g.Path)
	}
	want := []string{"a.zip!/f0", "a.zip!/f1", "a.zip!/f2", "b.zip!/f0", "b.zip!/f1", "b.zip!/f2", "a.zip", "b.zip"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Tools take an entry's name from the directory, so a file that is called otherwise where
// it lies is inspected by both names.
func TestZipOfTwoNames(t *testing.T) {
	body := zipped(t, zipEntry{name: "harmless", body: "needle", method: zip.Store})
	at := bytes.LastIndex(body, []byte("harmless"))
	copy(body[at:], "grievous")
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entry{name: "a.zip", body: string(body)}))
	want := []string{"a.zip!/grievous:0:1 test/needle needle", "a.zip!/harmless:0:1 test/needle needle"}
	var got []string
	for _, e := range evidence(r) {
		if strings.HasPrefix(e, "a.zip!/") {
			got = append(got, e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A packed program that cannot be unpacked is said to be one; it is searched as it lies.
func TestPackedProgram(t *testing.T) {
	head := make([]byte, 64+56)
	copy(head, "\x7fELF\x02\x01\x01")
	head[32], head[54], head[56] = 64, 56, 1
	infos := "\x00\x00\x00\x00UPX!\x00\x01\x0d\x16" + "\x00\x00\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00"
	stored := infos + "\x10\x00\x00\x00\x10\x00\x00\x00\x08\x00\x00\x00" + "a needle, hidden" + "\x00\x00\x00\x00UPX!\x00\x00\x00\x00"
	broken := infos + "\x10\x00\x00\x00\x08\x00\x00\x00\x08\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "a needle behind it"
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t,
		entry{name: "bin/good", body: string(head) + stored}, entry{name: "bin/bad", body: string(head) + broken}))
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Path+" "+f.Rule)
	}
	want := []string{"bin/bad engine/packed", "bin/bad test/needle", "bin/good test/needle", "bin/good!/good test/needle"}
	if diff := cmp.Diff(want, got); diff != "" || len(r.Gaps) > 0 {
		t.Errorf("gaps %v (-want +got)\n%s", r.Gaps, diff)
	}
}

// A package of Alpine is several gzip members, each a piece of one tar archive without its end.
func TestAlpinePackage(t *testing.T) {
	piece := func(name string) []byte {
		b := archive(t, entry{name: name, body: "a needle"})
		return b[:len(b)-1024]
	}
	apk := join(gz(t, piece(".SIGN.RSA.key.pub")), gz(t, piece(".PKGINFO")), gz(t, archive(t, entry{name: "usr/bin/x", body: "needle"})))
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entry{name: "x.apk", body: string(apk)}))
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Path)
	}
	want := []string{"x.apk!/.PKGINFO", "x.apk!/.SIGN.RSA.key.pub", "x.apk!/usr/bin/x"}
	if diff := cmp.Diff(want, got); diff != "" || len(r.Gaps) > 0 {
		t.Errorf("gaps %v (-want +got)\n%s", r.Gaps, diff)
	}
}

// The rest of the gaps is told by what their paths have in common, be it the archive itself.
func TestRestOfGaps(t *testing.T) {
	var all []zipEntry
	for i := range 9 {
		all = append(all, zipEntry{name: fmt.Sprintf("d/f%d", i), body: "x", raw: true, flags: 1, method: zip.Deflate})
	}
	body := zipped(t, append(all, zipEntry{name: "big", body: strings.Repeat("x", 2<<20), method: zip.Store})...) // too big to be read by its directory
	copy(body[bytes.Index(body, []byte("PK\x01\x02"))+42:], "\xff\xff\xff\x00")                                   // the directory points elsewhere
	inner := string(zipped(t, zipEntry{name: "e/in.zip", body: string(zipped(t, all...)), method: zip.Store}))
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entry{name: "a.zip", body: string(body)}, entry{name: "opt/b.zip", body: inner}))
	got := map[string]string{}
	for _, g := range r.Gaps {
		if strings.Contains(g.Why, "more gaps") {
			got[g.Path] = g.Why
		}
	}
	if _, ok := got["a.zip"]; !ok || len(got) != 2 || got["opt/b.zip!/e/in.zip!/d"] == "" {
		t.Errorf("%v", got)
	}
}

// Damage is mild and takes no place from other gaps. Of files that are damaged, more than can be listed is not.
func TestMuchDamage(t *testing.T) {
	broken := func(n int) string { b := gz(t, []byte(fmt.Sprint("needle ", n))); return string(b[:len(b)-5]) }
	var many []zipEntry
	var entries []entry
	for n := range 300 {
		many = append(many, zipEntry{name: fmt.Sprintf("c/%d.zip", n), body: string(zipped(t, zipEntry{name: "x.gz", body: broken(n), method: zip.Store})), method: zip.Store})
		entries = append(entries, entry{name: fmt.Sprintf("d/%d.gz", n), body: broken(n)})
	}
	corpus := string(zipped(t, many...))
	entries = append([]entry{{name: "a.zip", body: corpus}}, append(entries, entry{name: "z.zip", body: string(zipped(t, zipEntry{name: "secret", body: "x", raw: true, flags: 1, method: zip.Deflate}))})...)
	r := report(t, inspector(t, inspect.Limits{}, finder()), archive(t, entries...))
	listed, rest := 0, []string{}
	for _, g := range r.Gaps {
		switch {
		case g.Path == "z.zip!/secret" || strings.Contains(g.Why, " more "):
			rest = append(rest, fmt.Sprintf("%s: %s, mild %v", g.Path, g.Why, g.Mild))
		case g.Mild:
			listed++
		default:
			t.Errorf("not mild: %+v", g)
		}
	}
	want := []string{
		"z.zip!/secret: unsupported: encrypted, mild false", "a.zip!/c: 297 more gaps in what is packed in it, mild true", ": 103 more mild gaps, mild false",
	}
	if diff := cmp.Diff(want, rest); diff != "" || listed != 200 {
		t.Errorf("%d listed (-want +got)\n%s", listed, diff)
	}
}
