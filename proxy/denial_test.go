package proxy_test

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
	"github.com/lazaret/lazaret/proxy"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// golden compares with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./proxy -update writes it anew:\n%s", file, diff)
	}
}

// agents has a client of each family.
var agents = []struct{ family, agent string }{
	{"classic", dockerAgent},
	{"containerd", containerdAgent},
	{"containerd-old", "containerd/1.6.20~ds1"},
	{"podman", podmanAgent},
	{"crane", "crane/0.22.1 go-containerregistry/0.22.1"},
	{"unknown", "curl/8.5.0"},
}

// What clients accept: as containerd resolves a reference, and as it fetches by a descriptor.
const (
	resolving = oci.MediaTypeDockerManifest + ", " + oci.MediaTypeDockerManifestList + ", " + oci.MediaTypeOCIManifest + ", " + oci.MediaTypeOCIIndex + ", */*"
	fetching  = oci.MediaTypeOCIManifest + ", */*"
	accepting = "zstd;q=1.0, gzip;q=0.8, deflate;q=0.5" // of Accept-Encoding, from containerd 2.0 on
)

// A cell is a request at a stage.
type cell struct{ stage, method, path, accept, span string }

// cells are the stages of a pull of an image, each with the requests that clients make there.
func cells(repository string, img testimage.Image) []cell {
	manifests, layer := "/v2/"+repository+"/manifests/", path("blobs", repository, img.Layers[0].Digest)
	return []cell{
		{"manifest by tag", "HEAD", manifests + "latest", resolving, ""},
		{"manifest by tag", "GET", manifests + "latest", resolving, ""},
		{"manifest by digest", "HEAD", manifests + img.Digest.String(), resolving, ""},
		{"manifest by digest", "GET", manifests + img.Digest.String(), resolving, ""},
		{"member of an index", "GET", manifests + img.Digest.String(), fetching, ""},
		{"blob, nothing sent yet", "HEAD", layer, "", ""},
		{"blob, nothing sent yet", "GET", layer, "", ""},
		{"blob, nothing sent yet, a range", "GET", layer, "", "bytes=1000-"},
	}
}

// wire makes a request and returns what came back, byte by byte, to the end of the connection.
func (f *fixture) wire(c cell) []byte { return f.wireAfter(c, 0, nil) }

// wireAfter does something once so many bytes have come.
func (f *fixture) wireAfter(c cell, first int, then func()) []byte {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute)) // reading tells
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: lazaret.test\r\nUser-Agent: %s\r\nConnection: close\r\n", c.method, c.path, f.agent)
	if c.accept != "" {
		fmt.Fprintf(conn, "Accept: %s\r\n", c.accept)
	}
	if f.agent == containerdAgent && c.method == http.MethodGet {
		fmt.Fprintf(conn, "Accept-Encoding: %s\r\n", accepting)
	}
	if c.span != "" {
		fmt.Fprintf(conn, "Range: %s\r\n", c.span)
	}
	fmt.Fprint(conn, "\r\n")
	begun := make([]byte, first)
	if _, err := io.ReadFull(conn, begun); err != nil {
		f.t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	if then != nil {
		then()
	}
	rest, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) { // one way of breaking off
		f.t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	return append(begun, rest...)
}

var (
	dateLine = regexp.MustCompile(`Date: [^\r]*\r\n`)
	anID     = regexp.MustCompile(`\b[A-Z2-7]{26}\b`) // rand.Text
	aDigest  = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
)

// legible is an answer as the golden file has it: without what changes from run to run, and
// with no more of a body that is no text than how long it is and whether it is right.
func legible(answer []byte, names map[string]string, right []byte) string {
	head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	text := string(body)
	switch {
	case len(body) == 0:
	case bytes.Equal(body, right):
		text = "<the right bytes>"
	case !json.Valid(body):
		text = fmt.Sprintf("<%d other bytes>", len(body))
	}
	out := dateLine.ReplaceAllString(string(head)+"\r\n", "")
	out = strings.ReplaceAll(out, "\r\n", "\n") + text
	out = aDigest.ReplaceAllStringFunc(out, func(d string) string {
		if names[d] != "" {
			return "sha256:" + names[d]
		}
		return "sha256:<of the denial>"
	})
	return anID.ReplaceAllString(strings.TrimRight(out, "\n"), "<ID>")
}

