package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// An exchange is one request and what its answer must be.
type exchange struct {
	name   string
	method string
	path   string
	header map[string]string

	status int
	code   string            // of the OCI error body; "" for none
	want   map[string]string // headers; "" means absent
	body   []byte            // nil: not compared
}

func (e exchange) run(t *testing.T, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(patient(t), e.method, url+e.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range e.header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != e.status {
		t.Errorf("status %d, want %d: %.300s", res.StatusCode, e.status, body)
	}
	if got := res.Header.Get("Docker-Distribution-Api-Version"); got != "registry/2.0" {
		t.Errorf("Docker-Distribution-Api-Version: %q", got)
	}
	for k, want := range e.want {
		if got := res.Header.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
	if e.body != nil && !bytes.Equal(body, e.body) {
		t.Errorf("body has %d bytes, want %d others", len(body), len(e.body))
	}
	if e.code == "" || e.method == http.MethodHead {
		return
	}
	var doc struct {
		Errors []struct{ Code, Message string }
	}
	if err := json.Unmarshal(body, &doc); err != nil || len(doc.Errors) != 1 || doc.Errors[0].Code != e.code || doc.Errors[0].Message == "" {
		t.Errorf("error body %s, want one error with code %s and a message", body, e.code)
	}
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type of the error: %q", got)
	}
}

func TestAPI(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean1", 1<<20))
	docker := push(t, hub, "library/docker", "latest", testimage.Spec{Docker: true, Layers: []testimage.Layer{{Compression: "gzip", Files: []testimage.File{{Path: "a", Body: []byte("a")}}}}})
	for i := range 5 {
		push(t, hub, "library/clean", fmt.Sprintf("v%d", i), testimage.Clean("clean1", 1<<20))
	}
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=20s")
	d, layer := img.Digest.String(), img.Layers[len(img.Layers)-1]
	blob, content := "/v2/library/clean/blobs/"+layer.Digest.String(), img.Blobs[layer.Digest]
	size := fmt.Sprint(layer.Size)
	absent := "sha256:" + strings.Repeat("0", 64)
	manifestHeaders := map[string]string{
		"Content-Type": img.MediaType, "Docker-Content-Digest": d, "Etag": `"` + d + `"`, "Content-Length": fmt.Sprint(len(img.Manifest)),
	}
	blobHeaders := map[string]string{
		"Content-Type": "application/octet-stream", "Docker-Content-Digest": layer.Digest.String(), "Etag": `"` + layer.Digest.String() + `"`,
		"Content-Length": size, "Accept-Ranges": "bytes",
	}
	h := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	tests := []exchange{
		{name: "base", method: "GET", path: "/v2/", status: 200, body: []byte("{}")},
		{name: "base HEAD", method: "HEAD", path: "/v2/", status: 200},
		{name: "manifest by tag", method: "GET", path: "/v2/library/clean/manifests/latest", status: 200, want: manifestHeaders, body: img.Manifest},
		{name: "manifest without library", method: "GET", path: "/v2/clean/manifests/latest", status: 200, want: manifestHeaders, body: img.Manifest},
		{name: "manifest HEAD", method: "HEAD", path: "/v2/library/clean/manifests/latest", status: 200, want: manifestHeaders},
		{name: "manifest by digest", method: "GET", path: "/v2/library/clean/manifests/" + d, status: 200, want: manifestHeaders, body: img.Manifest},
		{name: "schema 2", method: "GET", path: "/v2/library/docker/manifests/latest", status: 200, want: h("Content-Type", docker.MediaType), body: docker.Manifest},
		{name: "manifest not modified", method: "GET", path: "/v2/library/clean/manifests/latest", header: h("If-None-Match", `"`+d+`"`), status: 304, want: h("Etag", `"`+d+`"`)},
		{name: "manifest unknown", method: "GET", path: "/v2/library/clean/manifests/nope", status: 404, code: "MANIFEST_UNKNOWN"},
		{name: "manifest unknown HEAD", method: "HEAD", path: "/v2/library/clean/manifests/nope", status: 404},
		{name: "manifest digest unknown", method: "GET", path: "/v2/library/clean/manifests/" + absent, status: 404, code: "MANIFEST_UNKNOWN"},
		{name: "bad tag", method: "GET", path: "/v2/library/clean/manifests/-nope", status: 400, code: "TAG_INVALID"},
		{name: "bad digest", method: "GET", path: "/v2/library/clean/manifests/sha256:12", status: 400, code: "DIGEST_INVALID"},
		{name: "bad name", method: "GET", path: "/v2/Library/clean/manifests/latest", status: 400, code: "NAME_INVALID"},
		{name: "blob", method: "GET", path: blob, status: 200, want: blobHeaders, body: content},
		{name: "blob HEAD", method: "HEAD", path: blob, status: 200, want: blobHeaders},
		{name: "blob not modified", method: "GET", path: blob, header: h("If-None-Match", `"`+layer.Digest.String()+`"`), status: 304},
		{name: "range", method: "GET", path: blob, header: h("Range", "bytes=10-19"), status: 206, want: h("Content-Range", "bytes 10-19/"+size, "Content-Length", "10"), body: content[10:20]},
		{name: "range to the end", method: "GET", path: blob, header: h("Range", "bytes=100-"), status: 206, want: h("Content-Range", fmt.Sprintf("bytes 100-%d/%s", layer.Size-1, size)), body: content[100:]},
		{name: "range of the last bytes", method: "GET", path: blob, header: h("Range", "bytes=-5"), status: 206, body: content[len(content)-5:]},
		{name: "range not satisfiable", method: "GET", path: blob, header: h("Range", "bytes="+size+"-"), status: 416, want: h("Content-Range", "bytes */"+size)},
		{name: "blob unknown", method: "GET", path: "/v2/library/clean/blobs/" + absent, status: 404, code: "BLOB_UNKNOWN"},
		{name: "blob of another repository", method: "GET", path: "/v2/library/docker/blobs/" + layer.Digest.String(), status: 404, code: "BLOB_UNKNOWN"},
		{name: "blob bad digest", method: "GET", path: "/v2/library/clean/blobs/sha256:zz", status: 400, code: "DIGEST_INVALID"},
		{name: "no endpoint", method: "GET", path: "/v2/library/clean/nothing/here", status: 404, code: "UNSUPPORTED"},
		{name: "push manifest", method: "PUT", path: "/v2/library/clean/manifests/latest", status: 405, code: "UNSUPPORTED", want: h("Allow", "GET, HEAD")},
		{name: "push blob", method: "POST", path: "/v2/library/clean/blobs/uploads/", status: 405, code: "UNSUPPORTED"},
		{name: "push chunk", method: "PATCH", path: "/v2/library/clean/blobs/uploads/abc", status: 405, code: "UNSUPPORTED"},
		{name: "delete", method: "DELETE", path: "/v2/library/clean/manifests/" + d, status: 405, code: "UNSUPPORTED"},
		{name: "tags", method: "GET", path: "/v2/library/clean/tags/list", status: 200, body: []byte(`{"name":"library/clean","tags":["latest","v0","v1","v2","v3","v4"]}`)},
		{name: "tags, first page", method: "GET", path: "/v2/library/clean/tags/list?n=2", status: 200, want: h("Link", `</v2/library/clean/tags/list?last=v0&n=2>; rel="next"`), body: []byte(`{"name":"library/clean","tags":["latest","v0"]}`)},
		{name: "tags, last page", method: "GET", path: "/v2/library/clean/tags/list?n=9&last=v2", status: 200, want: h("Link", ""), body: []byte(`{"name":"library/clean","tags":["v3","v4"]}`)},
		{name: "tags, none asked", method: "GET", path: "/v2/library/clean/tags/list?n=0", status: 200, body: []byte(`{"name":"library/clean","tags":[]}`)},
		{name: "tags, bad page", method: "GET", path: "/v2/library/clean/tags/list?n=x", status: 400, code: "PAGINATION_NUMBER_INVALID"},
		{name: "tags of nothing", method: "GET", path: "/v2/acme/nothing/tags/list", status: 404, code: "NAME_UNKNOWN"},
		{name: "referrers, none", method: "GET", path: "/v2/library/docker/referrers/" + docker.Digest.String(), status: 200, want: h("Content-Type", "application/vnd.oci.image.index.v1+json")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, m.url) })
	}
}

