package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// A Sight says whether a registry gave a repository to whoever asked, and when it said so.
type Sight struct {
	Public bool      `json:"public"`
	At     time.Time `json:"at"`
}

// Sights remembers which repositories are public, for all replicas.
type Sights struct {
	store Store
	seal  seal
}

// NewSights makes Sights over s. With a key each is sealed for its repository, as reports are:
// who can write the store makes none public that is not.
func NewSights(s Store, key []byte) *Sights { return &Sights{s, key} }

// Get returns what was last seen of a repository, or ErrMiss: so too of what cannot be read or
// was sealed otherwise.
func (s *Sights) Get(ctx context.Context, registry, repository string) (Sight, error) {
	key := sightKey(registry, repository)
	got, err := s.store.Get(ctx, key)
	if err != nil {
		return Sight{}, fmt.Errorf("cache: sight: %w", err)
	}
	var out Sight
	if b, ok := s.seal.open(key, got[0]); !ok || json.Unmarshal(b, &out) != nil || out.At.IsZero() {
		return Sight{}, ErrMiss
	}
	return out, nil
}

// Put keeps what was seen of a repository for ttl.
func (s *Sights) Put(ctx context.Context, registry, repository string, seen Sight, ttl time.Duration) error {
	key := sightKey(registry, repository)
	b, err := json.Marshal(seen)
	if err == nil {
		err = s.store.Set(ctx, key, s.seal.close(key, b), ttl)
	}
	if err != nil {
		return fmt.Errorf("cache: sight: %w", err)
	}
	return nil
}
