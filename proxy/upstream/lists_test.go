package upstream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

func TestTags(t *testing.T) {
	for _, tc := range []struct {
		name    string
		n       int
		last    string
		handler http.HandlerFunc
		query   string
		tags    []string
		more    bool
		err     error
	}{
		{name: "all", handler: answerWith(`{"name":"library/nginx","tags":["1","2"]}`), tags: []string{"1", "2"}},
		{name: "none", handler: answerWith(`{"name":"library/nginx","tags":null}`)},
		{name: "a page", n: 2, last: "0", query: "last=0&n=2", tags: []string{"1", "2"}, more: true,
			handler: answerWith(`{"tags":["1","2"]}`, `Link: </v2/library/nginx/tags/list?last=2&n=2>; rel="next"`)},
		{name: "a page, with its whole URL and no quotes", n: 2, query: "n=2", tags: []string{"1"}, more: true,
			handler: func(w http.ResponseWriter, r *http.Request) {
				answerWith(`{"tags":["1"]}`, fmt.Sprintf(`Link: <http://%s/v2/library/nginx/tags/list?x=1>; rel=next`, r.Host))(w, r)
			}},
		{name: "a link elsewhere", handler: answerWith(`{"tags":["1"]}`, `Link: <https://evil.test/x>; rel="next"`), tags: []string{"1"}},
		{name: "a link of another kind", handler: answerWith(`{"tags":["1"]}`, `Link: </x>; rel="prev"`), tags: []string{"1"}},
		{name: "a link after nothing", handler: answerWith(`{"tags":[]}`, `Link: </x>; rel="next"`), tags: []string{}},
		{name: "not JSON", handler: answerWith(`<html>`), err: upstream.ErrProtocol},
		{name: "too long", handler: answerWith(strings.Repeat(" ", 8<<20+1)), err: upstream.ErrProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			h.handle("/v2/library/nginx/tags/list", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != tc.query {
					t.Errorf("query %q, want %q", r.URL.RawQuery, tc.query)
				}
				tc.handler(w, r)
			})
			tags, more, err := h.client().Tags(t.Context(), "library/nginx", tc.n, tc.last)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(tc.tags, tags); diff != "" || more != tc.more {
				t.Errorf("more is %v, want %v; tags (-want +got):\n%s", more, tc.more, diff)
			}
		})
	}
}

func indexOf(names ...string) string {
	var list []string
	for _, n := range names {
		list = append(list, fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":1,"annotations":{"name":%q}}`, oci.MediaTypeOCIManifest, oci.DigestOf([]byte(n)), n))
	}
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[%s]}`, oci.MediaTypeOCIIndex, strings.Join(list, ","))
}

func TestReferrers(t *testing.T) {
	d := oci.DigestOf([]byte("image"))
	api, tag := "/v2/library/nginx/referrers/"+d.String(), "/v2/library/nginx/manifests/sha256-"+d.Encoded()
	const contentType = "Content-Type: " + oci.MediaTypeOCIIndex
	page := func(w http.ResponseWriter, r *http.Request) {
		names, next := map[string][]string{"": {"a", "b"}, "2": {"c"}, "3": {"d"}}[r.URL.Query().Get("page")], map[string]string{"": "2", "2": "3"}[r.URL.Query().Get("page")]
		headers := []string{contentType}
		if next != "" {
			headers = append(headers, fmt.Sprintf(`Link: <%s?page=%s>; rel="next"`, api, next))
		}
		answerWith(indexOf(names...), headers...)(w, r)
	}
	for _, tc := range []struct {
		name     string
		routes   map[string]http.HandlerFunc
		ask      string
		want     []string // names
		filtered bool
		err      error
	}{
		{name: "by the API", routes: map[string]http.HandlerFunc{api: answerWith(indexOf("a", "b"), contentType), tag: answerWith(indexOf("z"))}, want: []string{"a", "b"}},
		{name: "filtered", ask: "application/x", filtered: true, want: []string{"a"}, routes: map[string]http.HandlerFunc{api: func(w http.ResponseWriter, r *http.Request) {
			if got := r.URL.Query().Get("artifactType"); got != "application/x" {
				t.Errorf("artifactType %q", got)
			}
			answerWith(indexOf("a"), contentType, "OCI-Filters-Applied: artifactType")(w, r)
		}}},
		{name: "by tag", routes: map[string]http.HandlerFunc{tag: answerWith(indexOf("z"), contentType)}, want: []string{"z"}},
		{name: "none at all"},
		{name: "pages", routes: map[string]http.HandlerFunc{api: page}, want: []string{"a", "b", "c", "d"}},
		{name: "pages without end", routes: map[string]http.HandlerFunc{api: answerWith(indexOf("a"), fmt.Sprintf(`Link: <%s?again>; rel="next"`, api))}, err: upstream.ErrProtocol},
		{name: "not an index", routes: map[string]http.HandlerFunc{api: answerWith(`{"schemaVersion":2}`)}, err: upstream.ErrProtocol},
		{name: "denied", routes: map[string]http.HandlerFunc{api: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }}, err: upstream.ErrUnauthorized},
		{name: "denied by tag", routes: map[string]http.HandlerFunc{tag: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }}, err: upstream.ErrUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			for route, f := range tc.routes {
				h.handle(route, f)
			}
			body, mediaType, filtered, err := h.client().Referrers(t.Context(), "library/nginx", d, tc.ask)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %v, want %v", err, tc.err)
			}
			if err != nil {
				return
			}
			if mediaType != oci.MediaTypeOCIIndex || filtered != tc.filtered {
				t.Errorf("media type %q, filtered %v", mediaType, filtered)
			}
			if m, err := oci.ParseManifest(body); err != nil || !m.IsIndex() {
				t.Errorf("%s is no index: %v", body, err)
			}
			var doc struct {
				Manifests []struct{ Annotations map[string]string }
			}
			if err := json.Unmarshal(body, &doc); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range doc.Manifests {
				got = append(got, m.Annotations["name"])
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("referrers (-want +got):\n%s", diff)
			}
		})
	}
}

// The tag that stands in for a sha512 digest has 64 of its characters.
func TestReferrersTagOfALongDigest(t *testing.T) {
	h := newHub(t)
	d := digest.SHA512.FromString("image")
	h.handle("/v2/library/nginx/manifests/sha512-"+d.Encoded()[:64], answerWith(indexOf("z"), "Content-Type: "+oci.MediaTypeOCIIndex))
	body, _, _, err := h.client().Referrers(t.Context(), "library/nginx", d, "")
	if err != nil || string(body) != indexOf("z") {
		t.Errorf("got %s, %v", body, err)
	}
}
