package testhub_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A scene is a hub with one image, and a client that may pull it.
type scene struct {
	client
	blob []byte
	path string // of the blob
}

// scenes run a test on a hub and on a hub that redirects: bytes go wrong alike.
func scenes(t *testing.T, test func(t *testing.T, s scene)) {
	for name, redirect := range map[string]bool{"hub": false, "CDN": true} {
		t.Run(name, func(t *testing.T) {
			hub := start(t, testhub.Config{Redirect: redirect})
			img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
			c := login(t, hub, "library/nginx")
			layer := img.Layers[1].Digest
			s := scene{client: c, blob: img.Blobs[layer], path: "/v2/library/nginx/blobs/" + layer.String()}
			if redirect {
				s.path, s.token = c.do("GET", s.path).Header.Get("Location"), ""
			}
			test(t, s)
		})
	}
}

func (s scene) get(header ...string) response { s.t.Helper(); return s.do("GET", s.path, header...) }

func (s scene) intact(t *testing.T) {
	t.Helper()
	if res := s.get(); res.err != nil || !bytes.Equal(res.body, s.blob) {
		t.Errorf("the blob is not intact: %d, %d bytes, %v", res.StatusCode, len(res.body), res.err)
	}
}

// await gives up on what should have happened long ago.
func await(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatal("it never happens")
	}
}

func TestStatusSequence(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		s.hub.SetFaults(
			testhub.Fault{Match: testhub.AnyBlob, Status: 503, Times: 2},
			testhub.Fault{Match: testhub.AnyBlob, Status: 429, RetryAfter: "7", Times: 1},
		)
		type answer struct {
			Status     int
			RetryAfter string
		}
		var got []answer
		for range 4 {
			res := s.get()
			got = append(got, answer{res.StatusCode, res.Header.Get("Retry-After")})
		}
		if diff := cmp.Diff([]answer{{503, ""}, {503, ""}, {429, "7"}, {200, ""}}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestStatusForEver(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		s.hub.SetFaults(testhub.Fault{Status: 500})
		for range 3 {
			if res := s.get(); res.StatusCode != 500 || code(t, res.body) != "UNKNOWN" {
				t.Errorf("%d %s", res.StatusCode, res.body)
			}
		}
		s.hub.SetFaults()
		s.intact(t)
	})
}

func TestCut(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		for _, test := range []struct{ after, want int64 }{{-1, 0}, {1, 1}, {40_000, 40_000}} {
			s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, CutAfter: test.after, Times: 1})
			res := s.get()
			if !bytes.Equal(res.body, s.blob[:test.want]) || !errors.Is(res.err, io.ErrUnexpectedEOF) || res.ContentLength != int64(len(s.blob)) {
				t.Errorf("cut after %d: %d of %d bytes, %v", test.after, len(res.body), res.ContentLength, res.err)
			}
			s.intact(t)
		}
	})
}

func TestCutCountsFromTheRange(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, CutAfter: 100})
		res := s.get("Range", "bytes=1000-")
		if res.StatusCode != 206 || !bytes.Equal(res.body, s.blob[1000:1100]) || !errors.Is(res.err, io.ErrUnexpectedEOF) {
			t.Errorf("%d with %d bytes, %v", res.StatusCode, len(res.body), res.err)
		}
	})
}

func TestFlip(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		for _, at := range []int64{1, 40_000, int64(len(s.blob))} {
			s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, FlipByte: at, Times: 1})
			want := bytes.Clone(s.blob)
			want[at-1] = ^want[at-1]
			if res := s.get(); res.err != nil || !bytes.Equal(res.body, want) {
				t.Errorf("flip of byte %d: %d bytes, %v, not the ones wanted", at, len(res.body), res.err)
			}
			s.intact(t)
		}
	})
}

func TestGate(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		for _, after := range []int64{0, 40_000, int64(len(s.blob))} {
			gate := testhub.NewGate(after)
			s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, Gate: gate})
			res, err := s.try(t.Context(), "GET", s.path) // has the headers when it returns
			if err != nil {
				t.Fatal(err)
			}
			await(t, gate.Reached())
			before := make([]byte, after)
			if _, err := io.ReadFull(res.Body, before); err != nil {
				t.Fatal(err)
			}
			gate.Open()
			rest, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || !bytes.Equal(append(before, rest...), s.blob) {
				t.Errorf("gate after %d: %d and %d bytes, %v", after, len(before), len(rest), err)
			}
			s.intact(t) // the gate stays open
		}
	})
}

// A gate holds: of what comes after it, nothing is sent before it opens.
func TestGateHolds(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		gate := testhub.NewGate(1000)
		s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, Gate: gate})
		s.hub.ResetCounts()
		ctx, cancel := context.WithCancel(t.Context())
		res, err := s.try(ctx, "GET", s.path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		await(t, gate.Reached())
		if got := s.hub.BytesSent(); got != 1000 {
			t.Errorf("%d bytes were sent", got)
		}
		cancel()                              // the client goes away
		if err := s.hub.Close(); err != nil { // and leaves nothing that Close would wait for
			t.Error(err)
		}
		if got := s.hub.BytesSent(); got != 1000 {
			t.Errorf("%d bytes were sent in the end", got)
		}
	})
}

