package allowlist_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/allowlist"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// fake are records in memory that can be down.
type fake struct {
	mu      sync.Mutex // guards the rest
	changes int64
	all     []records.Exception
	down    error
	lists   int
}

func (f *fake) Changes(context.Context, string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changes, f.down
}

func (f *fake) InForce(context.Context) ([]records.Exception, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists++
	return f.all, f.down
}

func (f *fake) put(all ...records.Exception) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all, f.changes = all, f.changes+1
}

func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func of(repository, client string) policy.Subject {
	return policy.Subject{Image: policy.Image{Reference: oci.Reference{Repository: repository}}, Client: policy.Client{Address: client}}
}

func ids(l *allowlist.List, s policy.Subject) (out []string) {
	all, _ := l.For(s)
	for _, e := range all {
		out = append(out, e.ID)
	}
	return out
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		now := time.Now()
		exception := func(id int64, s records.Scope, d time.Duration) records.Exception {
			return records.Exception{ID: id, At: now, Scope: s, Expires: now.Add(d)}
		}
		acme, net, late := exception(1, records.Scope{Repository: "acme/*"}, time.Hour), exception(2, records.Scope{Client: "192.0.2.0/24"}, time.Minute), exception(3, records.Scope{Rule: "r/x"}, time.Hour)
		f.put(acme, net)
		l, err := allowlist.New(t.Context(), allowlist.Config{Records: f})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		defer running.Wait()
		defer stop()
		here := of("acme/app", "192.0.2.7")
		want(t, "both", ids(l, here), "1", "2")
		want(t, "of the repository", ids(l, of("acme/app", "198.51.100.1")), "1")
		want(t, "of the client", ids(l, of("other/app", "192.0.2.7")), "2")
		want(t, "none", ids(l, of("other/app", "198.51.100.1")))
		_, both := l.For(here)
		_, alone := l.For(of("acme/app", "198.51.100.1"))
		if both == alone {
			t.Errorf("other exceptions go by the same name: %q", both)
		}

		f.put(acme, net, late)
		time.Sleep(2 * time.Second) // synctest's
		want(t, "within 2 s", ids(l, here), "1", "2", "3")

		f.fail(errors.New("down"))
		f.put()
		time.Sleep(20 * time.Second)
		want(t, "while the records are down", ids(l, here), "1", "2", "3")
		if l.Ready(ctx) == nil {
			t.Error("ready, and the records are down")
		}
		time.Sleep(38*time.Second - time.Nanosecond)
		want(t, "just before it expires", ids(l, here), "1", "2", "3")
		time.Sleep(time.Nanosecond)
		want(t, "expired", ids(l, here), "1", "3")
		f.fail(nil)
		time.Sleep(2 * time.Second)
		want(t, "revoked, and up again", ids(l, here))
		if err := l.Ready(ctx); err != nil {
			t.Error(err)
		}
		if f.lists != 3 {
			t.Errorf("the list was read %d times, want 3: it is read when it has changed", f.lists)
		}
	})
}

// Two processes over one database agree within 2 s, and after a renewal and a revocation too.
func TestReplicas(t *testing.T) {
	cfg := records.Config{Path: filepath.Join(t.TempDir(), "records.db")}
	var lists []*allowlist.List
	var last *records.Records
	for range 2 {
		r, err := records.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close(context.Background()) })
		l, err := allowlist.New(t.Context(), allowlist.Config{Records: r})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { l.Run(ctx); close(ended) }()
		t.Cleanup(func() { stop(); <-ended })
		lists, last = append(lists, l), r
	}
	agree := func(what string, n int) {
		t.Helper()
		deadline := time.Now().Add(2 * time.Second)
		for _, l := range lists {
			for {
				if all, _ := l.For(of("acme/app", "")); len(all) == n {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: not everywhere within 2 s", what)
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	who := records.Actor{Name: "ada"}
	e, err := last.AddException(t.Context(), who, records.NewException{Reason: "r", Scope: records.Scope{Repository: "acme/*"}})
	if err != nil {
		t.Fatal(err)
	}
	agree("added", 1)
	if _, err := last.Revoke(t.Context(), who, e.ID); err != nil {
		t.Fatal(err)
	}
	agree("revoked", 0)
}

func BenchmarkFor(b *testing.B) {
	f := &fake{}
	var all []records.Exception
	for i := range int64(1000) {
		all = append(all, records.Exception{ID: i, Scope: records.Scope{Repository: "acme/app-*", Rule: "miner/binary"}, Expires: time.Now().Add(time.Hour)})
	}
	f.put(all...)
	l, err := allowlist.New(b.Context(), allowlist.Config{Records: f})
	if err != nil {
		b.Fatal(err)
	}
	s := of("library/nginx", "192.0.2.7")
	for b.Loop() {
		if got, _ := l.For(s); len(got) != 0 {
			b.Fatal("one concerns it")
		}
	}
}
