package enrol_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/enrol"
)

// A hostDir is a host's files in a folder.
type hostDir struct {
	dir string
	*enrol.Host
}

func newHost(t *testing.T, files fs.FS) hostDir {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/etc", "/var/lib"} { // as every host has
		if err := os.MkdirAll(dir+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h, err := enrol.OpenHost(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return hostDir{dir, h}
}

// tree is all there is below a folder: mode, owner and content of each file by its path.
func (h hostDir) tree(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := []byte(nil)
		if e.Type().IsRegular() {
			content, err = os.ReadFile(path)
		}
		owner := info.Sys().(*syscall.Stat_t)
		out[strings.TrimPrefix(path, h.dir)] = fmt.Sprintf("%s %d:%d %q", info.Mode(), owner.Uid, owner.Gid, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (h hostDir) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// enrolled makes and applies a plan.
func (h hostDir) enrolled(t *testing.T, r enrol.Request) enrol.Plan {
	t.Helper()
	p, err := enrol.Make(r, h.FS())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Apply(r.Client, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// undo(apply(x)) is x: content, modes, owners, folders, nothing more and nothing less.
func TestUndoPutsBackExactly(t *testing.T) {
	for _, g := range goldens(t) {
		p, err := enrol.Make(g.request, g.host)
		if err != nil || len(p.Changes) == 0 {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			h := newHost(t, g.host)
			if os.Getuid() == 0 {
				for _, c := range p.Changes {
					if c.Before != nil {
						if err := os.Chown(filepath.Join(h.dir, c.Path), 12, 34); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			before := h.tree(t)
			backup, err := h.Apply(g.request.Client, p)
			if err != nil || backup == "" {
				t.Fatal(backup, err)
			}
			for _, c := range p.Changes {
				if got, err := os.ReadFile(filepath.Join(h.dir, c.Path)); err != nil || string(got) != string(c.After) {
					t.Errorf("%s: %v\n%s", c.Path, err, got)
				}
				info, err := os.Stat(filepath.Join(h.dir, c.Path))
				if want := c.Mode; err != nil || c.Before == nil && info.Mode() != want {
					t.Errorf("%s: %v, mode %v, not %v", c.Path, err, info.Mode(), want)
				}
			}
			back, err := h.Undo(g.request.Client)
			if err != nil || len(back.Changes) != len(p.Changes) {
				t.Fatalf("%d of %d: %v", len(back.Changes), len(p.Changes), err)
			}
			if d := cmp.Diff(before, h.tree(t)); d != "" {
				t.Errorf("-before +after undo:\n%s", d)
			}
		})
	}
}

// Any row of enrolments of several clients, undone in any order that keeps each client's
// own, leads back to what was there.
func TestRowsOfEnrolments(t *testing.T) {
	var requests []enrol.Request
	for _, c := range []enrol.Client{enrol.Docker, enrol.Containerd, enrol.Podman, enrol.BuildKit, enrol.K3s} {
		for _, mirror := range []string{"https://a.example", "https://b.example:8443", "http://10.0.0.5:5000"} {
			requests = append(requests, enrol.Request{Client: c, Mirror: mirror, Version: enrol.Version{Major: 1, Minor: 7}, Store: enrol.StoreClassic, Replace: true})
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	undone := 0
	for range 15 {
		h := newHost(t, os.DirFS(t.TempDir()))
		if random.IntN(2) == 0 {
			h.write(t, "etc/docker/daemon.json", "{\n  \"debug\": true\n}\n")
			h.write(t, "etc/containerd/config.toml", "version = 2 # ours\n")
			h.write(t, "etc/rancher/k3s/registries.yaml", "# ours\nconfigs: {}\n")
		}
		before := h.tree(t)
		var row []enrol.Client
		for range 1 + random.IntN(6) {
			r := requests[random.IntN(len(requests))]
			p, err := enrol.Make(r, h.FS())
			if errors.Is(err, enrol.ErrConflict) {
				continue // buildkit has no --replace for another mirror
			}
			if err != nil {
				t.Fatal(err)
			}
			backup, err := h.Apply(r.Client, p)
			if err != nil {
				t.Fatal(err)
			}
			if backup != "" {
				row = append(row, r.Client)
			}
		}
		random.Shuffle(len(row), func(i, j int) { row[i], row[j] = row[j], row[i] })
		for _, c := range row {
			if _, err := h.Undo(c); err != nil {
				t.Fatalf("%v: undo %s: %v", row, c, err)
			}
			undone++
		}
		if d := cmp.Diff(before, h.tree(t)); d != "" {
			t.Fatalf("%v (-before +after):\n%s", row, d)
		}
	}
	if undone < 30 {
		t.Errorf("%d enrolments were undone", undone)
	}
}

var docker = enrol.Request{Client: enrol.Docker, Mirror: "https://lazaret.example", Version: enrol.Version{Major: 20, Minor: 10}}

// What somebody changed after the enrolment is theirs: nothing is undone over it.
func TestUndoKeepsLaterChanges(t *testing.T) {
	h := newHost(t, os.DirFS(t.TempDir()))
	h.write(t, "etc/docker/daemon.json", "{}\n")
	h.enrolled(t, docker)
	h.write(t, "etc/docker/daemon.json", "{\"debug\": true}\n")
	before := h.tree(t)
	if _, err := h.Undo(enrol.Docker); err == nil || !strings.Contains(err.Error(), "has changed since") || !strings.Contains(err.Error(), enrol.StateDir) {
		t.Error(err)
	}
	if d := cmp.Diff(before, h.tree(t)); d != "" {
		t.Error(d)
	}
	if err := os.Remove(h.dir + "/etc/docker/daemon.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Undo(enrol.Docker); err == nil || !strings.Contains(err.Error(), "is gone since") {
		t.Error(err)
	}
}

// An enrolment that was cut off between two files is undone like a whole one.
func TestUndoOfHalf(t *testing.T) {
	h := newHost(t, os.DirFS(t.TempDir()))
	h.write(t, "etc/docker/daemon.json", "{}\n")
	r := docker
	r.Close, r.HubAddrs = enrol.CloseHub, []netip.Addr{netip.MustParseAddr("203.0.113.1")}
	before := h.tree(t)
	p := h.enrolled(t, r)
	if len(p.Changes) != 2 {
		t.Fatal(p.Diff())
	}
	// As if it had ended after the first file, and as if before it.
	for _, undoes := range []func(){
		func() { os.RemoveAll(h.dir + "/etc/nftables.d") },
		func() { os.WriteFile(h.dir+"/etc/docker/daemon.json", []byte("{}\n"), 0o644) },
	} {
		undoes()
	}
	if back, err := h.Undo(enrol.Docker); err != nil || len(back.Changes) != 0 {
		t.Fatal(back.Diff(), err)
	}
	if d := cmp.Diff(before, h.tree(t)); d != "" {
		t.Error(d)
	}
}

func TestNothingToUndo(t *testing.T) {
	h := newHost(t, os.DirFS(t.TempDir()))
	if _, err := h.Undo(enrol.Docker); !errors.Is(err, enrol.ErrNothing) {
		t.Error(err)
	}
	// A backup that was begun and not ended is of no enrolment.
	h.write(t, "var/lib/lazaret-enrol/docker/1/0", "{}")
	if _, err := h.Undo(enrol.Docker); !errors.Is(err, enrol.ErrNothing) {
		t.Error(err)
	}
	h.write(t, "var/lib/lazaret-enrol/docker/2/state.json", "no JSON")
	if _, err := h.Undo(enrol.Docker); err == nil || errors.Is(err, enrol.ErrNothing) {
		t.Error(err)
	}
}

// What is no file of its own, or has changed since the plan, is not written to, and nothing
// else is.
func TestApplyRefuses(t *testing.T) {
	for name, before := range map[string]func(h hostDir, t *testing.T){
		"symbolic link": func(h hostDir, t *testing.T) {
			h.write(t, "etc/docker/real.json", "{}\n")
			if err := os.Symlink("real.json", h.dir+"/etc/docker/daemon.json"); err != nil {
				t.Fatal(err)
			}
		},
		"changed": func(h hostDir, t *testing.T) { h.write(t, "etc/docker/daemon.json", "{}\n") },
		"gone":    func(h hostDir, t *testing.T) { h.write(t, "etc/docker/daemon.json", "{}\n") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, os.DirFS(t.TempDir()))
			before(h, t)
			r := docker
			r.Close, r.HubAddrs = enrol.CloseHub, []netip.Addr{netip.MustParseAddr("203.0.113.1")}
			p, err := enrol.Make(r, h.FS())
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(p.Changes)
			switch name {
			case "changed":
				h.write(t, "etc/docker/daemon.json", "{\"debug\": true}\n")
			case "gone":
				if err := os.Remove(h.dir + "/etc/docker/daemon.json"); err != nil {
					t.Fatal(err)
				}
			}
			was := h.tree(t)
			if _, err := h.Apply(enrol.Docker, p); err == nil {
				t.Error("it was written")
			}
			if d := cmp.Diff(was, h.tree(t)); d != "" {
				t.Error(d)
			}
		})
	}
}

// A link that leads out of the folder is not followed.
func TestNothingOutside(t *testing.T) {
	outside := t.TempDir()
	h := newHost(t, os.DirFS(t.TempDir()))
	if err := os.Symlink(outside, h.dir+"/etc/docker"); err != nil {
		t.Fatal(err)
	}
	if p, err := enrol.Make(docker, h.FS()); err == nil {
		if _, err := h.Apply(enrol.Docker, p); err == nil {
			t.Error("it was written")
		}
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}
