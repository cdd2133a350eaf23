package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/replay"
)

// The same image is refused from a registry that is trusted little and given out from another:
// at a pull, after the policy changed, in policy test and explain, while an exception lasts, and
// when the settings say otherwise after a restart. Nothing is fetched or inspected twice.
func TestUpstreamVars(t *testing.T) {
	hub, images := startFullHub(t)
	ghcr := startHub(t)
	push(t, ghcr, images)
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		writeFile(t, path, text)
		return path
	}
	registries := func(vars string) string {
		return write("upstreams.yaml", fmt.Sprintf("upstreams: [{registry: ghcr.io, url: %q, vars: %s}]\n", ghcr.URL(), vars))
	}
	const leak = "rules:\n- {name: leak, when: 'upstream.vars.trust == %q && finding.category == \"secret\"', action: quarantine}\n"
	settings := []string{
		"LAZARET_UPSTREAM=" + hub.URL(), "LAZARET_UPSTREAM_VARS=trust=low,team=web", "LAZARET_UPSTREAMS=" + registries("{trust: high}"),
		"LAZARET_POLICY=" + write("policy.yaml", fmt.Sprintf(leak, "low")), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_TAG_TTL=1h", "LAZARET_DATA_DIR=" + folder + "/data",
	}
	r, stop := startReplica(t, settings...)
	wants := func(when string, ofHub, ofGhcr int) {
		t.Helper()
		for path, want := range map[string]int{"/v2/acme/secret/manifests/1": ofHub, "/v2/ghcr.io/acme/secret/manifests/1": ofGhcr} {
			if got, body := r.get(t, path); got != want {
				t.Errorf("%s: %s: %d, want %d: %.300s", when, path, got, want, body)
			}
		}
	}
	wants("the first pull", http.StatusForbidden, http.StatusOK)
	before := []map[string]int{downloads(hub), downloads(ghcr)}
	if err := r.records.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	digest := images["secret"].Digest.String()
	for name, want := range map[string]string{"acme/secret": "quarantine: ", "ghcr.io/acme/secret": "allow: "} {
		var out replay.Result
		high := write("high.yaml", fmt.Sprintf(leak, "high"))
		if err := json.Unmarshal([]byte(r.lazaret(t, "policy", "test", "--policy", high, "-o", "json")), &out); err != nil || len(out.Changes) != 2 {
			t.Errorf("policy test: %v: %+v", err, out)
		}
		if got := r.lazaret(t, "explain", "--name", name, digest); !strings.HasPrefix(got, want) {
			t.Errorf("explain %s does not begin with %q: %.200s", name, want, got)
		}
	}

	row := regexp.MustCompile(`(?m)^(\d+) +waiting .* acme/secret:1 `).FindStringSubmatch(r.lazaret(t, "quarantine", "list"))
	if row == nil {
		t.Fatalf("not in quarantine:\n%s", r.lazaret(t, "quarantine", "list"))
	}
	r.lazaret(t, "quarantine", "release", row[1], "--reason", "a test", "--for", "6s")
	within(t, 30*time.Second, "the release", func() bool { got, _ := r.get(t, "/v2/acme/secret/manifests/1"); return got == http.StatusOK })
	within(t, 30*time.Second, "the end of it", func() bool { got, _ := r.get(t, "/v2/acme/secret/manifests/1"); return got == http.StatusForbidden })

	write("policy.yaml", fmt.Sprintf(leak, "high"))
	within(t, 30*time.Second, "the other policy", func() bool {
		got, _ := r.get(t, "/v2/ghcr.io/acme/secret/manifests/1")
		return got == http.StatusForbidden
	})
	wants("by the other policy", http.StatusOK, http.StatusForbidden)
	exposed := regexp.MustCompile(`exposed .* ghcr.io/acme/secret .* quarantine +secret/`)
	within(t, time.Minute, "the exposure", func() bool { return exposed.MatchString(r.lazaret(t, "exposure")) })

	stop()
	registries("{}")
	r, _ = startReplica(t, settings...)
	wants("without the variable", http.StatusOK, http.StatusForbidden)
	if got, body := r.get(t, "/v2/ghcr.io/acme/secret/manifests/1"); got != http.StatusForbidden || !strings.Contains(body, "leak") {
		t.Errorf("a variable that is not there is not said: %d %s", got, body)
	}
	if diff := cmp.Diff(before, []map[string]int{downloads(hub), downloads(ghcr)}); diff != "" {
		t.Errorf("something was fetched: (-before +after)\n%s", diff)
	}
}

// A variable that is misspelt is in the log when the mirror starts, and one that a registry has is not.
func TestUpstreamVarsThatNobodyHas(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	for when, want := range map[string]bool{"has(upstream.vars.trsut)": true, "has(upstream.vars.trust)": false} {
		writeFile(t, file, "rules:\n- {name: it, when: "+when+", action: block}\n")
		cfg, err := config.Load([]string{"LAZARET_POLICY=" + file, "LAZARET_UPSTREAM_VARS=trust=low", "LAZARET_DATA_DIR=" + t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		a, err := newApp(t.Context(), withFreePorts(cfg), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(log.String(), "variables=trsut"); got != want {
			t.Errorf("%s: warned %v, want %v:\n%s", when, got, want, log.String())
		}
	}
}
