package testhub_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

func TestPushRefuses(t *testing.T) {
	hub := start(t, testhub.Config{})
	img, err := testimage.Build(testimage.Clean("a", small))
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Push(t.Context(), "Not/A/Name", "latest", img); err == nil {
		t.Error("a wrong name was taken")
	}
	if err := hub.Push(t.Context(), "nginx", "not a tag", img); err == nil {
		t.Error("a wrong tag was taken")
	}
	delete(img.Blobs, img.Layers[0].Digest)
	if err := hub.Push(t.Context(), "other", "latest", img); err == nil {
		t.Error("an image without a layer was taken")
	}
	img.Blobs[img.Layers[0].Digest] = []byte("other bytes")
	if err := hub.Push(t.Context(), "other", "latest", img); err == nil {
		t.Error("a layer with a wrong digest was taken")
	}
}

func TestPushMovesATag(t *testing.T) {
	hub := start(t, testhub.Config{})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	second := push(t, hub, "nginx", "latest", testimage.Clean("b", small))
	got, err := pull(t.Context(), hub.URL(), "library/nginx:latest")
	if err != nil || got != second.Digest.String() {
		t.Errorf("pulled %q, %v; want %s", got, err, second.Digest)
	}
}

func TestPushBlob(t *testing.T) {
	hub := start(t, testhub.Config{})
	push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	blob := testimage.Noise("blob", 5<<19)
	d, err := hub.PushBlob(t.Context(), "nginx", blob)
	if err != nil {
		t.Fatal(err)
	}
	res := login(t, hub, "library/nginx").do("GET", "/v2/library/nginx/blobs/"+d.String())
	if !bytes.Equal(res.body, blob) {
		t.Errorf("%d, %d bytes, not the blob", res.StatusCode, len(res.body))
	}
}

func TestPushManifestRaw(t *testing.T) {
	hub := start(t, testhub.Config{})
	body := []byte(`{"schemaVersion": 2, "nobody": "would take this"}`)
	ref := oci.DigestOf([]byte("something else")).String()
	for _, ref := range []string{"broken", ref} {
		if _, err := hub.PushManifestRaw("nginx", ref, oci.MediaTypeOCIManifest, body); err != nil {
			t.Fatal(err)
		}
		res := login(t, hub, "library/nginx").do("GET", "/v2/library/nginx/manifests/"+ref)
		got := []string{res.Status, res.Header.Get("Content-Type"), res.Header.Get("Docker-Content-Digest"), string(res.body)}
		want := []string{"200 OK", oci.MediaTypeOCIManifest, oci.DigestOf(body).String(), string(body)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ref, diff)
		}
	}
	img := push(t, hub, "nginx", "broken", testimage.Clean("a", small)) // takes its place
	if res := login(t, hub, "library/nginx").do("HEAD", "/v2/library/nginx/manifests/broken"); res.Header.Get("Docker-Content-Digest") != img.Digest.String() {
		t.Errorf("after a push the tag is %s, want %s", res.Header.Get("Docker-Content-Digest"), img.Digest)
	}
}

func TestReferrers(t *testing.T) {
	hub := start(t, testhub.Config{})
	img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	sbom, err := hub.PushReferrer(t.Context(), "nginx", img.Descriptor(), "application/spdx+json", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := hub.PushReferrer(t.Context(), "nginx", img.Descriptor(), "application/vnd.example.signature", []byte("signed"))
	if err != nil {
		t.Fatal(err)
	}
	c := login(t, hub, "library/nginx")
	if res := c.do("GET", "/v2/library/nginx/manifests/"+sig.Digest.String()); oci.DigestOf(res.body) != sig.Digest {
		t.Errorf("the artifact itself: %d %s", res.StatusCode, res.body)
	}
	for name, test := range map[string]struct {
		path, filters string
		want          []oci.Descriptor
	}{
		"all":    {img.Digest.String(), "", []oci.Descriptor{sbom, sig}},
		"filter": {img.Digest.String() + "?artifactType=application/spdx%2Bjson", "artifactType", []oci.Descriptor{sbom}},
		"none":   {sig.Digest.String(), "", []oci.Descriptor{}},
	} {
		res := c.do("GET", "/v2/library/nginx/referrers/"+test.path)
		m, err := oci.ParseManifest(res.body)
		if err != nil {
			t.Fatalf("%s: %d %s: %v", name, res.StatusCode, res.body, err)
		}
		if diff := cmp.Diff(test.want, m.Manifests); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := res.Header.Get("OCI-Filters-Applied"); got != test.filters {
			t.Errorf("%s: OCI-Filters-Applied is %q", name, got)
		}
		if got := res.Header.Get("Content-Type"); got != oci.MediaTypeOCIIndex {
			t.Errorf("%s: Content-Type is %q", name, got)
		}
	}
	if res := c.do("GET", "/v2/library/nginx/referrers/sha256:short"); res.StatusCode != 400 || code(t, res.body) != "DIGEST_INVALID" {
		t.Errorf("a malformed digest: %d %s", res.StatusCode, res.body)
	}
}

func TestTagsList(t *testing.T) {
	hub := start(t, testhub.Config{})
	for _, tag := range []string{"v1", "v2", "v3"} {
		push(t, hub, "nginx", tag, testimage.Clean("a", small))
	}
	res := login(t, hub, "library/nginx").do("GET", "/v2/library/nginx/tags/list?n=2")
	if got, want := strings.TrimSpace(string(res.body)), `{"name":"library/nginx","tags":["v1","v2"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if res.Header.Get("Link") == "" {
		t.Error("no Link to the rest")
	}
}
