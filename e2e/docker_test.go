package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// diffIDs returns the digests of an image's uncompressed layers, as its config has them.
func diffIDs(t *testing.T, img testimage.Image) []string {
	t.Helper()
	var config struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := json.Unmarshal(img.Config, &config); err != nil {
		t.Fatal(err)
	}
	return config.RootFS.DiffIDs
}

// checkPulls pulls a reference and compares the layers that dockerd unpacked.
func checkPulls(t *testing.T, d *dockerd, reference string, img testimage.Image) {
	t.Helper()
	if o := d.docker(patient(t), "pull", reference); o.err != nil {
		t.Fatalf("docker pull %s: %v\n%s", reference, o.err, o.out)
	}
	o := d.docker(patient(t), "inspect", "--format", "{{json .RootFS.Layers}}", reference)
	if o.err != nil {
		t.Fatalf("docker inspect %s: %v\n%s", reference, o.err, o.out)
	}
	var layers []string
	if err := json.Unmarshal([]byte(o.out), &layers); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(diffIDs(t, img), layers); diff != "" {
		t.Errorf("layers of %s: %s", reference, diff)
	}
}

// checkRefused pulls a reference and wants the reason in docker's own output, no image,
// and nobody gone to Docker Hub.
func checkRefused(t *testing.T, d *dockerd, reference string, reasons ...string) {
	t.Helper()
	o := d.docker(patient(t), "pull", reference)
	if o.err == nil {
		t.Fatalf("docker pull %s succeeded:\n%s", reference, o.out)
	}
	t.Logf("docker pull %s:\n%s", reference, o.out)
	for _, want := range append(reasons, "refused by Lazaret") {
		if !strings.Contains(strings.ToLower(o.out), strings.ToLower(want)) {
			t.Errorf("docker pull %s does not say %q", reference, want)
		}
	}
	name, _, _ := strings.Cut(reference, "@")
	name, _, _ = strings.Cut(name, ":")
	for _, image := range d.images() {
		if strings.HasPrefix(image, name+":") || strings.Contains(image, "<none>") {
			t.Errorf("docker images has %s", image)
		}
	}
	if asked := d.hub.requests(); len(asked) > 0 {
		t.Errorf("dockerd went to %v", asked)
	}
}

// checkNoWholeLayer wants that the last layer of img, the one that is refused or that the
// image's verdict holds, did not leave the mirror whole, by its own log. Those below it
// pass by their own verdict.
func checkNoWholeLayer(t *testing.T, m *mirror, img testimage.Image) {
	t.Helper()
	sizes := map[string]int64{}
	for _, l := range img.Layers[len(img.Layers)-1:] {
		sizes[l.Digest.String()] = l.Size
	}
	for _, msg := range []string{"pull", "refused"} {
		for _, line := range m.lines(msg) {
			size, isLayer := sizes[line["digest"].(string)]
			if isLayer && line["kind"] == "blob" && int64(line["bytes"].(float64)) >= size {
				t.Errorf("layer %s was served whole: %v", line["digest"], line)
			}
		}
	}
}

func TestDockerPullsWhatIsClean(t *testing.T) {
	hub := startHub(t)
	clean := push(t, hub, "library/clean", "latest", testimage.Clean("clean1", 3<<20))
	other := push(t, hub, "bitnami/redis", "7", testimage.Clean("clean2", 1<<20))
	leaky := push(t, hub, "acme/leaky", "latest", testimage.LeakedSecret("leakedsecret3", 1<<20))
	m := startMirror(t, hub.URL(), "")
	d := startDockerd(t, m.url)

	checkPulls(t, d, "clean", clean)
	checkPulls(t, d, "clean@"+clean.Digest.String(), clean)
	checkPulls(t, d, "bitnami/redis:7", other)
	checkPulls(t, d, "acme/leaky", leaky)
	if asked := d.hub.requests(); len(asked) > 0 {
		t.Errorf("dockerd went to %v", asked)
	}
	warned := false
	for _, line := range m.lines("pull") {
		warned = warned || line["repository"] == "acme/leaky" && line["verdict"] == "warn"
		if line["repository"] == "bitnami/redis" && line["verdict"] != "allow" && line["verdict"] != "stream" {
			t.Errorf("bitnami/redis is not a plain pull: %v", line)
		}
	}
	if !warned {
		t.Error("no pull of acme/leaky was logged with a warning")
	}
}

