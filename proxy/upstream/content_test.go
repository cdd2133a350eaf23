package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

func cancelable(t *testing.T) (context.Context, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// answerWith makes a handler that sends a body with headers given as "Name: value".
func answerWith(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		if w.Header().Get("Transfer-Encoding") == "chunked" {
			w.Header().Del("Transfer-Encoding")
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, body)
	}
}

func TestManifest(t *testing.T) {
	const body = `{"schemaVersion":2}`
	d := oci.DigestOf([]byte(body))
	d512 := digest.SHA512.FromString(body)
	other := oci.DigestOf([]byte("other"))
	whole := upstream.Manifest{Body: []byte(body), Descriptor: oci.Descriptor{MediaType: oci.MediaTypeOCIIndex, Digest: d, Size: int64(len(body))}}
	as512 := whole
	as512.Descriptor.Digest = d512
	big := strings.Repeat(" ", oci.MaxManifestSize)
	const contentType = "Content-Type: " + oci.MediaTypeOCIIndex
	for _, tc := range []struct {
		name    string
		ref     oci.Reference
		handler http.HandlerFunc
		want    upstream.Manifest
		err     error
	}{
		{name: "by tag", ref: nginx, handler: answerWith(body, contentType, "Docker-Content-Digest: "+d.String()), want: whole},
		{name: "by tag, with nothing said of it", ref: nginx, handler: answerWith(body, contentType), want: whole},
		{name: "by digest", ref: byDigest(d), handler: answerWith(body, contentType), want: whole},
		{name: "by sha512", ref: byDigest(d512), handler: answerWith(body, contentType, "Docker-Content-Digest: "+d512.String()), want: as512},
		{name: "chunked", ref: nginx, handler: answerWith(body, contentType, "Transfer-Encoding: chunked"), want: whole},
		{name: "parameters in the type", ref: nginx, handler: answerWith(body, contentType+"; charset=utf-8"), want: whole},
		{name: "other bytes by digest", ref: byDigest(other), handler: answerWith(body, contentType), err: upstream.ErrVerify},
		{name: "other bytes by sha512", ref: byDigest(d512), handler: answerWith(body+" ", contentType), err: upstream.ErrVerify},
		{name: "bytes that are not what the header says", ref: nginx, handler: answerWith(body, "Docker-Content-Digest: "+other.String()), err: upstream.ErrVerify},
		{name: "a digest no one can read", ref: nginx, handler: answerWith(body, contentType, "Docker-Content-Digest: sha256:abc"), want: whole},
		{name: "giant", ref: nginx, handler: answerWith(big+" ", contentType), err: upstream.ErrProtocol},
		{name: "giant, chunked", ref: nginx, handler: answerWith(big+" ", "Transfer-Encoding: chunked"), err: upstream.ErrProtocol},
		{name: "as large as may be", ref: nginx, handler: answerWith(big, "Content-Type: text/plain"),
			want: upstream.Manifest{Body: []byte(big), Descriptor: oci.Descriptor{MediaType: "text/plain", Digest: oci.DigestOf([]byte(big)), Size: int64(len(big))}}},
		{name: "cut short for good", ref: nginx, handler: answerWith(body, "Content-Length: 1000"), err: upstream.ErrUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			h.handle("/v2/library/nginx/manifests/"+tc.ref.TagOrDigest(), func(w http.ResponseWriter, r *http.Request) {
				accept := r.Header.Get("Accept")
				for _, m := range []string{oci.MediaTypeOCIIndex, oci.MediaTypeOCIManifest, oci.MediaTypeDockerManifestList, oci.MediaTypeDockerManifest} {
					if !strings.Contains(accept, m) {
						t.Errorf("Accept %q lacks %s", accept, m)
					}
				}
				if got := r.Header.Get("Accept-Encoding"); got != "identity" {
					t.Errorf("Accept-Encoding %q", got)
				}
				tc.handler(w, r)
			})
			got, err := h.client().Manifest(t.Context(), tc.ref)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %.300v, want %v", err, tc.err)
			}
			if diff := cmp.Diff(tc.want.Descriptor, got.Descriptor); diff != "" || !bytes.Equal(tc.want.Body, got.Body) {
				t.Errorf("%d bytes, want %d; descriptor (-want +got):\n%s", len(got.Body), len(tc.want.Body), diff)
			}
		})
	}
}