func TestReferrers(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean2", 1<<20))
	const kind = "application/vnd.example.signature"
	referrer, err := hub.PushReferrer(t.Context(), "library/clean", img.Descriptor(), kind, []byte("a signature"))
	if err != nil {
		t.Fatal(err)
	}
	m := startMirror(t, hub.URL(), "")
	list := func(query string) []string {
		t.Helper()
		status, _, body := get(t, m.url+"/v2/clean/referrers/"+img.Digest.String()+query)
		var index struct {
			Manifests []struct{ Digest, ArtifactType string }
		}
		if err := json.Unmarshal(body, &index); err != nil || status != http.StatusOK {
			t.Fatalf("%d %v %s", status, err, body)
		}
		var out []string
		for _, d := range index.Manifests {
			out = append(out, d.Digest+" "+d.ArtifactType)
		}
		return out
	}
	if diff := cmp.Diff([]string{referrer.Digest.String() + " " + kind}, list("")); diff != "" {
		t.Error(diff)
	}
}

// crane, an independent client, pulls images and an index through the mirror.
func TestCrane(t *testing.T) {
	hub := startHub(t)
	amd := push(t, hub, "library/multi", "amd64", testimage.Clean("clean3", 1<<20))
	arm := push(t, hub, "library/multi", "arm64", testimage.Spec{Arch: "arm64", Layers: []testimage.Layer{{Compression: "gzip", Files: []testimage.File{{Path: "etc/os-release", Body: []byte("ID=test\n")}}}}})
	index := testimage.Index(false, amd, arm)
	if err := hub.PushIndex(t.Context(), "library/multi", "latest", index); err != nil {
		t.Fatal(err)
	}
	m := startMirror(t, hub.URL(), "")
	host := strings.TrimPrefix(m.url, "http://")
	if got, err := crane.Digest(host+"/library/multi:latest", crane.Insecure); err != nil || got != index.Digest.String() {
		t.Errorf("digest of the index: %s %v, want %s", got, err, index.Digest)
	}
	for _, img := range []testimage.Image{amd, arm} {
		got, err := crane.Pull(host+"/library/multi@"+img.Digest.String(), crane.Insecure)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(got); err != nil { // reads every layer and checks every digest
			t.Errorf("%s: %v", img.Digest, err)
		}
	}
	tags, err := crane.ListTags(host+"/library/multi", crane.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"amd64", "arm64", "latest"}, tags); diff != "" {
		t.Error(diff)
	}
}

