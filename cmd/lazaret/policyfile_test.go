package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/policy"
)

const (
	blocksAcme  = "rules:\n- {name: acme, when: image.namespace == 'acme', action: block, message: Not today.}\n"
	blocksOther = "rules:\n- {name: other, when: image.namespace == 'other', action: block}\n"
	broken      = "rules:\n- {name: acme, when: image.namespce == 'acme', action: block}\n"
)

// A file that is being written is not taken, nor one that does not compile, nor one that
// is not there: what compiled last stays, and whoever asks is told.
func TestPolicyFileLook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	var log bytes.Buffer
	a := &app{cfg: config.Config{Policy: path}, log: slog.New(slog.NewTextHandler(&log, nil))}
	if _, err := a.openPolicy(prometheus.NewRegistry()); err == nil {
		t.Fatal("a file that is not there was opened")
	}
	writeFile(t, path, broken)
	if _, err := a.openPolicy(prometheus.NewRegistry()); err == nil || !strings.Contains(err.Error(), "policy.yaml:2: ") {
		t.Fatalf("a file that does not compile: %v", err)
	}
	writeFile(t, path, blocksAcme)
	registry := prometheus.NewRegistry()
	if _, err := a.openPolicy(registry); err != nil {
		t.Fatal(err)
	}
	var inForce []string
	refuse := error(nil)
	look := func(now bool) string {
		before := len(inForce)
		a.policy.look(now, func(r *policy.Rules) error {
			if refuse != nil {
				return refuse
			}
			inForce = append(inForce, r.All()[0].Name)
			return nil
		})
		return strings.Join(inForce[before:], " ")
	}
	for _, tt := range []struct {
		what   string
		do     func()
		now    bool
		taken  string
		broken bool
	}{
		{"what is in force", func() {}, false, "", false},
		{"again, asked for", func() {}, true, "", false},
		{"a change, once seen", func() { writeFile(t, path, blocksOther) }, false, "", false},
		{"twice seen", func() {}, false, "other", false},
		{"three times", func() {}, false, "", false},
		{"half a file", func() { writeFile(t, path, blocksAcme[:9]) }, false, "", false},
		{"the whole of it", func() { writeFile(t, path, blocksAcme) }, false, "", false},
		{"which stays", func() {}, false, "acme", false},
		{"broken, once seen", func() { writeFile(t, path, broken) }, false, "", false},
		{"broken, twice seen", func() {}, false, "", true},
		{"still", func() {}, false, "", true},
		{"mended, on a signal", func() { writeFile(t, path, blocksOther) }, true, "other", false},
		{"gone", func() { _ = os.Remove(path) }, true, "", true},
		{"back as it was", func() { writeFile(t, path, blocksOther) }, true, "other", false},
		{"not taken", func() { writeFile(t, path, blocksAcme); refuse = errors.New("no names") }, true, "", true},
	} {
		tt.do()
		if got := look(tt.now); got != tt.taken {
			t.Errorf("%s: %q in force, want %q", tt.what, got, tt.taken)
		}
		if err := a.policy.ready(t.Context()); (err != nil) != tt.broken {
			t.Errorf("%s: ready: %v", tt.what, err)
		}
		metrics, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		if got := metrics[0].GetMetric()[0].GetGauge().GetValue(); (got == 0) != tt.broken {
			t.Errorf("%s: the gauge %s is %v", tt.what, metrics[0].GetName(), got)
		}
	}
	if n := strings.Count(log.String(), "policy refused"); n != 3 {
		t.Errorf("%d lines about refused policies:\n%s", n, log.String())
	}
}

// A mirror that runs takes a changed file by itself and on SIGHUP.
func TestPolicyReload(t *testing.T) {
	hub, _ := startFullHub(t)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	writeFile(t, path, blocksAcme)
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_POLICY="+path, "LAZARET_MANIFEST_WAIT=15s")
	status := func() int {
		got, _ := r.get(t, "/v2/acme/clean/manifests/1")
		return got
	}
	until := func(want int) {
		t.Helper()
		within(t, 30*time.Second, fmt.Sprint("status ", want), func() bool { return status() == want })
	}
	until(http.StatusForbidden)
	writeFile(t, path, blocksOther)
	begin := time.Now()
	until(http.StatusOK) // and so the handler of the signal is in place
	if took := time.Since(begin); took > 10*policyEvery {
		t.Errorf("a change took %s", took)
	}
	writeFile(t, path, broken)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	within(t, 30*time.Second, "word of a policy that does not compile", func() bool { return r.policy.ready(t.Context()) != nil })
	if got := status(); got != http.StatusOK {
		t.Errorf("after a policy that does not compile: %d", got)
	}
	writeFile(t, path, blocksAcme)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(http.StatusForbidden) // Who has what would now be refused is found without being asked.
	line := regexp.MustCompile(`exposed .* acme/clean .* block +policy/acme`)
	within(t, time.Minute, "the exposure", func() bool { return line.MatchString(r.lazaret(t, "exposure")) })
}
