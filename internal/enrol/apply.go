package enrol

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// StateDir is where what was there before is kept: a folder a client, in it one an enrolment,
// numbered from 1, in it state.json and the files of before, by number.
const StateDir = "/var/lib/lazaret-enrol"

// A kept is a file of an enrolment, as state.json has it.
type kept struct {
	Path  string      `json:"path"`
	Was   bool        `json:"was"` // whether there was one; its content is the file NUMBER beside state.json
	Mode  fs.FileMode `json:"mode,omitempty"`
	UID   int         `json:"uid,omitempty"`
	GID   int         `json:"gid,omitempty"`
	After []byte      `json:"after"` // what was written
	Made  []string    `json:"made,omitempty"`
}

// ErrNothing says that there is no enrolment to undo.
var ErrNothing = errors.New("nothing to undo")

// A Host is the files of a machine, or of a part of one that is mounted somewhere.
type Host struct{ root *os.Root }

// OpenHost opens the files below a folder. No path, and no symbolic link, leads out of it.
func OpenHost(dir string) (*Host, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Host{root}, nil
}

// Close closes the folder.
func (h *Host) Close() error { return h.root.Close() }

// FS is the files as Make reads them.
func (h *Host) FS() fs.FS { return h.root.FS() }

// rel is a path below the root.
func rel(name string) string { return strings.TrimPrefix(path.Clean(name), "/") }

// Apply writes the plan's files, each by a rename, after it has kept what was there. It
// returns the folder where that is, "" if the plan changes nothing. A file that is not any
// more as it was planned for is an error, before anything is written.
func (h *Host) Apply(c Client, p Plan) (backup string, err error) {
	if len(p.Changes) == 0 {
		return "", nil
	}
	state := make([]kept, len(p.Changes))
	for i, change := range p.Changes {
		if state[i], err = h.keep(change); err != nil {
			return "", err
		}
	}
	numbers, err := h.enrolments(c)
	if err != nil {
		return "", err
	}
	next := 1
	if len(numbers) > 0 {
		next = numbers[len(numbers)-1] + 1
	}
	dir := path.Join(StateDir, string(c), strconv.Itoa(next))
	// What is kept may hold passwords, as registries.yaml does.
	err = errors.Join(h.root.MkdirAll(rel(path.Dir(StateDir)), 0o755), h.root.MkdirAll(rel(dir), 0o700))
	if err != nil {
		return "", fmt.Errorf("keep what is there: %w", err)
	}
	for i, change := range p.Changes {
		if state[i].Was {
			if err := h.put(path.Join(dir, strconv.Itoa(i)), change.Before, 0o600); err != nil {
				return "", fmt.Errorf("keep what is there: %w", err)
			}
		}
	}
	b, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return "", err
	}
	// From here on Undo puts back whatever of the plan was written.
	if err := h.put(path.Join(dir, "state.json"), b, 0o600); err != nil {
		return "", fmt.Errorf("keep what is there: %w", err)
	}
	for i, change := range p.Changes {
		if err := h.write(change, state[i]); err != nil {
			return dir, fmt.Errorf("write %s (lazaret enrol --undo puts back what was written before it): %w", change.Path, err)
		}
	}
	return dir, nil
}

// keep notes what is at a change's path, which must be what the plan was made for.
func (h *Host) keep(c Change) (kept, error) {
	out := kept{Path: c.Path, After: c.After}
	info, err := h.root.Lstat(rel(c.Path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if c.Before != nil {
			return out, fmt.Errorf("%s is gone since it was read", c.Path)
		}
		for dir := path.Dir(c.Path); dir != "/"; dir = path.Dir(dir) {
			if _, err := h.root.Lstat(rel(dir)); !errors.Is(err, fs.ErrNotExist) {
				break
			}
			out.Made = append(out.Made, dir)
		}
		return out, nil
	case err != nil:
		return out, err
	case !info.Mode().IsRegular():
		return out, fmt.Errorf("%s is no regular file but %s: what it stands for is to be changed where it is kept", c.Path, info.Mode().Type())
	}
	now, err := h.root.ReadFile(rel(c.Path))
	if err != nil {
		return out, err
	}
	if c.Before == nil || !bytes.Equal(now, c.Before) {
		return out, fmt.Errorf("%s has changed since it was read", c.Path)
	}
	out.Was, out.Mode = true, info.Mode().Perm()
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		out.UID, out.GID = int(s.Uid), int(s.Gid)
	}
	return out, nil
}

// write puts a changed file in its place, as who owned it before and with its mode.
func (h *Host) write(c Change, was kept) error {
	if err := h.root.MkdirAll(rel(path.Dir(c.Path)), 0o755); err != nil {
		return err
	}
	if !was.Was {
		return h.put(c.Path, c.After, c.Mode)
	}
	return h.putAs(c.Path, c.After, was)
}

