package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// conformanceReports is where the suite's reports are kept, a folder a form.
const conformanceReports = "../dist/conformance"

// The conformance suite of the OCI Distribution Specification, of the version in
// conformance/go.mod, as far as it concerns a registry that takes no pushes: pull and content
// discovery, of Docker Hub's repositories and of another registry's by their path.
func TestConformance(t *testing.T) {
	suite := filepath.Join(t.TempDir(), "conformance")
	build := exec.Command("go", "build", "-o", suite, "github.com/opencontainers/distribution-spec/conformance")
	build.Dir = "conformance"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the suite: %v\n%s", err, out)
	}
	hub, other := startHub(t), startHub(t)
	m := startMirror(t, hub.URL(), "", "LAZARET_UPSTREAMS="+upstreamsFile(t, "registry.example.com", other.URL()))
	for form, at := range map[string]struct {
		hub    *testhub.Hub
		prefix string
	}{"hub": {hub, ""}, "path": {other, "registry.example.com/"}} {
		t.Run(form, func(t *testing.T) {
			const repository = "conformance/repo1"
			env := append(os.Environ(), readOnlyData(t, at.hub, repository)...)
			reports, err := filepath.Abs(filepath.Join(conformanceReports, form))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(reports, 0o755); err != nil {
				t.Fatal(err)
			}
			env = append(env, "OCI_VERSION=1.1", "OCI_REGISTRY="+strings.TrimPrefix(m.url, "http://"), "OCI_TLS=disabled",
				"OCI_REPO1="+at.prefix+repository, "OCI_API_PUSH=false", "OCI_API_BLOBS_DELETE=false", "OCI_API_MANIFESTS_DELETE=false", "OCI_API_TAGS_DELETE=false")
			run := func(settings ...string) (string, error) {
				cmd := exec.CommandContext(patient(t), suite)
				cmd.Dir = t.TempDir()
				cmd.Env = append(append(env, "OCI_RESULTS_DIR="+reports), settings...)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			// All of it: ping, what there is nothing of, what is read, errors. The suite does not
			// get as far as its report where pushes are disabled; what it prints before says all.
			out, _ := run()
			checkOutput(t, out)
			if err := os.WriteFile(filepath.Join(reports, "summary.txt"), []byte(out), 0o644); err != nil {
				t.Error(err)
			}
			// And what is read again, of which it can write a report.
			if out, err := run("OCI_FILTER_TEST=OCI Conformance Test/read-only"); err != nil {
				t.Errorf("the suite: %v\n%s", err, out)
			}
			checkReport(t, filepath.Join(reports, "results.yaml"))
		})
	}
}

// upstreamsFile writes a file of one further registry.
func upstreamsFile(t *testing.T, registry, url string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "upstreams.yaml")
	write(t, name, "upstreams:\n  - registry: "+registry+"\n    url: "+url+"\n")
	return name
}

// readOnlyData pushes what the suite is to read, and says so to it: images, an index, and an
// artifact that refers to an image.
func readOnlyData(t *testing.T, hub *testhub.Hub, repository string) []string {
	t.Helper()
	var manifests, blobs []string
	note := func(img testimage.Image) {
		manifests = append(manifests, img.Digest.String())
		for d := range img.Blobs {
			blobs = append(blobs, d.String())
		}
	}
	img := push(t, hub, repository, "image", testimage.Clean("conformance", 1<<20))
	note(img)
	var members []testimage.Image
	for _, seed := range []string{"amd64", "arm64"} {
		member := push(t, hub, repository, seed, testimage.Clean(seed, 1<<18))
		members = append(members, member)
		note(member)
	}
	idx := testimage.Index(false, members...)
	if err := hub.PushIndex(t.Context(), repository, "multi", idx); err != nil {
		t.Fatal(err)
	}
	manifests = append(manifests, idx.Digest.String())
	subject := oci.Descriptor{MediaType: oci.MediaTypeOCIManifest, Digest: img.Digest, Size: int64(len(img.Manifest))}
	for _, kind := range []string{"application/spdx+json", "application/vnd.example.signature"} {
		d, err := hub.PushReferrer(t.Context(), repository, subject, kind, []byte(`{"of":"`+kind+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		manifests = append(manifests, d.Digest.String())
	}
	return []string{
		"OCI_RO_DATA_TAGS=image multi", "OCI_RO_DATA_MANIFESTS=" + strings.Join(manifests, " "),
		"OCI_RO_DATA_BLOBS=" + strings.Join(blobs, " "), "OCI_RO_DATA_REFERRERS=" + img.Digest.String(),
	}
}

// checkOutput wants that the suite ran to its end, that it tried what a registry answers that
// takes no pushes, and that nothing failed.
func checkOutput(t *testing.T, out string) {
	t.Helper()
	summary, _, _ := strings.Cut(out, "panic:")
	for _, want := range []string{
		"OCI Conformance Test/ping: Pass", "OCI Conformance Test/empty/tag list: Pass", "OCI Conformance Test/empty/referrers: Pass",
		"OCI Conformance Test/missing-manifest/by-digest: Pass", "OCI Conformance Test/missing-manifest/by-tag: Pass",
		"OCI Conformance Test/invalid-digest-format/manifest-get: Pass",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the suite does not say %q", want)
		}
	}
	for line := range strings.Lines(summary) {
		if strings.Contains(line, ": FAIL") || strings.Contains(line, ": Error") {
			t.Errorf("the suite says %s", line)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// checkReport wants that the suite found all of a mirror's interfaces in order.
func checkReport(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		APIs map[string]string `yaml:"apis"`
	}
	if err := yaml.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	for _, api := range []string{"Tag listing", "Blob get", "Blob head", "Manifest get by digest", "Manifest get by tag", "Manifest head by digest", "Manifest head by tag", "Referrers"} {
		if got := report.APIs[api]; got != "Pass" {
			t.Errorf("%s: %q", api, got)
		}
	}
}
