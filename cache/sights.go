package cache

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
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
	key   []byte
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
	b := got[0]
	if len(s.key) > 0 {
		if len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], s.mac(key, b[sha256.Size:])) {
			return Sight{}, ErrMiss
		}
		b = b[sha256.Size:]
	}
	var out Sight
	if json.Unmarshal(b, &out) != nil || out.At.IsZero() {
		return Sight{}, ErrMiss
	}
	return out, nil
}

// Put keeps what was seen of a repository for ttl.
func (s *Sights) Put(ctx context.Context, registry, repository string, seen Sight, ttl time.Duration) error {
	key := sightKey(registry, repository)
	b, err := json.Marshal(seen)
	if err == nil {
		if len(s.key) > 0 {
			b = append(s.mac(key, b), b...)
		}
		err = s.store.Set(ctx, key, b, ttl)
	}
	if err != nil {
		return fmt.Errorf("cache: sight: %w", err)
	}
	return nil
}

// mac is of the repository as well, so that one's sight is no other's.
func (s *Sights) mac(key string, b []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(key))
	m.Write([]byte{0})
	m.Write(b)
	return m.Sum(nil)
}