// Each family at each stage, as it goes over the wire of HTTP/1.1.
func TestDenials(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 2000)}})
	f.agent = "curl/8.5.0"
	f.denied(f.manifest("acme/bad", "latest"))
	f.inspected(img)
	names := map[string]string{img.Digest.String(): "<of the manifest>", img.Layers[0].Digest.String(): "<of the layer>"}
	var b strings.Builder
	for _, a := range agents {
		f.agent = a.agent
		for _, c := range cells("acme/bad", img) {
			right := img.Manifest
			if strings.Contains(c.path, "/blobs/") {
				right = img.Blobs[img.Layers[0].Digest]
			}
			got := legible(f.wire(c), names, right)
			if strings.Contains(got, "<the right bytes>") && (a.family != "podman" || strings.Contains(c.stage, "blob")) {
				t.Errorf("%s, %s: the content was given away", a.family, c.stage)
			}
			fmt.Fprintf(&b, "## %s, %s, %s\n%s\n\n", a.family, c.stage, c.method, got)
		}
	}
	golden(t, "denials.golden", b.String())
}

// Without sticky denials every family is answered as an unknown client is.
func TestDenialsByTheSpecificationAlone(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second, rfc: true})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 2000)}})
	f.denied(f.manifest("acme/bad", "latest"))
	f.inspected(img)
	for _, c := range cells("acme/bad", img) {
		f.agent = ""
		want := legible(f.wire(c), nil, nil)
		if !strings.HasPrefix(want, "HTTP/1.1 403 Forbidden\n") || c.method == "GET" && !strings.Contains(want, `"DENIED"`) {
			t.Errorf("%s: %s", c.stage, want)
		}
		for _, a := range agents {
			f.agent = a.agent
			if diff := cmp.Diff(want, legible(f.wire(c), nil, nil)); diff != "" {
				t.Errorf("%s, %s (-unknown +%s):\n%s", c.stage, c.method, a.family, diff)
			}
		}
	}
}

// The verdict comes when all but the tail was sent.
func TestDenialsInMidStream(t *testing.T) {
	var b strings.Builder
	for _, a := range agents {
		f := newFixture(t, settings{})
		f.agent = a.agent
		img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 400<<10)}})
		d := img.Layers[0]
		gate := testhub.NewGate(d.Size - 10)
		f.hub.SetFaults(testhub.Fault{Match: testhub.Blob(d.Digest), Gate: gate})
		if m := f.manifest("acme/bad", "latest"); m.status != http.StatusOK {
			t.Fatalf("manifest: %d", m.status)
		}
		answer := f.wireAfter(cell{method: "GET", path: path("blobs", "acme/bad", d.Digest)}, int(d.Size/2), gate.Open)
		names := map[string]string{d.Digest.String(): "<of the layer>"}
		head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
		right := img.Blobs[d.Digest]
		if !bytes.HasPrefix(right, body) || int64(len(body)) > d.Size-32<<10 {
			t.Errorf("%s: %d of %d bytes were given, or others", a.family, len(body), d.Size)
		}
		fmt.Fprintf(&b, "## %s, blob, in mid-stream, GET\n%s\n\n", a.family, legible(append(head, "\r\n\r\n"...), names, nil)+"\n<broken off>")
		f.inspected(img)
		again := legible(f.wire(cell{method: "GET", path: path("blobs", "acme/bad", d.Digest), span: "bytes=1000-"}), names, right)
		fmt.Fprintf(&b, "## %s, and the rest of it, asked for again\n%s\n\n", a.family, again)
	}
	golden(t, "denials_midstream.golden", b.String())
}