// While upstream is down or limits the rate, what is stored and passes is still served.
func TestUpstreamIsOut(t *testing.T) {
	for name, faults := range map[string]testhub.Fault{
		"rate limit": {Status: http.StatusTooManyRequests},
		"errors":     {Status: http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			hub := startHub(t)
			img := push(t, hub, "library/clean", "latest", testimage.Clean("clean4", 1<<20))
			push(t, hub, "library/coolapp", "latest", testimage.Miner("miner5", 1<<20))
			m := startMirror(t, hub.URL(), "", "LAZARET_TAG_TTL=0s", "LAZARET_MANIFEST_WAIT=20s", "LAZARET_UPSTREAM_RETRIES=0")
			if err := pullRaw(m.url, "library/clean", "latest", img); err != nil {
				t.Fatal(err)
			}
			if status, _, _ := get(t, m.url+"/v2/library/coolapp/manifests/latest"); status != http.StatusForbidden {
				t.Fatalf("the miner: %d", status)
			}
			hub.SetFaults(faults)
			status, header, body := get(t, m.url+"/v2/library/clean/manifests/latest")
			if status != http.StatusOK || !bytes.Equal(body, img.Manifest) || !strings.HasPrefix(header.Get("Warning"), "110 ") {
				t.Errorf("stored: %d, Warning %q", status, header.Get("Warning"))
			}
			if err := pullRaw(m.url, "library/clean", "latest", img); err != nil {
				t.Error(err)
			}
			if status, _, _ := get(t, m.url+"/v2/library/coolapp/manifests/latest"); status != http.StatusForbidden {
				t.Errorf("the miner while upstream is out: %d", status)
			}
			want := http.StatusBadGateway
			if faults.Status == http.StatusTooManyRequests {
				want = http.StatusTooManyRequests
			}
			if status, _, body := get(t, m.url+"/v2/library/other/manifests/latest"); status != want {
				t.Errorf("what is not stored: %d %s, want %d", status, body, want)
			}
		})
	}
}

// Upstream's bytes are never believed.
func TestUpstreamSendsWrongBytes(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "library/clean", "latest", testimage.Clean("clean6", 1<<20))
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=0s")
	if status, _, _ := get(t, m.url+"/v2/library/clean/manifests/latest"); status != http.StatusOK {
		t.Fatalf("manifest: %d", status)
	}
	waitFor(t, "the first inspection", func() bool { return len(m.lines("inspected")) >= len(img.Blobs) })

	other := push(t, hub, "library/other", "latest", testimage.Clean("clean7", 2<<20))
	hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, FlipByte: 100})
	if err := pullRaw(m.url, "library/other", "latest", other); err == nil {
		t.Error("a corrupt image was pulled")
	}
	hub.SetFaults()
	// A download that began before may still be on its way to its end; the next one is right.
	waitFor(t, "a pull after upstream mended", func() bool { return pullRaw(m.url, "library/other", "latest", other) == nil })
}
