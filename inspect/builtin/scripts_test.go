package builtin_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

// inspectFiles inspects a layer of files.
func inspectFiles(t *testing.T, i *inspect.Inspector, files ...testimage.File) inspect.Report {
	t.Helper()
	layer, err := testimage.Tar(files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(layer), Size: int64(len(layer))}, bytes.NewReader(layer))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a script starts is told however much is written before it, or that it was not read.
func TestPaddedScripts(t *testing.T) {
	const end = "masscan -p1-65535 0.0.0.0/0 --rate 100000\nexec /opt/tool/run -x\n"
	i := inspector(t)
	for size, read := range map[int]bool{10: true, 100 << 10: true, 900 << 10: true, inspect.MaxContent + 1000: false} {
		body := "#!/bin/sh\n" + strings.Repeat(": "+strings.Repeat("x", 97)+"\n", size/100) + end
		r := inspectFiles(t, i, testimage.File{Path: "start", Mode: 0o755, Body: []byte(body)})
		want := []inspect.Script{{Path: "start", Runs: []string{"/opt/tool/run"}}}
		if !read {
			want = nil
		}
		if diff := cmp.Diff(want, r.Scripts); diff != "" {
			t.Errorf("%d bytes: (-want +got)\n%s", size, diff)
		}
		if launched := slices.ContainsFunc(r.Findings, func(f inspect.Finding) bool { return f.Rule == "hackingtool/launch" }); launched != read {
			t.Errorf("%d bytes: the program it starts is found: %v", size, launched)
		}
		if (len(r.Gaps) == 0) != read || len(r.Gaps) > 0 && (!r.Gaps[0].Mild || r.Gaps[0].Path != "start") {
			t.Errorf("%d bytes: gaps %+v", size, r.Gaps)
		}
	}
}

// So many scripts that not all are told of are a gap, not an image whose last ones start nothing.
func TestManyScripts(t *testing.T) {
	var files []testimage.File
	body := []byte("#!/bin/sh\nexec /" + strings.Repeat("long/", 30) + "name\n")
	for n := range 1800 {
		files = append(files, testimage.File{Path: fmt.Sprintf("bin/%d", n), Mode: 0o755, Body: body})
	}
	i := inspector(t)
	for n, whole := range map[int]bool{1000: true, len(files): false} {
		if r := inspectFiles(t, i, files[:n]...); (len(r.Gaps) == 0) != whole || (len(r.Scripts) == n) != whole || len(r.Scripts) < 1000 {
			t.Errorf("%d scripts: %d told, gaps %+v", n, len(r.Scripts), r.Gaps)
		}
	}
}