// HTTP/2 has no reason phrase: containerd before 2.3 is stopped in two steps.
func TestDenialsOverHTTP2(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 2000)}})
	f.denied(f.manifest("acme/bad", "latest"))
	srv := httptest.NewUnstartedServer(f.server.Handler())
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	ask := func(method, path, accept string) (*http.Response, string, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", "containerd/1.7.35")
		req.Header.Set("Accept", accept)
		res, err := client.Transport.RoundTrip(req)
		if err != nil {
			return nil, "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, string(body), err
	}
	byDigest := "/v2/acme/bad/manifests/" + img.Digest.String()
	res, _, err := ask("HEAD", byDigest, resolving)
	if err != nil || res.ProtoMajor != 2 || res.StatusCode != http.StatusOK || res.ContentLength != -1 || res.Header.Get("Docker-Content-Digest") != "" {
		t.Errorf("HEAD by digest: %+v, %v", res, err)
	}
	res, _, err = ask("GET", byDigest, resolving)
	if err != nil || res.StatusCode != http.StatusTemporaryRedirect || !strings.Contains(res.Header.Get("Location"), "marker/found") {
		t.Errorf("GET by digest: %+v, %v", res, err)
	}
	if _, err := client.Do(res.Request.Clone(t.Context())); err == nil || !strings.Contains(err.Error(), "marker/found") {
		t.Errorf("Go's client goes on: %v", err)
	}
	res, _, err = ask("HEAD", "/v2/acme/bad/manifests/latest", resolving)
	if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Docker-Content-Digest"), "marker/found") || res.ContentLength < 1 {
		t.Errorf("HEAD by tag: %+v, %v", res, err)
	}
	res, body, err := ask("GET", byDigest, fetching)
	if err == nil || res == nil || res.StatusCode != http.StatusOK || body != "" {
		t.Errorf("GET of a member: %+v, %d bytes, %v", res, len(body), err)
	}
	res, body, err = ask("GET", path("blobs", "acme/bad", img.Layers[0].Digest), "")
	if err == nil || res == nil || res.StatusCode != http.StatusOK || body != "" {
		t.Errorf("GET of a blob: %+v, %d bytes, %v", res, len(body), err)
	}
}

// What containerd is refused gives it nothing that it could keep, and where all was asked for, an
// error that is none of the connection's.
func TestNothingIsKeptOfWhatIsRefused(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	img := f.push("acme/bad", testimage.Spec{Layers: []testimage.Layer{layer("x", marker, 2000)}})
	f.denied(f.manifest("acme/bad", "latest"))
	f.inspected(img)
	f.agent = containerdAgent
	layer := path("blobs", "acme/bad", img.Layers[0].Digest)
	whole := f.do(http.MethodGet, layer, "Accept-Encoding", accepting)
	b, err := io.ReadAll(flate.NewReader(bytes.NewReader(whole.body)))
	if corrupt := flate.CorruptInputError(0); whole.status != http.StatusOK || whole.header.Get("Content-Encoding") != "deflate" || len(b) > 0 || !errors.As(err, &corrupt) {
		t.Errorf("%d, %d bytes, %v", whole.status, len(b), err)
	}
	for _, header := range [][]string{nil, {"Range", "bytes=0-"}, {"Range", "bytes=1000-", "Accept-Encoding", accepting}, {"Range", "bytes=-1"}} {
		if a := f.do(http.MethodGet, layer, header...); a.status != http.StatusOK && a.status != http.StatusPartialContent || len(a.body) > 0 || !errors.Is(a.broken, io.ErrUnexpectedEOF) {
			t.Errorf("%v: %d, %d bytes, %v", header, a.status, len(a.body), a.broken)
		}
	}
}

// podman is given what it asks for by digest, if the blobs of it are refused.
func TestWhatPodmanIsGiven(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	good := f.push("acme/multi", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1000)}})
	bad := f.push("acme/multi", testimage.Spec{Arch: "arm64", Layers: []testimage.Layer{layer("y", marker, 1000)}})
	index := testimage.Index(false, good, bad)
	if err := f.hub.PushIndex(t.Context(), "acme/multi", "latest", index); err != nil {
		t.Fatal(err)
	}
	named := f.push("acme/ngnix", testimage.Spec{Layers: []testimage.Layer{layer("z", "text", 1000)}})
	f.denied(f.manifest("acme/multi", bad.Digest.String()))
	f.agent = podmanAgent
	if a := f.manifest("acme/multi", index.Digest.String()); !bytes.Equal(a.body, index.Manifest) {
		t.Errorf("the index: %d %s", a.status, a.body)
	}
	if a := f.manifest("acme/multi", bad.Digest.String()); !bytes.Equal(a.body, bad.Manifest) {
		t.Errorf("the member: %d %s", a.status, a.body)
	}
	for d := range bad.Blobs {
		f.denied(f.blob("acme/multi", d), "marker/found")
	}
	if a := f.manifest("acme/ngnix", named.Digest.String()); a.status != http.StatusOK || oci.DigestOf(a.body) == named.Digest {
		t.Errorf("of a name that is refused: %d %s", a.status, a.body)
	}
}

