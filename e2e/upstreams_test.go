package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/testimage"
)

// containerd says by ?ns= which registry it means, podman by the path that its settings give:
// each has ghcr.io's image and not Docker Hub's of the same name, and none of what is not
// mirrored. The third form, the host's name, is dockerd's: TestBeingTheRegistry.
func TestOtherRegistries(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, mirror string) *engine{
		"ns": func(t *testing.T, mirror string) *engine {
			hosts := map[string]string{}
			for _, registry := range []string{"docker.io", "ghcr.io", "quay.io"} {
				hosts[registry] = fmt.Sprintf("server = %[1]q\n[host.%[1]q]\n  capabilities = [\"pull\", \"resolve\"]\n", mirror)
			}
			return startContainerdWith(t, hosts)
		},
		"path": func(t *testing.T, mirror string) *engine {
			var conf strings.Builder
			for _, registry := range []string{"docker.io", "ghcr.io", "quay.io"} {
				fmt.Fprintf(&conf, "[[registry]]\nprefix = %q\nlocation = %q\ninsecure = true\n", registry, strings.TrimPrefix(mirror, "http://")+"/"+registry)
			}
			return startPodmanWith(t, conf.String())
		},
	} {
		t.Run(name, func(t *testing.T) {
			hub, ghcr := startHub(t), startHub(t)
			app := push(t, ghcr, "acme/app", "v1", testimage.Clean("of ghcr.io", 1<<20))
			push(t, hub, "acme/app", "v1", testimage.Miner("of docker.io", 1<<20))
			push(t, hub, "acme/app2", "v1", testimage.Clean("of docker.io", 1<<20))
			push(t, ghcr, "acme/app2", "v1", testimage.Miner("of ghcr.io", 1<<20))
			m := startMirror(t, hub.URL(), "", "LAZARET_UPSTREAMS="+upstreamsFile(t, "ghcr.io", ghcr.URL()), "LAZARET_MANIFEST_WAIT=20s")
			e := start(t, m.url)
			for _, reference := range []string{"ghcr.io/acme/app:v1", "docker.io/acme/app2:v1"} {
				if o := e.pull(patient(t), reference); o.err != nil {
					t.Errorf("pull %s: %v\n%s", reference, o.err, o.out)
				}
			}
			for d := range app.Blobs {
				if hub.Downloads(d) > 0 || ghcr.Downloads(d) == 0 {
					t.Errorf("blob %s came from docker.io %d times, from ghcr.io %d times", d, hub.Downloads(d), ghcr.Downloads(d))
				}
			}
			for reference, says := range map[string]string{"ghcr.io/acme/app2:v1": "ghcr.io/acme/app2:v1 is blocked", "docker.io/acme/app:v1": "refused by Lazaret: acme/app:v1 is blocked"} {
				if o := e.pull(patient(t), reference); o.err == nil || !strings.Contains(o.out, says) {
					t.Errorf("pull %s does not say %q: %v\n%s", reference, says, o.err, o.out)
				}
			}
			before := []map[string]int{hub.Counts(), ghcr.Counts()}
			if o := e.pull(patient(t), "quay.io/acme/app:v1"); o.err == nil || !strings.Contains(strings.ToLower(o.out), "403") && !strings.Contains(o.out, "not set up for that registry") {
				t.Errorf("pull from quay.io: %v\n%s", o.err, o.out)
			}
			if diff := cmp.Diff(before, []map[string]int{hub.Counts(), ghcr.Counts()}); diff != "" {
				t.Errorf("for it they were asked: %s", diff)
			}
			images := e.images(patient(t))
			if images.err != nil || !strings.Contains(images.out, "ghcr.io/acme/app") || strings.Contains(images.out, "ghcr.io/acme/app2") || strings.Contains(images.out, "docker.io/acme/app:") {
				t.Errorf("images: %v\n%s", images.err, images.out)
			}
			if asked := e.hub.requests(); len(asked) > 0 {
				t.Errorf("it went to %v", asked)
			}
		})
	}
}