// What breaks off on its way is asked for again, and what was counted stays counted.
func TestManifestThatBreaksOffOnce(t *testing.T) {
	h := newHub(t)
	h.handle("/v2/library/nginx/manifests/latest", func(w http.ResponseWriter, r *http.Request) {
		if h.count("GET "+r.URL.Path) == 1 {
			w.Header().Set("Content-Length", "100")
		}
		_, _ = io.WriteString(w, "{}")
	})
	metrics := prometheus.NewPedanticRegistry()
	c := h.client(func(cfg *upstream.Config) { cfg.Metrics = metrics })
	m, err := c.Manifest(t.Context(), nginx)
	if err != nil || string(m.Body) != "{}" {
		t.Errorf("got %q, %v", m.Body, err)
	}
	want := map[string]float64{
		`lazaret_upstream_requests_total manifest 200`: 2, `lazaret_upstream_retries_total manifest`: 1,
		`lazaret_upstream_received_bytes_total`: 4, `lazaret_upstream_logins_total ok`: 1, `lazaret_upstream_rate_limited_total`: 0,
		`lazaret_upstream_ratelimit_limit`: 0, `lazaret_upstream_ratelimit_remaining`: 0,
	}
	if diff := cmp.Diff(want, values(t, metrics)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

// values gives counters and gauges by name and label values.
func values(t *testing.T, metrics prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if m.GetHistogram() != nil {
				continue
			}
			key := f.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() != "registry" {
					key += " " + l.GetValue()
				}
			}
			out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() // it is one of them
		}
	}
	return out
}

func TestHead(t *testing.T) {
	const body = `{"schemaVersion":2}`
	d := oci.DigestOf([]byte(body))
	full := []string{"Content-Type: " + oci.MediaTypeOCIIndex, "Docker-Content-Digest: " + d.String(), fmt.Sprintf("Content-Length: %d", len(body))}
	want := oci.Descriptor{MediaType: oci.MediaTypeOCIIndex, Digest: d, Size: int64(len(body))}
	other := oci.DigestOf([]byte("other"))
	for _, tc := range []struct {
		name string
		ref  oci.Reference
		head []string // headers
		gets int
		err  error
	}{
		{"by tag", nginx, full, 0, nil},
		{"by digest", byDigest(d), full, 0, nil},
		{"no digest", nginx, []string{full[0], full[2]}, 1, nil},
		{"no length", nginx, full[:2], 1, nil},
		{"no type", nginx, append([]string{"Content-Type: "}, full[1:]...), 1, nil},
		{"no digest, by digest", byDigest(d), full[:1], 1, nil},
		{"a digest no one can read", nginx, []string{full[0], full[2], "Docker-Content-Digest: md5:x"}, 1, nil},
		{"another digest", byDigest(other), full, 0, upstream.ErrVerify},
		{"another digest, found by its bytes", byDigest(other), full[:1], 1, upstream.ErrVerify},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			path := "/v2/library/nginx/manifests/" + tc.ref.TagOrDigest()
			h.handle("HEAD "+path, func(w http.ResponseWriter, r *http.Request) { answerWith("", tc.head...)(w, r) })
			h.handle("GET "+path, answerWith(body, full[0]))
			got, err := h.client().Head(t.Context(), tc.ref)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %v, want %v", err, tc.err)
			}
			if tc.err == nil {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("descriptor (-want +got):\n%s", diff)
				}
			}
			if n := h.count("GET " + path); n != tc.gets {
				t.Errorf("%d GETs, want %d", n, tc.gets)
			}
		})
	}
}

