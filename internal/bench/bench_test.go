package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// program is the benchmark, built once.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lazaret-bench-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "bench")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// figures and report are the parts of -json that are looked at.
type figures struct {
	Seconds, Downloads float64
	MaxDownloads       int
	Bytes              int64
}

type report struct {
	Image     []struct{ Compressed int64 }
	Size      int64
	Rounds    int
	Scenarios []struct {
		Name                  string
		Clients               int
		Lazaret, Distribution figures
	}
	Rates []struct {
		By                    string
		Clients               int
		Lazaret, Distribution float64
	}
}

// TestSmoke runs the whole benchmark with a small image: the real processes, every
// scenario, digests compared. It looks at what was moved, and at no time.
func TestSmoke(t *testing.T) {
	tmp := t.TempDir()
	var out, errs bytes.Buffer
	cmd := command(t, program, "-quick", "-size", "1", "-verify", "-json")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.Bytes())
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	var layers int64
	for _, l := range r.Image {
		layers += l.Compressed
	}
	if layers < 9e5 || r.Size <= layers || r.Rounds != 1 {
		t.Errorf("an image of %d bytes, %d of them layers; %d rounds", r.Size, layers, r.Rounds)
	}
	type cost struct {
		bytes        int64
		downloads    float64
		maxDownloads int
	}
	want := map[string]cost{ // of Lazaret
		"cold x1": {r.Size, 1, 1}, "warm x1": {r.Size, 0, 0}, "warm x4": {4 * r.Size, 0, 0}, "warm x8": {8 * r.Size, 0, 0},
		"cold x4": {4 * r.Size, 1, 1}, "cold x8": {8 * r.Size, 1, 1},
		"cold x1, slow hub": {r.Size, 1, 1}, "cold x1, default wait": {r.Size, 1, 1},
	}
	got := map[string]cost{}
	for _, s := range r.Scenarios {
		got[s.Name] = cost{s.Lazaret.Bytes, s.Lazaret.Downloads, s.Lazaret.MaxDownloads}
		if s.Distribution.Bytes != s.Lazaret.Bytes {
			t.Errorf("%s: distribution gave %d bytes, Lazaret %d", s.Name, s.Distribution.Bytes, s.Lazaret.Bytes)
		}
		if s.Clients == 1 && s.Distribution.Downloads != want[s.Name].downloads {
			t.Errorf("%s: distribution downloaded each blob %.1f times", s.Name, s.Distribution.Downloads)
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cost{})); diff != "" {
		t.Errorf("bytes and downloads (-want +got):\n%s", diff)
	}
	for _, m := range r.Rates {
		if m.Lazaret <= 0 || m.Distribution <= 0 {
			t.Errorf("no manifests by %s at width %d", m.By, m.Clients)
		}
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestInterrupt ends the benchmark while it works: it must end what it started, and
// remove what it wrote.
func TestInterrupt(t *testing.T) {
	tmp := t.TempDir()
	// A system that says that it runs, and never answers.
	started := filepath.Join(t.TempDir(), "started")
	fake := filepath.Join(t.TempDir(), "fake")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho $$ >"+started+".new && mv "+started+".new "+started+"\nexec sleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, program, "-quick", "-size", "1", "-lazaret", fake, "-registry", fake)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid []byte
	for pid == nil {
		b, err := os.ReadFile(started)
		if err == nil {
			pid = b
			break
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the fake was not started")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v\n%s", err, errs.Bytes())
	}
	if _, err := os.Stat(filepath.Join("/proc", strings.TrimSpace(string(pid)))); err == nil {
		t.Error("the fake lives on")
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-size", "0"}, {"-rounds", "0"}, {"more"}, {"-no-such-flag"}} {
		cmd := command(t, program, args...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != 2 || len(out) == 0 {
			t.Errorf("%v: %v, %q", args, err, out)
		}
	}
}

func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, program, args...)
}