func TestCloseEndsWhatWaits(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		gate := testhub.NewGate(1000)
		s.hub.SetFaults(testhub.Fault{Match: testhub.AnyBlob, Gate: gate})
		res, err := s.try(t.Context(), "GET", s.path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		await(t, gate.Reached())
		if err := s.hub.Close(); err != nil {
			t.Error(err)
		}
		if body, err := io.ReadAll(res.Body); err == nil || len(body) != 1000 {
			t.Errorf("%d bytes, %v", len(body), err)
		}
	})
}

// Time is only bounded from below here: a timer may be late but is never early.
func TestLatency(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		const latency = 50 * time.Millisecond
		s.hub.SetFaults(testhub.Fault{Latency: latency})
		began := time.Now()
		s.intact(t)
		if took := time.Since(began); took < latency {
			t.Errorf("answered after %v", took)
		}
	})
}

// A client that does not wait out the latency gets nothing.
func TestLatencyIsBeforeTheHeaders(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		ctx, cancel := context.WithCancel(t.Context())
		s.hub.SetFaults(testhub.Fault{Latency: time.Hour, Match: func(r *http.Request) bool {
			cancel()
			return true
		}})
		if res, err := s.try(ctx, "GET", s.path); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v", res, err)
		}
		if err := s.hub.Close(); err != nil { // waits for the request, not for the hour
			t.Error(err)
		}
	})
}

func TestBandwidth(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		const rate = 1 << 20
		s.hub.SetFaults(testhub.Fault{BytesPerSecond: rate})
		began := time.Now()
		s.intact(t)
		// A tick may be due when a body begins, hence half.
		if took, least := time.Since(began), time.Duration(len(s.blob))*time.Second/rate/2; took < least {
			t.Errorf("%d bytes took %v", len(s.blob), took)
		}
	})
}

func TestMatch(t *testing.T) {
	hub := start(t, testhub.Config{})
	img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	c := login(t, hub, "library/nginx")
	first, second := img.Layers[0].Digest, img.Layers[1].Digest
	const manifest = "/v2/library/nginx/manifests/latest"
	requests := []struct{ method, path string }{
		{"GET", manifest}, {"HEAD", manifest},
		{"GET", "/v2/library/nginx/blobs/" + first.String()}, {"HEAD", "/v2/library/nginx/blobs/" + first.String()},
		{"GET", "/v2/library/nginx/blobs/" + second.String()}, {"GET", "/v2/"}, {"GET", "/token"},
	}
	for name, test := range map[string]struct {
		match func(*http.Request) bool
		want  string // the requests that meet the fault, by their place
	}{
		"all":      {nil, "0123456"},
		"blob":     {testhub.Blob(first), "2"},
		"blobs":    {testhub.AnyBlob, "24"},
		"manifest": {testhub.AnyManifest, "01"},
		"path":     {testhub.Path("HEAD", manifest), "1"},
		"token":    {testhub.AnyToken, "6"},
	} {
		hub.SetFaults(testhub.Fault{Match: test.match, Status: 502})
		var got strings.Builder
		for i, r := range requests {
			if c.do(r.method, r.path).StatusCode == 502 {
				got.WriteByte(byte('0' + i))
			}
		}
		if got.String() != test.want {
			t.Errorf("%s: met by %s, want %s", name, got.String(), test.want)
		}
	}
}

// Without a token a request meets no fault, so that a list of faults goes by pulls.
func TestChallengeUsesUpNoFault(t *testing.T) {
	scenes(t, func(t *testing.T, s scene) {
		s.hub.SetFaults(testhub.Fault{Match: testhub.AnyManifest, Status: 502, Times: 1})
		manifest := "/v2/library/nginx/manifests/latest"
		if res := (client{t: t, hub: s.hub}).do("GET", manifest); res.StatusCode != 401 {
			t.Errorf("without a token: %d", res.StatusCode)
		}
		if res := login(t, s.hub, "library/nginx").do("GET", manifest); res.StatusCode != 502 {
			t.Errorf("with a token: %d", res.StatusCode)
		}
	})
}

// Nothing waits for a client that is gone, neither at a gate nor for the latency.
func TestClientGoes(t *testing.T) {
	hub := start(t, testhub.Config{})
	img := push(t, hub, "nginx", "latest", testimage.Clean("a", small))
	c := login(t, hub, "library/nginx")
	for name, f := range map[string]testhub.Fault{
		"gate":    {Gate: testhub.NewGate(1000)},
		"latency": {Latency: time.Hour},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		f.Match = func(*http.Request) bool { cancel(); return true }
		hub.SetFaults(f)
		r := httptest.NewRequestWithContext(ctx, "GET", "/v2/library/nginx/blobs/"+img.Layers[0].Digest.String(), nil)
		r.Header.Set("Authorization", "Bearer "+c.token)
		rec, done := httptest.NewRecorder(), make(chan struct{})
		go func() { defer close(done); hub.ServeHTTP(rec, r) }()
		await(t, done)
		if rec.Body.Len() > 1000 {
			t.Errorf("%s: %d bytes", name, rec.Body.Len())
		}
	}
}
