package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/testhub"
)

// A refusal for a name says which one is imitated. An administrator's names count, and so
// does what Docker Hub says: who it vouches for imitates nobody.
func TestNamesWhileServing(t *testing.T) {
	hub := startHub(t)
	now := time.Now()
	for name, facts := range map[string]testhub.Facts{
		"mallory/ngnix":      {Pulls: 12, Registered: now},
		"acme/ngnix":         {Pulls: 12, Registered: now, Badge: "verified_publisher"},
		"mallory/our-bse":    {Pulls: 3, Registered: now},
		"ours/anything":      {Pulls: 3, Registered: now},
		"mallory/innocent-x": {Pulls: 3, Registered: now},
	} {
		hub.SetFacts(name, facts)
		publish(t, hub, ofFile("opt/x", "nothing"), name+":latest")
	}
	file := filepath.Join(t.TempDir(), "names.yaml")
	writeFile(t, file, "official: [our-base]\npublishers: [ours]\n")
	r := newReplica(t, "LAZARET_UPSTREAM="+hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_NAMES="+file,
		"LAZARET_HUB_FACTS=true", "LAZARET_HUB_API="+hub.URL()+testhub.FactsPath, "LAZARET_HUB_WAIT=5s")
	for repository, c := range map[string]struct {
		status int
		words  string
	}{
		"mallory/ngnix":      {http.StatusForbidden, "ngnix looks like nginx"},
		"acme/ngnix":         {http.StatusOK, ""},
		"mallory/our-bse":    {http.StatusForbidden, "our-bse looks like our-base"},
		"ours/anything":      {http.StatusOK, ""},
		"mallory/innocent-x": {http.StatusOK, ""},
	} {
		if status, body := r.get(t, "/v2/"+repository+"/manifests/latest"); status != c.status || !strings.Contains(body, c.words) {
			t.Errorf("%s: status %d, want %d and %q: %.300s", repository, status, c.status, c.words, body)
		}
	}
}

// A mistake in the file of names is told by file and line, and nothing starts.
func TestBrokenNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "names.yaml")
	writeFile(t, file, "official:\n  - Not A Name\n")
	_, err := readNames(file)
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
	if _, err := readNames(file + ".missing"); err == nil {
		t.Error("a file that is not there is read")
	}
}
