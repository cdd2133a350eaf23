package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lazaret/lazaret/internal/oci"
)

// Memo keeps what can be computed again, by a key that changes with whatever it was
// computed from.
type Memo struct {
	store Store
	ttl   time.Duration
	lru   *lru.Cache[string, []byte]
}

// NewMemo makes a Memo over s, with size entries in memory; values are kept for ttl.
func NewMemo(s Store, size int, ttl time.Duration) (*Memo, error) {
	l, err := lru.New[string, []byte](size)
	if err != nil {
		return nil, fmt.Errorf("cache: memo: %w", err)
	}
	return &Memo{s, ttl, l}, nil
}

// Get returns the value at key, or ErrMiss.
func (m *Memo) Get(ctx context.Context, key string) ([]byte, error) {
	if b, ok := m.lru.Get(key); ok {
		return slices.Clone(b), nil
	}
	got, err := m.store.Get(ctx, memoKey(key))
	if err != nil {
		return nil, fmt.Errorf("cache: memo: %w", err)
	}
	if got[0] == nil {
		return nil, ErrMiss
	}
	m.lru.Add(key, slices.Clone(got[0]))
	return got[0], nil
}

// Put keeps a value. After an error it is still in this process's memory.
func (m *Memo) Put(ctx context.Context, key string, value []byte) error {
	m.lru.Add(key, slices.Clone(value))
	if err := m.store.Set(ctx, memoKey(key), value, m.ttl); err != nil {
		return fmt.Errorf("cache: memo: %w", err)
	}
	return nil
}

// A Tag is what a tag was last seen to point at.
type Tag struct {
	Digest    oci.Digest `json:"digest"`
	MediaType string     `json:"media_type"`
	Size      int64      `json:"size"`
	Checked   time.Time  `json:"checked"` // with upstream
}

// Tags remembers tags. The store is asked first, since another replica may know better;
// memory answers while the store does not.
type Tags struct {
	store Store
	lru   *lru.Cache[string, Tag]
}

// NewTags makes Tags over s, with size entries in memory.
func NewTags(s Store, size int) (*Tags, error) {
	l, err := lru.New[string, Tag](size)
	if err != nil {
		return nil, fmt.Errorf("cache: tags: %w", err)
	}
	return &Tags{s, l}, nil
}

// Get returns what a tag points at, or ErrMiss.
func (t *Tags) Get(ctx context.Context, ref oci.Reference) (Tag, error) {
	got, err := t.store.Get(ctx, tagKey(ref))
	if err == nil && got[0] != nil {
		var tag Tag
		if json.Unmarshal(got[0], &tag) == nil {
			if _, bad := oci.ParseDigest(tag.Digest.String()); bad == nil {
				return tag, nil
			}
		}
		return Tag{}, ErrMiss // what cannot be read is not there
	}
	if tag, ok := t.lru.Get(tagKey(ref)); ok {
		return tag, nil
	}
	if err != nil {
		return Tag{}, fmt.Errorf("cache: tag: %w", err)
	}
	return Tag{}, ErrMiss
}

// Put remembers what a tag points at. After an error it is still in this process's memory.
func (t *Tags) Put(ctx context.Context, ref oci.Reference, tag Tag) error {
	t.lru.Add(tagKey(ref), tag)
	b, err := json.Marshal(tag)
	if err != nil {
		return fmt.Errorf("cache: tag: %w", err)
	}
	if err := t.store.Set(ctx, tagKey(ref), b, 0); err != nil {
		return fmt.Errorf("cache: tag: %w", err)
	}
	return nil
}

// A Link says that a manifest of a repository names a blob, and as what.
type Link struct {
	Manifest oci.Digest
	Role     string // without spaces
}

// Links remembers which manifests of a repository name a blob.
type Links struct {
	store Store
	mu    sync.Mutex // guards the values in lru
	lru   *lru.Cache[string, []Link]
}

// linkTTL is how long a link is kept after it was last made.
const linkTTL = 90 * 24 * time.Hour

// NewLinks makes Links over s, with size blobs in memory.
func NewLinks(s Store, size int) (*Links, error) {
	l, err := lru.New[string, []Link](size)
	if err != nil {
		return nil, fmt.Errorf("cache: links: %w", err)
	}
	return &Links{store: s, lru: l}, nil
}

// Add makes a link. One that this process knows costs nothing. After an error it is
// still in this process's memory.
func (l *Links) Add(ctx context.Context, registry, repository string, blob oci.Digest, link Link) error {
	key := linkKey(registry, repository, blob)
	l.mu.Lock()
	known, _ := l.lru.Get(key)
	fresh := !slices.Contains(known, link)
	if fresh {
		l.lru.Add(key, append(slices.Clone(known), link))
	}
	l.mu.Unlock()
	if !fresh {
		return nil
	}
	if err := l.store.Add(ctx, key, link.Role+" "+link.Manifest.String(), linkTTL); err != nil {
		return fmt.Errorf("cache: link: %w", err)
	}
	return nil
}

// Get returns the links of a blob, none if there are none. After an error it returns
// those that this process knows as well.
func (l *Links) Get(ctx context.Context, registry, repository string, blob oci.Digest) ([]Link, error) {
	key := linkKey(registry, repository, blob)
	known, _ := l.lru.Get(key)
	out := slices.Clone(known)
	members, err := l.store.Members(ctx, key)
	if err != nil {
		return out, fmt.Errorf("cache: links: %w", err)
	}
	for _, m := range members {
		role, d, _ := strings.Cut(m, " ")
		link := Link{Manifest: oci.Digest(d), Role: role}
		if _, err := oci.ParseDigest(d); (err == nil || d == "") && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out, nil
}
