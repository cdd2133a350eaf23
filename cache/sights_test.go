package cache_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lazaret/lazaret/cache"
)

// What was seen of a repository is kept for as long as it is said, of that repository alone; with a
// key, nobody else can say so.
func TestSights(t *testing.T) {
	c := &clock{}
	store := cache.NewMemory(c.now)
	ctx := t.Context()
	at := c.now().UTC()
	for name, key := range map[string]string{"plain": "", "sealed": "a key of this test"} {
		s := cache.NewSights(store, []byte(key))
		if got, err := s.Get(ctx, "ghcr.io", name); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s: before: %+v, %v", name, got, err)
		}
		for _, want := range []cache.Sight{{Public: true, At: at}, {At: at.Add(time.Second)}} {
			if err := s.Put(ctx, "ghcr.io", name, want, time.Hour); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get(ctx, "ghcr.io", name); err != nil || got.Public != want.Public || !got.At.Equal(want.At) {
				t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
			}
		}
		if _, err := s.Get(ctx, "docker.io", name); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s: of another registry: %v", name, err)
		}
		if _, err := cache.NewSights(store, []byte("another")).Get(ctx, "ghcr.io", name); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s: by another key: %v", name, err)
		}
	}
	// One repository's is not another's, wherever somebody copies it to.
	sealed, err := store.Get(ctx, "1:sight:ghcr.io/sealed")
	if err != nil || sealed[0] == nil {
		t.Fatalf("%v: the key is not as docs/formats.md has it", err)
	}
	for name, value := range map[string][]byte{"copied": sealed[0], "cut": sealed[0][:20], "by hand": []byte(`{"public":true,"at":"2026-11-24T12:00:00Z"}`)} {
		if err := store.Set(ctx, "1:sight:ghcr.io/"+name, value, 0); err != nil {
			t.Fatal(err)
		}
		if got, err := cache.NewSights(store, []byte("a key of this test")).Get(ctx, "ghcr.io", name); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	c.pass(time.Hour)
	if _, err := cache.NewSights(store, nil).Get(ctx, "ghcr.io", "plain"); !errors.Is(err, cache.ErrMiss) {
		t.Errorf("an hour later: %v", err)
	}
}