func TestDockerIsRefusedAtTheManifest(t *testing.T) {
	hub := startHub(t)
	miner := push(t, hub, "library/coolapp", "latest", testimage.Miner("miner4", 4<<20))
	key := push(t, hub, "acme/helper", "v1", testimage.PlantedKey("plantedkey5", 1<<20))
	push(t, hub, "nginx-official/ngnix", "latest", testimage.Clean("clean6", 1<<20))
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=20s")
	d := startDockerd(t, m.url)

	// The first pull of all, and the next ones.
	for range 2 {
		checkRefused(t, d, "coolapp:latest", "is blocked", "miner", "layer sha256:")
		checkRefused(t, d, "acme/helper:v1", "is blocked", "backdoor", "authorized_keys")
		checkRefused(t, d, "nginx-official/ngnix:latest", "quarantine", "typosquat", "nginx")
		checkRefused(t, d, "coolapp@"+miner.Digest.String(), "is blocked", "miner")
		checkRefused(t, d, "acme/helper@"+key.Digest.String(), "is blocked")
	}
	for _, img := range []testimage.Image{miner, key} {
		for d := range img.Blobs {
			for _, line := range append(m.lines("pull"), m.lines("refused")...) {
				if line["kind"] == "blob" && line["digest"] == d.String() {
					t.Errorf("a blob of a refused image was asked for: %v", line)
				}
			}
		}
	}
}

// The verdict comes when the layer's last bytes do: after the manifest has been served.
func TestDockerIsRefusedInMidStream(t *testing.T) {
	for _, tt := range []struct{ name, reference string }{
		{"by tag", "coolapp:latest"},
		{"by digest", "coolapp@"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hub := startHub(t)
			miner := push(t, hub, "library/coolapp", "latest", testimage.Miner("miner7", 8<<20))
			m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=0s")
			d := startDockerd(t, m.url)
			reference := tt.reference
			if strings.HasSuffix(reference, "@") {
				reference += miner.Digest.String()
			}
			hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, BytesPerSecond: 4 << 20})
			checkRefused(t, d, reference, "is blocked", "miner", "no such process")
			checkNoWholeLayer(t, m, miner)
			begun := false
			for _, line := range m.lines("refused") {
				begun = begun || line["kind"] == "blob" && line["bytes"].(float64) > 1<<20
			}
			if !begun {
				t.Error("no blob was refused after more than 1 MiB of it was sent: the refusal was not in mid-stream")
			}
			// From now on it is refused at the manifest.
			checkRefused(t, d, reference, "is blocked", "miner")
		})
	}
}

// With nothing but clean layers it is the config that is refused: what it starts.
func TestDockerIsRefusedByTheConfig(t *testing.T) {
	hub := startHub(t)
	img := push(t, hub, "acme/tool", "latest", testimage.Spec{
		Layers: []testimage.Layer{{Compression: "gzip", Files: []testimage.File{{Path: "bin/tool", Body: testimage.Noise("tool", 3<<20), Mode: 0o755}}, CreatedBy: "COPY tool /bin"}},
		Cmd:    []string{"/bin/tool", "--algo", "rx/0", "--url", "stratum+tcp://" + "pool.supportxmr.com:3333", "--user", "x", "--donate-level", "1"},
	})
	m := startMirror(t, hub.URL(), "", "LAZARET_MANIFEST_WAIT=0s")
	d := startDockerd(t, m.url)
	hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, BytesPerSecond: 2 << 20})
	checkRefused(t, d, "acme/tool:latest", "is blocked", "miner")
	checkNoWholeLayer(t, m, img)
}