// enrolments are the numbers of a client's enrolments, rising.
func (h *Host) enrolments(c Client) (out []int, err error) {
	entries, err := fs.ReadDir(h.root.FS(), rel(path.Join(StateDir, string(c))))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the enrolments of before: %w", err)
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Undoing reads the last enrolment of a client and returns what Undo would write: After is
// what was there before it, nil if nothing was. ErrNothing: there is none.
func (h *Host) Undoing(c Client) (Plan, error) {
	state, err := h.last(c)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, k := range state.kept {
		now, err := h.now(k.Path)
		if err != nil {
			return Plan{}, err
		}
		if now != nil && !bytes.Equal(now, k.After) && !(k.Was && bytes.Equal(now, state.before[k.Path])) {
			return Plan{}, fmt.Errorf("%s has changed since it was enrolled: put back by hand what is meant of %s", k.Path, state.dir)
		}
		if now == nil && k.Was {
			return Plan{}, fmt.Errorf("%s is gone since it was enrolled: what was there is in %s", k.Path, state.dir)
		}
		if before, was := state.before[k.Path]; now != nil && (!was || !bytes.Equal(now, before)) {
			p.Changes = append(p.Changes, Change{Path: k.Path, Before: now, After: before, Mode: k.Mode})
		}
	}
	return p, nil
}

// A generation is an enrolment that was read.
type generation struct {
	dir    string
	kept   []kept
	before map[string][]byte // by path, of files that were there
}

func (h *Host) last(c Client) (generation, error) {
	numbers, err := h.enrolments(c)
	if err != nil {
		return generation{}, err
	}
	for _, n := range slices.Backward(numbers) {
		g := generation{dir: path.Join(StateDir, string(c), strconv.Itoa(n)), before: map[string][]byte{}}
		b, err := h.root.ReadFile(rel(path.Join(g.dir, "state.json")))
		if errors.Is(err, fs.ErrNotExist) {
			continue // an enrolment that ended before it wrote anything
		}
		if err == nil {
			err = json.Unmarshal(b, &g.kept)
		}
		for i, k := range g.kept {
			if k.Was && err == nil {
				var was []byte
				was, err = h.root.ReadFile(rel(path.Join(g.dir, strconv.Itoa(i))))
				g.before[k.Path] = append([]byte{}, was...)
			}
		}
		if err != nil {
			return g, fmt.Errorf("read %s: %w", g.dir, err)
		}
		return g, nil
	}
	return generation{}, fmt.Errorf("%s: %w", c, ErrNothing)
}

// now is what is at a path, nil if nothing is.
func (h *Host) now(name string) ([]byte, error) {
	b, err := h.root.ReadFile(rel(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append([]byte{}, b...), nil
}

// Undo puts back what was there before the last enrolment of a client, owner and mode
// included, and removes what it made. It writes nothing if a file has changed since.
func (h *Host) Undo(c Client) (Plan, error) {
	p, err := h.Undoing(c)
	if err != nil {
		return p, err
	}
	g, err := h.last(c)
	if err != nil {
		return p, err
	}
	for _, k := range slices.Backward(g.kept) {
		if err := h.putBack(k, g.before[k.Path]); err != nil {
			return p, fmt.Errorf("put back %s: %w", k.Path, err)
		}
	}
	if err := h.root.RemoveAll(rel(g.dir)); err != nil {
		return p, fmt.Errorf("forget the enrolment: %w", err)
	}
	for dir := path.Dir(g.dir); dir != path.Dir(StateDir); dir = path.Dir(dir) {
		_ = h.root.Remove(rel(dir)) // unless others are in it
	}
	return p, nil
}

func (h *Host) putBack(k kept, before []byte) error {
	if k.Was {
		return h.putAs(k.Path, before, k)
	}
	if err := h.root.Remove(rel(k.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, dir := range k.Made {
		_ = h.root.Remove(rel(dir)) // unless others are in it
	}
	return nil
}

// putAs writes a file with the owner and the mode that it had.
func (h *Host) putAs(name string, content []byte, was kept) error {
	return h.putWith(name, content, was.Mode, func(tmp string) error {
		if os.Geteuid() != 0 { // who may not write it as root may not give it away either
			return nil
		}
		return h.root.Chown(tmp, was.UID, was.GID)
	})
}

func (h *Host) put(name string, content []byte, mode fs.FileMode) error {
	return h.putWith(name, content, mode, func(string) error { return nil })
}

// putWith writes a file beside its place, syncs it, and renames it.
func (h *Host) putWith(name string, content []byte, mode fs.FileMode, owner func(tmp string) error) error {
	tmp := rel(path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()[:8]))
	f, err := h.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = owner(tmp)
	}
	if err == nil {
		err = h.root.Rename(tmp, rel(name))
	}
	if err != nil {
		return errors.Join(err, h.root.Remove(tmp))
	}
	return h.syncDir(path.Dir(name))
}

// syncDir makes a rename last.
func (h *Host) syncDir(dir string) error {
	d, err := h.root.Open(rel(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
