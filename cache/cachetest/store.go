package cachetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/cache"
)

// A Backend is a Store under test with its clock.
type Backend struct {
	Store cache.Store
	Pass  func(time.Duration) // lets time go by, for the store
}

// RunStore is what every Store must pass. open gives an empty one.
func RunStore(t *testing.T, open func(t *testing.T) Backend) {
	t.Run("values", func(t *testing.T) { values(t, open(t)) })
	t.Run("expiry", func(t *testing.T) { expiry(t, open(t)) })
	t.Run("sets", func(t *testing.T) { sets(t, open(t)) })
	t.Run("concurrent", func(t *testing.T) { concurrent(t, open(t)) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, open(t)) })
}

func values(t *testing.T, b Backend) {
	ctx := t.Context()
	get := func(want [][]byte, keys ...string) {
		t.Helper()
		got, err := b.Store.Get(ctx, keys...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("get %q: %s", keys, diff)
		}
	}
	get([][]byte{nil, nil}, "a", "b")
	binary := bytes.Repeat([]byte{0, 0xff, '\n', '"'}, 10000)
	for key, value := range map[string][]byte{"a": []byte("1"), "with space:and/colon@": binary, "empty": {}} {
		if err := b.Store.Set(ctx, key, value, 0); err != nil {
			t.Fatal(err)
		}
	}
	get([][]byte{binary, nil, []byte("1"), {}, []byte("1")}, "with space:and/colon@", "nothing", "a", "empty", "a")
	if err := b.Store.Set(ctx, "a", []byte("2"), 0); err != nil {
		t.Fatal(err)
	}
	get([][]byte{[]byte("2")}, "a")
	get([][]byte{})
}

func expiry(t *testing.T, b Backend) {
	ctx := t.Context()
	for key, ttl := range map[string]time.Duration{"short": 2 * time.Second, "long": time.Hour, "ever": 0} {
		if err := b.Store.Set(ctx, key, []byte(key), ttl); err != nil {
			t.Fatal(err)
		}
		if err := b.Store.Add(ctx, "set "+key, "m", ttl); err != nil {
			t.Fatal(err)
		}
	}
	b.Pass(3 * time.Second)
	got, err := b.Store.Get(ctx, "short", "long", "ever")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{nil, []byte("long"), []byte("ever")}, got); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]int{"short": 0, "long": 1, "ever": 1} {
		if m, err := b.Store.Members(ctx, "set "+key); err != nil || len(m) != want {
			t.Errorf("members of set %s: %v %v, want %d", key, m, err, want)
		}
	}
	if err := b.Store.Set(ctx, "short", []byte("again"), 0); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Store.Get(ctx, "short"); err != nil || string(got[0]) != "again" {
		t.Errorf("set again: %q %v", got, err)
	}
}

func sets(t *testing.T, b Backend) {
	ctx := t.Context()
	if m, err := b.Store.Members(ctx, "s"); err != nil || len(m) != 0 {
		t.Errorf("members of nothing: %v %v", m, err)
	}
	for _, m := range []string{"b", "a", "b", "with space"} {
		if err := b.Store.Add(ctx, "s", m, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Store.Members(ctx, "s")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a", "b", "with space"}, got); diff != "" {
		t.Error(diff)
	}
}

func concurrent(t *testing.T, b Backend) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				key := fmt.Sprint("k", j)
				if err := b.Store.Set(t.Context(), key, []byte(key), 0); err != nil {
					t.Error(err)
				}
				if err := b.Store.Add(t.Context(), "all", fmt.Sprint(i, " ", j), 0); err != nil {
					t.Error(err)
				}
				if got, err := b.Store.Get(t.Context(), key); err != nil || string(got[0]) != key {
					t.Errorf("get %s: %q %v", key, got, err)
				}
			}
		})
	}
	wg.Wait()
	if m, err := b.Store.Members(t.Context(), "all"); err != nil || len(m) != 160 {
		t.Errorf("%d members, %v, want 160: one was lost", len(m), err)
	}
}

func cancelled(t *testing.T, b Backend) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Store.Get(ctx, "a"); err == nil {
		t.Error("get with a context that has ended: no error")
	}
	if err := b.Store.Set(ctx, "a", nil, 0); err == nil {
		t.Error("set with a context that has ended: no error")
	}
}
