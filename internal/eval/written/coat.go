package written

import (
	"archive/tar"
	"bytes"
	"fmt"
	"path"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A coat packs an image another way.
type coat struct {
	name string
	wrap func(*testimage.Spec)
}

func coats() []coat {
	return []coat{
		{"zstd", func(s *testimage.Spec) { each(s, func(l *testimage.Layer) { l.Compression = "zstd" }) }},
		{"a layer for each file", split},
		{"plain tar, Docker's types", func(s *testimage.Spec) {
			s.Docker = true
			each(s, func(l *testimage.Layer) { l.Compression = "" })
		}},
		{"hard links to odd names", hardLinks},
		{"gzip members", members},
		{"long PAX paths beside it", crowd},
		{"written twice", twice},
		{"after the end of an archive", func(s *testimage.Spec) { each(s, appended) }},
	}
}

// fits reports whether the coat says anything of the image.
func (c coat) fits(img Image) bool {
	return len(img.Spec.Layers) > 2 && img.Category != inspect.Typosquat && img.Spec.Layers[2].Raw == nil
}

// put returns the image in the coat.
func (c coat) put(img Image) Image {
	s := img.Spec
	s.Layers = append([]testimage.Layer(nil), s.Layers...)
	for i := range s.Layers {
		s.Layers[i].Files = append([]testimage.File(nil), s.Layers[i].Files...)
	}
	c.wrap(&s)
	img.Spec, img.Coat = s, c.name
	return img
}

// each calls f for the layers that are the image's own: the first two are its base.
func each(s *testimage.Spec, f func(*testimage.Layer)) {
	for i := 2; i < len(s.Layers); i++ {
		f(&s.Layers[i])
	}
}

func split(s *testimage.Spec) {
	own := s.Layers[2:]
	s.Layers = s.Layers[:2:2]
	for _, l := range own {
		for _, f := range l.Files {
			s.Layers = append(s.Layers, testimage.Layer{Compression: "gzip", CreatedBy: l.CreatedBy, Files: []testimage.File{f}})
		}
	}
}

// hardLinks gives programs a name that nothing starts, and the name that is started as a link to it.
func hardLinks(s *testimage.Spec) {
	each(s, func(l *testimage.Layer) {
		var files []testimage.File
		for i, f := range l.Files {
			if f.Type == 0 && f.Mode&0o111 != 0 {
				other := fmt.Sprintf("%s/.%d", path.Dir(f.Path), i)
				link := testimage.File{Path: f.Path, Type: tar.TypeLink, Link: other, Mode: f.Mode}
				f.Path = other
				files = append(files, f, link)
				continue
			}
			files = append(files, f)
		}
		l.Files = files
	})
}

// members compresses a layer as several gzip members, cut within files.
func members(s *testimage.Spec) {
	each(s, func(l *testimage.Layer) {
		archive := must(testimage.Tar(l.Files))
		var out bytes.Buffer
		for len(archive) > 0 {
			n := min(len(archive), 3001)
			out.Write(must(testimage.Compress("gzip", archive[:n])))
			archive = archive[n:]
		}
		l.Raw = out.Bytes()
	})
}

// crowd puts files with names that need PAX records around the image's.
func crowd(s *testimage.Spec) {
	each(s, func(l *testimage.Layer) {
		long := "usr/share/"
		for range 12 {
			long += "a-folder-with-a-long-name-é/"
		}
		l.Files = append(append([]testimage.File{{Path: long + "1.txt", Body: []byte("one\n")}}, l.Files...), testimage.File{Path: long + "2.txt", Body: []byte("two\n")})
	})
}

// twice puts something honest under each name first: what comes last counts.
func twice(s *testimage.Spec) {
	each(s, func(l *testimage.Layer) {
		var first []testimage.File
		for _, f := range l.Files {
			f.Body, f.Type, f.Link = []byte("# nothing\n"), 0, ""
			first = append(first, f)
		}
		l.Files = append(first, l.Files...)
	})
}

// appended puts the layer's files behind the end of an archive without any: some readers go on.
func appended(l *testimage.Layer) {
	empty := must(testimage.Tar([]testimage.File{{Path: "srv/readme", Body: []byte("nothing\n")}}))
	l.Raw = must(testimage.Compress("gzip", append(empty, must(testimage.Tar(l.Files))...)))
}

// must is for what cannot fail: archives of files that were just read.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(fmt.Sprintf("written: %v", err))
	}
	return b
}
