package cache

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Memory is a Store in memory, for tests and for a mirror that need not remember.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex // guards what follows
	values map[string]memoryValue
	sets   map[string]memorySet
}

type memoryValue struct {
	b       []byte
	expires time.Time // zero: never
}

type memorySet struct {
	members map[string]bool
	expires time.Time
}

// NewMemory makes an empty Memory; now is its clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, values: map[string]memoryValue{}, sets: map[string]memorySet{}}
}

func (m *Memory) over(t time.Time) bool { return !t.IsZero() && !m.now().Before(t) }

func (m *Memory) until(ttl time.Duration) time.Time {
	if ttl == 0 {
		return time.Time{}
	}
	return m.now().Add(ttl)
}

// Get implements Store.
func (m *Memory) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([][]byte, len(keys))
	for i, k := range keys {
		if v, ok := m.values[k]; ok && !m.over(v.expires) {
			out[i] = slices.Clone(v.b)
		}
	}
	return out, nil
}

// Set implements Store.
func (m *Memory) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[key] = memoryValue{append([]byte{}, value...), m.until(ttl)}
	return nil
}

// Add implements Store.
func (m *Memory) Add(ctx context.Context, key, member string, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sets[key]
	if !ok || m.over(s.expires) {
		s.members = map[string]bool{}
	}
	s.members[member] = true
	s.expires = m.until(ttl)
	m.sets[key] = s
	return nil
}

// Members implements Store.
func (m *Memory) Members(ctx context.Context, key string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sets[key]
	if m.over(s.expires) {
		return nil, nil
	}
	var out []string
	for member := range s.members {
		out = append(out, member)
	}
	return out, nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
