package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// Reports keeps reports by digest and rule set: an LRU in this process over a Store.
type Reports struct {
	store Store
	seal  seal
	lru   *lru.Cache[string, inspect.Report]
}

// NewReports makes Reports over s, with size reports in memory. With a key, a stored
// report bears an HMAC-SHA256 under it, and one that bears none, or another, is a miss.
func NewReports(s Store, size int, key []byte) (*Reports, error) {
	l, err := lru.New[string, inspect.Report](size)
	if err != nil {
		return nil, fmt.Errorf("cache: reports: %w", err)
	}
	return &Reports{s, key, l}, nil
}

// Get returns those of the reports on ds under set that are there, in one round trip at
// most. What cannot be read, is not signed, or is about another digest or set, is not
// there, and the error says so; after an error of the store, those in memory are
// returned beside it. So what is returned holds, whatever the error.
func (r *Reports) Get(ctx context.Context, set inspect.SetID, ds ...oci.Digest) (map[oci.Digest]inspect.Report, error) {
	out := make(map[oci.Digest]inspect.Report, len(ds))
	var ask []oci.Digest
	var keys []string
	for _, d := range ds {
		if rep, ok := r.lru.Get(reportKey(set, d)); ok {
			out[d] = rep
		} else {
			ask, keys = append(ask, d), append(keys, reportKey(set, d))
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	got, err := r.store.Get(ctx, keys...)
	if err != nil {
		return out, fmt.Errorf("cache: reports: %w", err)
	}
	var bad error
	for i, b := range got {
		if b == nil {
			continue
		}
		rep, err := r.open(b)
		if err == nil && (rep.Digest != ask[i] || rep.Set != set) {
			err = fmt.Errorf("%w: it is of %s", ErrDamaged, rep.Digest)
		}
		if err != nil {
			bad = errors.Join(bad, fmt.Errorf("cache: report on %s: %w", ask[i], err))
			continue
		}
		if !rep.Partial {
			r.lru.Add(keys[i], rep)
		}
		out[ask[i]] = rep
	}
	return out, bad
}

// partialTTL is how long a partial report holds: long enough for the pull that it was made
// for, and for the requests that come with that.
const partialTTL = time.Minute

// Put keeps a report for good, or a partial one for a minute. After an error it is still in
// this process's memory, unless it is partial.
func (r *Reports) Put(ctx context.Context, rep inspect.Report) error {
	key, ttl := reportKey(rep.Set, rep.Digest), time.Duration(0)
	if rep.Partial {
		ttl = partialTTL
	} else {
		r.lru.Add(key, rep)
	}
	b, err := inspect.EncodeReport(rep)
	if err != nil {
		return fmt.Errorf("cache: report: %w", err)
	}
	if err := r.store.Set(ctx, key, r.seal.close("", b), ttl); err != nil {
		return fmt.Errorf("cache: report: %w", err)
	}
	return nil
}

func (r *Reports) open(b []byte) (inspect.Report, error) {
	b, ok := r.seal.open("", b)
	if !ok {
		return inspect.Report{}, ErrDamaged
	}
	rep, err := inspect.DecodeReport(b)
	if err != nil {
		return inspect.Report{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return rep, nil
}
