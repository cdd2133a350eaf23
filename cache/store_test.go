package cache_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/cache/cachetest"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// A clock that is moved by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(1_700_000_000, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func TestMemoryStore(t *testing.T) {
	cachetest.RunStore(t, func(*testing.T) cachetest.Backend {
		c := &clock{}
		return cachetest.Backend{Store: cache.NewMemory(c.now), Pass: c.pass}
	})
}

func TestSQLiteStore(t *testing.T) {
	cachetest.RunStore(t, func(t *testing.T) cachetest.Backend {
		c := &clock{}
		s, err := cache.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "reports.db"), c.now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return cachetest.Backend{Store: s, Pass: c.pass}
	})
}

func TestRedisStore(t *testing.T) {
	redis := cachetest.StartRedis(t)
	n := 0
	cachetest.RunStore(t, func(t *testing.T) cachetest.Backend {
		n++
		s, err := cache.OpenRedis(t.Context(), redis.URL(), "test"+strings.Repeat("x", n)+":")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		// Redis has no clock but the real one.
		return cachetest.Backend{Store: s, Pass: func(d time.Duration) { <-time.After(d) }}
	})
}

func TestSQLiteKeeps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reports.db")
	for i := range 2 {
		s, err := cache.OpenSQLite(t.Context(), path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := s.Set(t.Context(), "k", []byte("v"), 0); err != nil {
				t.Fatal(err)
			}
		} else if got, err := s.Get(t.Context(), "k"); err != nil || string(got[0]) != "v" {
			t.Errorf("after opening again: %q %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRedisURLs(t *testing.T) {
	for url, ok := range map[string]bool{
		"redis://127.0.0.1:6379": true, "redis://user:hunter2@127.0.0.1:6379/3": true, "rediss://host": true,
		"redis-sentinel://a:1,b:2/master": true, "redis-sentinel://u:p@a:1,b:2/master/2": true, "redis-cluster://a:1,b:2": true, "rediss-cluster://a:1": true,
		"": false, "http://host": false, "redis://": false, "redis-sentinel://a:1": false, "redis-other://a": false, "redis://user:hunter2@host:port": false,
	} {
		s, err := cache.OpenRedis(t.Context(), url, "")
		if (err == nil) != ok {
			t.Errorf("%q: %v, want ok %t", url, err, ok)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error has the password: %v", url, err)
		}
		if err == nil {
			s.Close()
		}
	}
}

var testSet = inspect.SetID("set-1")

func report(content string) inspect.Report {
	d := oci.DigestOf([]byte(content))
	return inspect.Report{
		Digest: d, Set: testSet, Kind: inspect.KindLayer,
		Findings: []inspect.Finding{{Rule: "miner/x", Category: inspect.Miner, Severity: inspect.Critical, Confidence: inspect.High, Layer: d, Path: "a", Evidence: content}},
		Gaps:     []inspect.Gap{{Path: "b", Why: "too deep"}},
	}
}

func reports(t *testing.T, s cache.Store, key string) *cache.Reports {
	t.Helper()
	r, err := cache.NewReports(s, 16, []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReports(t *testing.T) {
	s := cache.NewMemory(time.Now)
	a, b := report("a"), report("b")
	writer := reports(t, s, "")
	for _, r := range []inspect.Report{a, b} {
		if err := writer.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	missing := oci.DigestOf([]byte("missing"))
	for name, r := range map[string]*cache.Reports{"the writer": writer, "another replica": reports(t, s, "")} {
		got, err := r.Get(t.Context(), testSet, a.Digest, missing, b.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[oci.Digest]inspect.Report{a.Digest: a, b.Digest: b}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got, err := r.Get(t.Context(), "another set", a.Digest); err != nil || len(got) > 0 {
			t.Errorf("%s, another rule set: %v %v", name, got, err)
		}
	}
}

// A damaged is a value of the store that is not the report it should be.
type damaged struct {
	cache.Store
	change func([]byte) []byte
}

func (d damaged) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	got, err := d.Store.Get(ctx, keys...)
	for i := range got {
		if got[i] != nil {
			got[i] = d.change(got[i])
		}
	}
	return got, err
}

// What is damaged, forged or about something else is not there.
func TestReportsAreNotBelieved(t *testing.T) {
	a, b := report("a"), report("b")
	for _, key := range []string{"", "a key"} {
		s := cache.NewMemory(time.Now)
		w := reports(t, s, key)
		for _, r := range []inspect.Report{a, b} {
			if err := w.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		stored := map[oci.Digest][]byte{}
		damagedStore := damaged{s, func(v []byte) []byte { stored[oci.DigestOf(v)] = v; return v }}
		if got, err := reports(t, damagedStore, key).Get(t.Context(), testSet, b.Digest); err != nil || len(got) != 1 {
			t.Fatalf("undamaged: %v %v", got, err)
		}
		var ofB []byte
		for _, v := range stored {
			ofB = v
		}
		for name, change := range map[string]func([]byte) []byte{
			"empty":        func([]byte) []byte { return []byte{} },
			"not JSON":     func([]byte) []byte { return []byte("garbage") },
			"cut":          func(v []byte) []byte { return v[:len(v)-1] },
			"another blob": func([]byte) []byte { return ofB },
			"no findings":  func(v []byte) []byte { return []byte(`{}`) },
		} {
			got, err := reports(t, damaged{s, change}, key).Get(t.Context(), testSet, a.Digest)
			if !errors.Is(err, cache.ErrDamaged) || len(got) > 0 {
				t.Errorf("key %q, %s: %v %v", key, name, got, err)
			}
		}
	}
	s := cache.NewMemory(time.Now)
	if err := reports(t, s, "key 1").Put(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"key 2", ""} {
		if got, err := reports(t, s, key).Get(t.Context(), testSet, a.Digest); !errors.Is(err, cache.ErrDamaged) || len(got) > 0 {
			t.Errorf("signed with another key, read with %q: %v %v", key, got, err)
		}
	}
}

// A store that is gone, or never answers, is an error that comes soon; what is in memory stays.
func TestRedisOutOfReach(t *testing.T) {
	redis := cachetest.StartRedis(t)
	s, err := cache.OpenRedis(t.Context(), redis.URL(), "p:")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := reports(t, s, "")
	a, b := report("a"), report("b")
	if err := r.Put(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	redis.Stop()
	if err := r.Put(t.Context(), b); err == nil {
		t.Error("put without Redis: no error")
	}
	got, err := r.Get(t.Context(), testSet, a.Digest, b.Digest, oci.DigestOf([]byte("c")))
	if err == nil || errors.Is(err, cache.ErrMiss) {
		t.Errorf("get without Redis: %v", err)
	}
	if diff := cmp.Diff(map[oci.Digest]inspect.Report{a.Digest: a, b.Digest: b}, got); diff != "" {
		t.Error(diff)
	}
	redis.Start()
	if got, err := r.Get(t.Context(), testSet, oci.DigestOf([]byte("c"))); err != nil || len(got) > 0 {
		t.Errorf("Redis is back: %v %v", got, err)
	}
}

func TestRedisThatNeverAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := cache.OpenRedis(t.Context(), "redis://"+l.Addr().String(), "p:")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := s.Get(ctx, "a"); err == nil || ctx.Err() != nil {
		t.Errorf("get: %v, context %v", err, ctx.Err())
	}
}

func TestTagsAndLinksAndMemo(t *testing.T) {
	s := cache.NewMemory(time.Now)
	ref := oci.Reference{Registry: "docker.io", Repository: "library/nginx", Tag: "latest"}
	d := oci.DigestOf([]byte("m"))
	tag := cache.Tag{Digest: d, MediaType: oci.MediaTypeOCIManifest, Size: 5, Checked: time.Unix(100, 0).UTC()}
	links := []cache.Link{{Manifest: d, Role: "config"}, {Role: "blob"}}
	for i := range 2 { // the writer, and another replica
		tags, err := cache.NewTags(s, 4)
		if err != nil {
			t.Fatal(err)
		}
		all, err := cache.NewLinks(s, 4)
		if err != nil {
			t.Fatal(err)
		}
		memo, err := cache.NewMemo(s, 4, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if _, err := tags.Get(t.Context(), ref); !errors.Is(err, cache.ErrMiss) {
				t.Errorf("no tag: %v", err)
			}
			if _, err := memo.Get(t.Context(), "k"); !errors.Is(err, cache.ErrMiss) {
				t.Errorf("no memo: %v", err)
			}
			if got, err := all.Get(t.Context(), "docker.io", "library/nginx", d); err != nil || len(got) > 0 {
				t.Errorf("no links: %v %v", got, err)
			}
			err = errors.Join(tags.Put(t.Context(), ref, tag), memo.Put(t.Context(), "k", []byte("v")))
			for _, l := range links {
				err = errors.Join(err, all.Add(t.Context(), "docker.io", "library/nginx", d, l))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, err := tags.Get(t.Context(), ref); err != nil || got != tag {
			t.Errorf("tag %+v %v", got, err)
		}
		if got, err := memo.Get(t.Context(), "k"); err != nil || string(got) != "v" {
			t.Errorf("memo %q %v", got, err)
		}
		got, err := all.Get(t.Context(), "docker.io", "library/nginx", d)
		if err != nil || len(got) != 2 {
			t.Errorf("links %v %v", got, err)
		}
		if got, err := all.Get(t.Context(), "docker.io", "acme/private", d); err != nil || len(got) > 0 {
			t.Errorf("links of another repository: %v %v", got, err)
		}
	}
}