func TestBlob(t *testing.T) {
	const content = "0123456789"
	partial := func(status int, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for _, h := range headers {
				name, value, _ := strings.Cut(h, ": ")
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	}
	for _, tc := range []struct {
		name    string
		offset  int64
		handler http.HandlerFunc
		want    string
		size    int64
		err     error // of Blob
		read    error // of its body
	}{
		{name: "whole", handler: serve, want: content, size: 10},
		{name: "from an offset", offset: 7, handler: serve, want: "789", size: 10},
		{name: "from its end", offset: 10, handler: serve, size: 10},
		{name: "from beyond its end", offset: 11, handler: serve, err: upstream.ErrProtocol},
		{name: "no length", handler: answerWith(content, "Transfer-Encoding: chunked"), want: content, size: -1},
		{name: "a range that is ignored", offset: 7, handler: answerWith(content), want: "789", size: 10},
		{name: "a range that is ignored, at the end", offset: 10, handler: answerWith(content), size: 10},
		{name: "a range that is ignored, no length", offset: 7, handler: answerWith(content, "Transfer-Encoding: chunked"), want: "789", size: -1},
		{name: "a range that is ignored, of a shorter blob", offset: 11, handler: answerWith(content), err: upstream.ErrProtocol},
		{name: "a range that is ignored, of a shorter blob, no length", offset: 11, handler: answerWith(content, "Transfer-Encoding: chunked"), size: -1, read: upstream.ErrProtocol},
		{name: "another range", offset: 7, handler: partial(206, "89", "Content-Range: bytes 8-9/10"), err: upstream.ErrProtocol},
		{name: "a range nobody knows", offset: 7, handler: partial(206, "789"), err: upstream.ErrProtocol},
		{name: "a range of a blob of unknown size", offset: 7, handler: partial(206, "789", "Content-Range: bytes 7-9/*"), want: "789", size: -1},
		{name: "a range that was not asked for", handler: partial(206, content, "Content-Range: bytes 0-9/10"), err: upstream.ErrProtocol},
		{name: "cut short", handler: answerWith(content, "Content-Length: 11"), want: content, size: 11, read: upstream.ErrUnavailable},
		{name: "cut short before the offset", offset: 11, handler: answerWith(content, "Content-Length: 20"), size: 20, read: upstream.ErrUnavailable},
		{name: "missing", handler: partial(404, ""), err: upstream.ErrNotFound},
		{name: "refused by a CDN", handler: partial(403, "<Error><Code>AccessDenied</Code></Error>"), err: upstream.ErrUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			d := oci.DigestOf([]byte(content))
			h.handle("/v2/library/nginx/blobs/"+d.String(), func(w http.ResponseWriter, r *http.Request) {
				want := ""
				if tc.offset > 0 {
					want = fmt.Sprintf("bytes=%d-", tc.offset)
				}
				if got := r.Header.Get("Range"); got != want {
					t.Errorf("Range %q, want %q", got, want)
				}
				tc.handler(w, r)
			})
			body, size, err := h.client().Blob(t.Context(), "library/nginx", d, tc.offset)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %v, want %v", err, tc.err)
			}
			if err != nil {
				return
			}
			defer body.Close()
			got, err := io.ReadAll(body)
			if string(got) != tc.want || size != tc.size || !errors.Is(err, tc.read) {
				t.Errorf("got %q of %d (%v), want %q of %d (%v)", got, size, err, tc.want, tc.size, tc.read)
			}
		})
	}
}

func TestHeadBlob(t *testing.T) {
	h := newHub(t)
	d := oci.DigestOf(nil)
	h.handle("/v2/library/nginx/blobs/"+d.String(), answerWith("", "Content-Length: 1234567890123"))
	c := h.client()
	if size, err := c.HeadBlob(t.Context(), "library/nginx", d); err != nil || size != 1234567890123 {
		t.Errorf("size %d, %v", size, err)
	}
	if _, err := c.HeadBlob(t.Context(), "library/nginx", oci.DigestOf([]byte("x"))); !errors.Is(err, upstream.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// A caller's mistake is found before anybody is asked.
func TestBadNames(t *testing.T) {
	c := newClient(t, "https://hub.test", func(cfg *upstream.Config) {
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			t.Errorf("asked for %s", r.URL)
			return nil, errDial
		})
	})
	d := oci.DigestOf(nil)
	for _, name := range []string{"", "../../etc", "library/../secret", "Upper/case", "a//b", "a/b?x=y", "a/b#c", "a/%2e%2e"} {
		_, err1 := c.Manifest(t.Context(), oci.Reference{Repository: name, Tag: "latest"})
		_, err2 := c.Head(t.Context(), oci.Reference{Repository: name, Digest: d})
		_, _, err3 := c.Blob(t.Context(), name, d, 0)
		_, err4 := c.HeadBlob(t.Context(), name, d)
		_, _, err5 := c.Tags(t.Context(), name, 0, "")
		_, _, _, err6 := c.Referrers(t.Context(), name, d, "")
		for i, err := range []error{err1, err2, err3, err4, err5, err6} {
			if !errors.Is(err, oci.ErrName) {
				t.Errorf("%q, call %d: %v", name, i+1, err)
			}
		}
	}
	if _, err := c.Manifest(t.Context(), oci.Reference{Repository: "a/b", Tag: "../x"}); !errors.Is(err, oci.ErrReference) {
		t.Errorf("a tag with a path: %v", err)
	}
	for _, bad := range []oci.Digest{"", "sha256:../x", "md5:d41d8cd98f00b204e9800998ecf8427e"} {
		_, _, err1 := c.Blob(t.Context(), "a/b", bad, 0)
		_, err2 := c.HeadBlob(t.Context(), "a/b", bad)
		_, _, _, err3 := c.Referrers(t.Context(), "a/b", bad, "")
		if !errors.Is(err1, oci.ErrDigest) || !errors.Is(err2, oci.ErrDigest) || !errors.Is(err3, oci.ErrDigest) {
			t.Errorf("digest %q: %v, %v, %v", bad, err1, err2, err3)
		}
	}
	if _, _, err := c.Blob(t.Context(), "a/b", d, -1); err == nil {
		t.Error("a negative offset was taken")
	}
}

