// Package cache is what Lazaret remembers: blobs and the downloads that bring them,
// reports and the verdicts computed from them, tags, and which manifest names which blob.
//
// It promises that content it gives out as stored has the digest it is stored under;
// that the last byte of a download is readable by nobody before digest and size are
// verified and, for a held reader, before its release; and that a miss is ErrMiss and
// nothing else. It trusts its disk. It does not trust the store of small values to be
// up, or to hold what it can read: a report that does not decode is a miss.
//
// It knows neither policy nor HTTP. Use OpenBlobs for content, and NewReports, NewMemo,
// NewTags, NewLinks and NewSights over a Store (NewMemory, OpenSQLite, OpenRedis) for the rest.
package cache

import (
	"context"
	"errors"
	"time"
)

// ErrMiss says that something is not there. No other error ever counts as a miss.
var ErrMiss = errors.New("cache: miss")

// ErrVerify says that content is not what its digest or its size says.
var ErrVerify = errors.New("cache: content does not match its descriptor")

// ErrDamaged says that a stored value is not what it should be: cut, forged, or of another key.
var ErrDamaged = errors.New("cache: a stored value is damaged")

// A Store keeps small values by key.
type Store interface {
	// Get returns the values of keys in their order, nil for one that is not there, in one round trip.
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	// Set keeps a value for ttl, or for good if ttl is 0.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	Sets
	Close() error
}

// Sets keeps sets of short strings by key.
type Sets interface {
	// Add puts a member into a set, which is made if need be and kept for ttl from now, or for good.
	Add(ctx context.Context, key, member string, ttl time.Duration) error
	// Members returns a set's members in no order; none for a set that is not there.
	Members(ctx context.Context, key string) ([]string, error)
}
