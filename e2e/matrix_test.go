package e2e_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

var update = flag.Bool("update", false, "write the golden files of the matrix instead of comparing with them")

// TestMatrix tries every client with every way to be refused, and with clean images, as
// docs/clients.md has it. Each client runs in a scene of its own (scene_test.go), where
// Docker Hub's names lead to a stand-in that counts, and would serve the refused image happily.
//
// What a person sees is in testdata/matrix, one file a client: go test ./e2e -run TestMatrix -update.
func TestMatrix(t *testing.T) {
	if name := os.Getenv(sceneVariable); name != "" {
		runScene(t, name)
		return
	}
	need(t, "unshare", "ip", "dockerd", "docker", "containerd", "ctr", "podman", "skopeo", "buildah", "runc")
	enginesFolders(t)
	hello := filepath.Join(t.TempDir(), "hello")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", hello, "./testdata/hello")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if b, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build hello: %v\n%s", err, b)
	}
	t.Run("scenes", func(t *testing.T) {
		for _, c := range clients {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				enterScene(t, c.name, hello)
			})
		}
	})
}

// A stage of the matrix is where the refusal meets the client.
const (
	known   = "refused at the manifest" // the verdict is known before the client asks
	unsent  = "refused before the blob" // it comes when the layer was asked for, and nothing of it sent
	flowing = "refused in mid-stream"   // it comes when the layer was sent but for its tail
	lapsed  = "by an expired exception" // the client had it, by an exception that has ended
	again   = "refused at the index"    // its member is known to be refused
	plainly = "refused by a plain 403, enrolled"
)

// A reference is how a client asks.
const (
	byTag    = "tag"
	byDigest = "digest"
	byIndex  = "index member"
)

// A pull is one image of the matrix, on the hub.
type pull struct {
	kind       string // of reference
	repository string
	reference  string // as a user writes it, "docker.io/..."
	image      testimage.Image
}

// put makes an image that nobody has seen, and a reference to it.
func (s *scene) put(kind string, spec testimage.Spec) pull {
	s.t.Helper()
	s.images++
	repository := fmt.Sprintf("acme/app%d", s.images)
	tag := "v1"
	p := pull{kind: kind, repository: repository, image: push(s.t, s.hub, repository, tag, spec)}
	switch kind {
	case byTag:
		p.reference = "docker.io/" + repository + ":" + tag
	case byDigest:
		p.reference = "docker.io/" + repository + "@" + p.image.Digest.String()
	case byIndex:
		other := push(s.t, s.hub, repository, "other", testimage.Spec{Arch: "s390x", Layers: testimage.Clean(repository, 1<<10).Layers})
		if err := s.hub.PushIndex(s.t.Context(), repository, "all", testimage.Index(false, other, p.image)); err != nil {
			s.t.Fatal(err)
		}
		p.reference = "docker.io/" + repository + ":all"
	}
	return p
}

// last is the layer that is refused.
func (p pull) last() oci.Descriptor { return p.image.Layers[len(p.image.Layers)-1] }

// A cell is how one pull went.
type cell struct {
	stage, kind string
	out         string
}

// refuse tries cells of one stage: no image may be there afterwards, and nobody may have gone to Hub.
// In mid-stream the pulls go on side by side, since classic dockerd waits 15 s between its tries.
func (s *scene) refuse(c *client, m *mirror, stage string, kinds ...string) []cell {
	s.t.Helper()
	size, after := 16<<10, int64(10)
	if stage == flowing {
		size = 512 << 10
	}
	var pulls []pull
	for _, kind := range kinds {
		pulls = append(pulls, s.put(kind, testimage.Miner(fmt.Sprint(c.name, s.images, m.url), size)))
	}
	var faults []testhub.Fault
	for _, p := range pulls {
		if stage == known || stage == again {
			s.warm(m, p, stage == again)
			continue
		}
		if stage == flowing {
			after = p.last().Size / 2
		}
		gate := testhub.NewGate(after)
		faults = append(faults, testhub.Fault{Match: testhub.Blob(p.last().Digest), Gate: gate})
		defer s.openWhenAwaited(c, m, p, gate)()
	}
	s.hub.SetFaults(faults...)
	defer s.hub.SetFaults()
	if stage == flowing {
		cells := s.refused(c, m, stage, pulls...)
		s.forgive(c, m, pulls[0])
		return cells
	}
	var out []cell
	for _, p := range pulls {
		out = append(out, s.refused(c, m, stage, p)...)
	}
	if stage != again {
		s.forgive(c, m, pulls[len(pulls)-1])
	}
	return out
}

