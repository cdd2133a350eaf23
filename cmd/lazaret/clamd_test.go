package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/internal/clamd/clamdtest"
)

// What a clamd knows is refused at the first pull. While it is away each of the choices
// holds, and what was decided then is decided anew when it is back.
func TestClamd(t *testing.T) {
	hub := startHub(t)
	for name, text := range map[string]string{"acme/bad": "x " + clamdtest.Marker, "acme/good": "nothing"} {
		publish(t, hub, ofFile("opt/x", text), name+":latest")
	}
	d := clamdtest.New(t)
	for name, c := range map[string]struct {
		settings []string
		away     int // what becomes of the good image while clamd is away
	}{
		"uninspectable": {[]string{"LAZARET_CLAMD_UNAVAILABLE=uninspectable"}, http.StatusForbidden},
		"warn":          {[]string{"LAZARET_CLAMD_UNAVAILABLE=warn"}, http.StatusOK},
		"wait in vain":  {[]string{"LAZARET_CLAMD_UNAVAILABLE=wait", "LAZARET_CLAMD_PATIENCE=0s"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplica(t, append([]string{"LAZARET_UPSTREAM=" + hub.URL(), "LAZARET_MANIFEST_WAIT=15s", "LAZARET_CLAMD=" + d.Address()}, c.settings...)...)
			pull := func(repository string, want int, words string) {
				t.Helper()
				if status, body := r.get(t, "/v2/"+repository+"/manifests/latest"); status != want || !strings.Contains(body, words) {
					t.Errorf("%s: status %d, want %d and %q: %.300s", repository, status, want, words, body)
				}
			}
			words := ""
			if c.away == http.StatusForbidden {
				words = "clamd/unreachable"
			}
			pull("acme/good", c.away, words)
			d.Start()
			defer d.Stop()
			if !r.clamd.ask(t.Context()) {
				t.Error("clamd has no version that it had not before")
			}
			r.use(r.feeds.Set())
			pull("acme/good", http.StatusOK, "")
			pull("acme/bad", http.StatusForbidden, "Lazaret.Test.Marker")
		})
	}
}
