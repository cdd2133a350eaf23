package proxy_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/testimage"
)

// letters lets in who says so in a header of the test's own.
type letters struct{}

var errNoLetter = errors.New("no letter")

func (letters) Identify(r *http.Request) (string, []string, error) {
	switch name, groups, _ := strings.Cut(r.Header.Get("Letter"), "/"); name {
	case "":
		return "", nil, errNoLetter
	case "nobody":
		return "", nil, nil
	default:
		return name, strings.Fields(groups), nil
	}
}

func (letters) Challenge(scope string, cause error) string {
	if !errors.Is(cause, errNoLetter) {
		return "another cause"
	}
	return "Letter scope=" + scope
}

// Who shows nothing is told what to show, whatever they ask for; who shows something is known by
// it to the policy, the records, and the list of what they were given.
func TestClientsSayWhoTheyAre(t *testing.T) {
	f := newFixture(t, settings{wait: 15 * time.Second, rfc: true, clients: letters{}, policy: `rules:
  - name: miners
    when: 'finding.category == "miner" && !("researchers" in client.groups)'
    action: block
  - name: acme-alone
    when: 'image.namespace == "acme" && client.name != "ci"'
    action: block
`})
	f.push("acme/app", testimage.Clean("app", 1<<16))
	bad := f.push("lab/miner", testimage.Spec{Layers: []testimage.Layer{layer("bad", marker, 1<<16)}})
	for path, scope := range map[string]string{
		"/v2/": "", "/v2/acme/app/manifests/latest": "repository:acme/app:pull", "/v2/acme/app/tags/list": "repository:acme/app:pull",
		"/v2/acme/app/blobs/" + bad.Digest.String(): "repository:acme/app:pull", "/v2/quay.io/x/y/manifests/latest": "repository:quay.io/x/y:pull",
		"/elsewhere": "", "/v2/A%22/b/manifests/x": "",
	} {
		a := f.do(http.MethodGet, path)
		if a.status != http.StatusUnauthorized || !strings.Contains(string(a.body), `"UNAUTHORIZED"`) || a.header.Get("WWW-Authenticate") != "Letter scope="+scope {
			t.Errorf("%s: %d %q %s", path, a.status, a.header.Get("WWW-Authenticate"), a.body)
		}
	}
	if got := f.hub.Counts(); len(got) > 0 {
		t.Errorf("the hub was asked for who was not let in: %v", got)
	}
	for letter, want := range map[string]struct{ app, miner int }{"ci": {200, 403}, "nobody": {403, 403}, "eve/researchers": {403, 200}} {
		if a := f.do(http.MethodGet, "/v2/acme/app/manifests/latest", "Letter", letter); a.status != want.app {
			t.Errorf("%s: acme/app: %d", letter, a.status)
		}
		if a := f.do(http.MethodGet, "/v2/lab/miner/manifests/latest", "Letter", letter); a.status != want.miner {
			t.Errorf("%s: lab/miner: %d", letter, a.status)
		}
	}
	f.until("the rows", func() bool { return len(f.ledger.all()) == 6 })
	names := map[string]int{}
	for _, row := range f.ledger.all() {
		names[row.ClientName]++
	}
	if names["ci"] != 2 || names["eve"] != 2 || names[""] != 2 {
		t.Errorf("recorded: %v", names)
	}
}
