package written

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// unreadable returns images that cannot be read in full, made as bytes.
func unreadable() []Image {
	var out []Image
	files, layers := sealed(), broken()
	add := func(title string, spec testimage.Spec) {
		spec.Entrypoint, spec.Cmd = nil, []string{"/app/run.sh"}
		out = append(out, Image{Author: "second", Category: inspect.Uninspectable, Title: title, Repository: "someone/app", Spec: spec})
	}
	for _, title := range slices.Sorted(maps.Keys(files)) {
		body := files[title]
		spec := testimage.Clean(title, 2000)
		spec.Layers = append(spec.Layers, testimage.Layer{Compression: "gzip", Files: []testimage.File{{Path: "opt/data.bin", Body: body}}})
		add(title, spec)
	}
	for _, title := range slices.Sorted(maps.Keys(layers)) {
		l := layers[title]
		spec := testimage.Clean(title, 2000)
		spec.Layers = append(spec.Layers, l)
		add("layer: "+title, spec)
	}
	return out
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(fmt.Sprintf("written: %v", err))
	}
	return b
}

// sealed has files that no one without a key, or not this program, can look into.
func sealed() map[string][]byte {
	noise := func(n int) []byte { return testimage.Noise("sealed", n) }
	script := []byte("#!/bin/sh\necho hello\n")
	zipped := func(flags uint16, method uint16) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.CreateRaw(&zip.FileHeader{Name: "a", Flags: flags, Method: method, CompressedSize64: 300, UncompressedSize64: 288, CRC32: 77})
		if err == nil {
			_, err = f.Write(noise(300))
		}
		if err == nil {
			err = w.Close()
		}
		return must(b.Bytes(), err)
	}
	gz := must(gzipped(bytes.Repeat(script, 400)))
	zst := must(testimage.Compress("zstd", bytes.Repeat(script, 4000)))
	deep := script
	for range 64 {
		deep = must(gzipped(deep))
	}
	deepZip := script
	for range 40 {
		deepZip = []byte(unescape(string(must(textOf(zipOf("a.zip", escape(deepZip)))))))
	}
	tarred := must(testimage.Tar([]testimage.File{{Path: "a", Body: bytes.Repeat(script, 300)}}))
	short := bytes.Clone(must(gzipped(tarred)))
	wrongSum := bytes.Clone(gz)
	wrongSum[len(wrongSum)-6] ^= 0x55
	return map[string][]byte{
		"zip with a password": zipped(1, 8), "zip by a method of its own": zipped(0, 97), "zip with AES": zipped(1, 99),
		"7z":             append(unhex("377abcaf271c 0004"), noise(4000)...),
		"rar 5":          append(unhex("526172211a070100"), noise(4000)...),
		"rar 4":          append(unhex("526172211a0700"), noise(4000)...),
		"gzip cut short": gz[:len(gz)/2], "gzip with a wrong sum": wrongSum,
		"zstd cut short":        zst[:len(zst)-20],
		"tar in gzip cut short": short[:len(short)-30],
		"gzip 64 deep":          deep, "zip 40 deep": deepZip,
		"bomb in gzip":  must(gzipped(bytes.Repeat(must(gzipped(make([]byte, 64<<20))), 3))),
		"xz cut short":  append(unhex("fd377a585a000004e6d6b446 0200210116000000742fe5a3"), noise(90)...),
		"bzip2 damaged": append([]byte("BZh91AY&SY"), noise(400)...),
		"cabinet":       append([]byte("MSCF\x00\x00\x00\x00"), noise(3000)...),
		"squashfs":      append([]byte("hsqs"), noise(5000)...),
	}
}

func textOf(s string, err error) ([]byte, error) { return []byte(s), err }

// broken has layers that are none, in part.
func broken() map[string]testimage.Layer {
	files := []testimage.File{{Path: "srv/a.sh", Mode: 0o755, Body: []byte("#!/bin/sh\necho hello\n")}, {Path: "srv/b.txt", Body: bytes.Repeat([]byte("words\n"), 900)}}
	archive := must(testimage.Tar(files))
	gz := must(testimage.Compress("gzip", archive))
	layer := func(b []byte, how string) testimage.Layer { return testimage.Layer{Raw: b, Compression: how} }
	flip := func(b []byte, i int) []byte { b = bytes.Clone(b); b[i] ^= 0x20; return b }
	long := bytes.Clone(archive)
	copy(long[124:136], "77777777777\x00") // the size of its first file
	negative := bytes.Clone(archive)
	binary.BigEndian.PutUint64(negative[124:], 1<<63|1)
	return map[string]testimage.Layer{
		"cut short in gzip":       layer(gz[:len(gz)-40], "gzip"),
		"cut short tar":           layer(archive[:1500], ""),
		"wrong header sum":        layer(must(testimage.Compress("gzip", flip(archive, 5))), "gzip"),
		"second header's sum":     layer(must(testimage.Compress("gzip", flip(archive, 1024+5))), "gzip"),
		"a size beyond the end":   layer(must(testimage.Compress("gzip", long)), "gzip"),
		"a negative size":         layer(negative, ""),
		"noise":                   layer(testimage.Noise("layer", 9000), ""),
		"noise in gzip":           layer(must(testimage.Compress("gzip", testimage.Noise("layer", 9000))), "gzip"),
		"garbage behind gzip":     layer(append(bytes.Clone(gz), testimage.Noise("behind", 500)...), "gzip"),
		"a damaged second member": layer(append(bytes.Clone(gz), flip(gz, len(gz)-6)...), "gzip"),
		"a wrong sum of gzip":     layer(flip(gz, len(gz)-7), "gzip"),
		"zstd cut short":          layer(must(testimage.Compress("zstd", archive))[:60], "zstd"),
		"xz":                      layer(append(unhex("fd377a585a000004e6d6b446"), testimage.Noise("xz", 900)...), ""),
		"encrypted":               layer(testimage.Noise("ocicrypt", 5000), "gzip"),
		"garbage after its end":   layer(must(testimage.Compress("gzip", append(bytes.Clone(archive), testimage.Noise("end", 3000)...))), "gzip"),
	}
}