// Which members refuse an index.
func TestRefuseIndex(t *testing.T) {
	type row struct {
		refuse             proxy.RefuseIndex
		one, all, attested bool
	}
	for _, want := range []row{{"", true, true, true}, {proxy.RefuseIndexAny, true, true, true}, {proxy.RefuseIndexAll, false, true, true}, {proxy.RefuseIndexNever, false, false, false}} {
		f := newFixture(t, settings{wait: 15 * time.Second, refuseIndex: want.refuse})
		good := f.push("acme/multi", testimage.Spec{Layers: []testimage.Layer{layer("x", "text", 1000)}})
		bad := f.push("acme/multi", testimage.Spec{Arch: "arm64", Layers: []testimage.Layer{layer("y", marker, 1000)}})
		worse := f.push("acme/multi", testimage.Spec{Arch: "riscv64", Layers: []testimage.Layer{layer("z", marker, 1000)}})
		f.denied(f.manifest("acme/multi", bad.Digest.String()))
		f.denied(f.manifest("acme/multi", worse.Digest.String()))
		attested := testimage.Index(false, bad, worse, good)
		var doc map[string]any
		if err := json.Unmarshal(attested.Manifest, &doc); err != nil {
			t.Fatal(err)
		}
		doc["manifests"].([]any)[2].(map[string]any)["annotations"] = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
		var err error
		if attested.Manifest, err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
		attested.Digest = oci.DigestOf(attested.Manifest)
		for tag, index := range map[string]testimage.IndexImage{"one": testimage.Index(false, good, bad), "all": testimage.Index(false, bad, worse), "attested": attested} {
			if err := f.hub.PushIndex(t.Context(), "acme/multi", tag, index); err != nil {
				t.Fatal(err)
			}
		}
		got := row{want.refuse, f.manifest("acme/multi", "one").status == 403, f.manifest("acme/multi", "all").status == 403, f.manifest("acme/multi", "attested").status == 403}
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// What people read.
func TestRefusalTexts(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second})
	var b strings.Builder
	say := func(what string, a answer) {
		var doc struct{ Errors []struct{ Message string } }
		if err := json.Unmarshal(a.body, &doc); err != nil || len(doc.Errors) != 1 {
			t.Fatalf("%s: %d %s", what, a.status, a.body)
		}
		text := doc.Errors[0].Message
		if len(text) > 1200 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: %d bytes, or not printable", what, len(text))
		}
		fmt.Fprintf(&b, "## %s\n%s\n\n", what, anID.ReplaceAllString(text, "<ID>"))
	}
	file := func(path string) testimage.Spec {
		return testimage.Spec{Layers: []testimage.Layer{{Compression: "gzip", Files: []testimage.File{{Path: path, Body: []byte(marker)}}}}}
	}
	img := f.push("library/app", file("usr/bin/app"))
	say("by tag", f.manifest("library/app", "latest"))
	say("by digest", f.manifest("library/app", img.Digest.String()))
	say("a blob", f.blob("library/app", img.Layers[0].Digest))
	f.push("acme/ngnix", file("a"))
	say("a name", f.manifest("acme/ngnix", "latest"))
	broken := testimage.Noise("broken", 5000)
	copy(broken, "\x1f\x8b\x08\x00")
	f.push("acme/broken", testimage.Spec{Layers: []testimage.Layer{{Raw: broken, Compression: "gzip"}}})
	say("what cannot be inspected", f.manifest("acme/broken", "latest"))
	long := "acme/" + strings.Repeat("very-long-name-", 12) + "end"
	f.push(long, file("opt/"+strings.Repeat("deep/", 100)+"dir/kworkerd"))
	say("a long name and a long path", f.manifest(long, "latest"))
	f.push("acme/letters", file("opt/caf\u00e9\r\nX-Injected: 1/\x1b[31mred"))
	say("letters that are none", f.manifest("acme/letters", "latest"))
	arm := f.push("acme/multi", testimage.Spec{Arch: "arm64", Layers: file("srv/x").Layers})
	if err := f.hub.PushIndex(t.Context(), "acme/multi", "latest", testimage.Index(false, arm)); err != nil {
		t.Fatal(err)
	}
	say("a member", f.manifest("acme/multi", arm.Digest.String()))
	say("an index with that member", f.manifest("acme/multi", "latest"))
	golden(t, "denial_texts.golden", b.String())
}