// warm has the verdict on an image known, but, unless it is asked for, nothing that would
// refuse an index of its repository.
func (s *scene) warm(m *mirror, p pull, here bool) {
	s.t.Helper()
	repository := p.repository
	if p.kind == byIndex && !here {
		repository += "-elsewhere"
		if err := s.hub.Push(s.t.Context(), repository, "v1", p.image); err != nil {
			s.t.Fatal(err)
		}
	}
	waitFor(s.t, "the verdict on "+p.reference, func() bool {
		status, _, _ := s.get(m.url + "/v2/" + repository + "/manifests/" + p.image.Digest.String())
		return status == 403
	})
}

// openWhenAwaited has the hub send the rest of the layer once a client waits for its verdict, and
// has what it asks for before that or beside it: else it might be one of those whose refusal is seen.
func (s *scene) openWhenAwaited(c *client, m *mirror, p pull, gate *testhub.Gate) (end func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer gate.Open()
		others := slices.Clone(p.image.Layers[:len(p.image.Layers)-1])
		if c.together {
			others = append(others, p.image.ConfigDescriptor)
		}
		lacks := func(l oci.Descriptor) bool { return !m.logged("pull", "digest", l.Digest.String()) }
		for !m.logged("verdict awaited", "digest", p.last().Digest.String()) || slices.ContainsFunc(others, lacks) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// refused pulls what is refused, side by side.
func (s *scene) refused(c *client, m *mirror, stage string, pulls ...pull) []cell {
	s.t.Helper()
	s.standIn.reset()
	outcomes := make([]outcome, len(pulls))
	var all sync.WaitGroup
	for i, p := range pulls {
		ctx := s.patient()
		all.Go(func() { outcomes[i] = c.pull(ctx, p.reference) })
	}
	all.Wait()
	asked, has := s.standIn.requests(), c.images(s.patient())
	if has.err != nil {
		s.t.Errorf("%s: what it has: %v", c.name, has.err)
	}
	var cells []cell
	for i, p := range pulls {
		what, o := fmt.Sprintf("%s, %s, %s (%s)", c.name, p.kind, stage, p.reference), outcomes[i]
		if o.err == nil {
			s.t.Errorf("%s: the pull succeeded:\n%s", what, o.out)
		}
		if regexp.MustCompile(p.repository+`\b`).MatchString(has.out) || strings.Contains(has.out, p.last().Digest.String()) {
			s.t.Errorf("%s: the image is there:\n%s", what, has.out)
		}
		if len(asked) > 0 {
			s.t.Errorf("%s: it asked Docker Hub for %v:\n%s", what, asked, o.out)
		}
		s.checkStage(c, m, stage, what, p)
		cells = append(cells, cell{stage, p.kind, legible(o.out)})
	}
	return cells
}

// checkStage holds the mirror's log against where the refusal should have been.
func (s *scene) checkStage(c *client, m *mirror, stage, what string, p pull) {
	s.t.Helper()
	manifest, awaited, blob := false, m.logged("verdict awaited", "digest", p.last().Digest.String()), false
	var bytes float64
	for _, line := range m.lines("refused") {
		if line["repository"] != p.repository || line["client"] != "127.0.0.1" {
			continue
		}
		if line["kind"] == "manifest" {
			manifest = true
		} else if line["digest"] == p.last().Digest.String() {
			blob = true
			bytes = max(bytes, line["bytes"].(float64))
		}
	}
	ok := false
	switch stage {
	case known, again, lapsed, plainly:
		ok = manifest && !awaited
	case unsent:
		ok = awaited && blob
	case flowing:
		// Nothing of a range leaves before the verdict.
		ok = awaited && blob && (c.chunks > 0) == (bytes == 0) && (c.chunks > 0 || bytes > float64(p.last().Size/4))
	}
	if !ok {
		s.t.Errorf("%s: refused at a manifest: %t; awaited: %t; refused as a blob: %t, after %.0f bytes", what, manifest, awaited, blob, bytes)
	}
}

// runScene is a client's part of the matrix, over both transports.
func runScene(t *testing.T, name string) {
	s := newScene(t)
	var got bytes.Buffer
	for _, c := range clients {
		if c.name != name {
			continue
		}
		for _, transport := range []string{"HTTP/1.1", "TLS"} {
			began := time.Now()
			lap := func(what string) { t.Logf("%s, %s: %s", transport, what, time.Since(began).Round(10*time.Millisecond)) }
			m := s.startMirror(transport, "enforce")
			c.start(s, c, m)
			if c.unmirrored {
				s.unmirrored(c, m)
				c.stop()
				continue
			}
			s.control(c, m, transport)
			lap("control")
			after := s.lapse(c, m)
			lap("pulls by exceptions")
			s.clean(c, m, byTag, byDigest, byIndex)
			s.resume(c, m)
			lap("clean")
			cells := []cell{}
			for _, stage := range []string{known, unsent, flowing} {
				cells = append(cells, s.refuse(c, m, stage, byTag, byDigest, byIndex)...)
			}
			cells = append(cells, s.refuse(c, m, again, byIndex)...)
			lap("refusals")
			cells = append(cells, after()...)
			lap("expiries")
			if c.enrol != "" && transport == "TLS" {
				cells = append(cells, s.enrolled(c, transport)...)
				lap("enrolled")
			}
			for _, cell := range cells {
				fmt.Fprintf(&got, "## %s, %s, %s\n%s\n\n", transport, cell.kind, cell.stage, cell.out)
			}
			c.stop()
			lap("stop")
		}
	}
	if got.Len() == 0 {
		return
	}
	golden(t, filepath.Join("testdata", "matrix", name+".golden"), got.String())
}

// unmirrored shows that the mirror that a client was told of is not asked, so that it is no
// news when that changes.
func (s *scene) unmirrored(c *client, m *mirror) {
	s.t.Helper()
	p := s.put(byTag, testimage.Clean("unmirrored "+m.url, 16<<10))
	s.standIn.reset()
	o := c.pull(s.patient(), p.reference)
	if asked := s.standIn.requests(); o.err != nil || len(asked) == 0 || len(m.lines("pull")) > 0 {
		s.t.Errorf("%s: it asked Docker Hub for %v, and the mirror for %d things: %v\n%s", c.name, asked, len(m.lines("pull")), o.err, o.out)
	}
}

// control shows that the stand-in would serve, and counts: with plain answers a client that
// has a way to Docker Hub takes it.
func (s *scene) control(c *client, m *mirror, transport string) {
	s.t.Helper()
	if c.direct {
		return // it knows no other way
	}
	plain := s.startMirror(transport, "plain")
	defer plain.kill()
	c.start(s, c, plain)
	defer func() { c.stop(); c.start(s, c, m) }()
	p := s.put(byTag, testimage.Miner("control "+c.name+transport, 16<<10))
	s.warm(plain, p, true)
	s.standIn.reset()
	o := c.pull(s.patient(), p.reference)
	if asked := s.standIn.requests(); o.err != nil || len(asked) == 0 {
		s.t.Errorf("%s: refused by a plain 403 it did not pull from Docker Hub, which was asked for %v: %v\n%s", c.name, asked, o.err, o.out)
	}
	c.remove(s.patient(), p.reference)
}