// The message of an error is upstream's own, made fit to be printed.
func TestErrorText(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"of the specification", `{"errors":[{"code":"DENIED","message":"no"},{"code":"NAME_UNKNOWN"}]}`, "DENIED: no; NAME_UNKNOWN"},
		{"text", "go away\n", "go away"},
		{"control characters", "a\x1b[31mb\x00c\r\nd\xff", "a [31mb c d"},
		{"none", "", ""},
		{"too long", strings.Repeat("é", 1<<20), strings.Repeat("é", 256) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHub(t)
			h.handle("/v2/library/nginx/manifests/latest", func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, tc.body)
			})
			_, err := h.client().Manifest(t.Context(), nginx)
			e := (*upstream.Error)(nil)
			if !errors.As(err, &e) || e.Body != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// Docker Hub's headers on the state of its limit.
func TestRateLimit(t *testing.T) {
	h := newHub(t)
	left := 76
	h.handle("/v2/library/nginx/manifests/latest", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("RateLimit-Limit", "100;w=21600")
		h.Set("RateLimit-Remaining", fmt.Sprintf("%d;w=21600", left))
		h.Set("Docker-RateLimit-Source", fmt.Sprintf("192.0.2.%d", left))
		if left == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
		_, _ = io.WriteString(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}`)
	})
	metrics := prometheus.NewPedanticRegistry()
	at := newClock()
	c := h.client(func(cfg *upstream.Config) { cfg.Metrics, cfg.Now = metrics, at.now })
	if got := c.RateLimit(); got != (upstream.RateLimit{}) {
		t.Errorf("before any answer: %+v", got)
	}
	for ; left >= 0; left -= 76 {
		_, err := c.Manifest(t.Context(), nginx)
		if limited := errors.Is(err, upstream.ErrRateLimited); limited != (left == 0) {
			t.Errorf("with %d left: %v", left, err)
		}
		want := upstream.RateLimit{Limit: 100, Remaining: left, Window: 6 * time.Hour, Source: fmt.Sprintf("192.0.2.%d", left), At: at.now()}
		if diff := cmp.Diff(want, c.RateLimit()); diff != "" {
			t.Errorf("rate limit (-want +got):\n%s", diff)
		}
	}
	got := values(t, metrics)
	for key, want := range map[string]float64{
		"lazaret_upstream_ratelimit_limit": 100, "lazaret_upstream_ratelimit_remaining": 0, "lazaret_upstream_ratelimit_source 192.0.2.0": 1,
		"lazaret_upstream_rate_limited_total": 1, "lazaret_upstream_requests_total manifest 429": 1,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v, want %v", key, v, want)
		}
	}
	if _, ok := got["lazaret_upstream_ratelimit_source 192.0.2.76"]; ok {
		t.Error("the source of before is still there")
	}
}

func FuzzParsers(f *testing.F) {
	for _, s := range []string{"bytes 5-9/10", "bytes 0-0/*", "bytes 9-5/10", "100;w=21600", "-1", "120", "Tue, 24 Nov 2026 12:00:00 GMT", "a\x1bb"} {
		f.Add(s)
	}
	now := newClock().now()
	f.Fuzz(func(t *testing.T, s string) {
		if start, total, err := upstream.ParseContentRange(s); err == nil && (start < 0 || total < -1 || total >= 0 && start >= total) {
			t.Errorf("%q is from %d of %d", s, start, total)
		}
		if n, window, ok := upstream.ParseLimit(s); ok && (n < 0 || window < 0) {
			t.Errorf("%q is %d in %v", s, n, window)
		}
		if d := upstream.RetryAfter(s, now); d < -1 {
			t.Errorf("%q is %v", s, d)
		}
		if got := upstream.Clean(s); strings.ContainsAny(got, "\x1b\n\r\x00") || len(got) > 520 {
			t.Errorf("%q came through as %q", s, got)
		}
	})
}
