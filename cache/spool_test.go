package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
)

var errDenied = errors.New("denied")

// openBlobs opens a store on disk, with settings that change may alter.
func openBlobs(t *testing.T, change func(*cache.BlobsConfig)) *cache.Blobs {
	t.Helper()
	dir := t.TempDir()
	cfg := cache.BlobsConfig{
		Driver: "filesystem", Parameters: map[string]any{"rootdirectory": filepath.Join(dir, "store")}, SpoolDir: filepath.Join(dir, "spool"),
		MaxDownloads: 8, MaxBlob: 1 << 30, IdleTimeout: time.Minute, Deadline: time.Minute, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	if change != nil {
		change(&cfg)
	}
	b, err := cache.OpenBlobs(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(n + 1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// A source gives content in steps.
type source struct {
	content []byte
	step    int
	gets    atomic.Int32
	breakAt int // the first body ends with an error there, if positive
	unsized bool
	hold    chan struct{} // waited for before the last step, if set
}

func (s *source) fetch(ctx context.Context, offset int64) (io.ReadCloser, int64, error) {
	first := s.gets.Add(1) == 1
	size := int64(len(s.content))
	if s.unsized {
		size = -1
	}
	return io.NopCloser(&body{s: s, ctx: ctx, off: int(offset), breaks: first && s.breakAt > 0}), size, nil
}

type body struct {
	s      *source
	ctx    context.Context
	off    int
	breaks bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.breaks && b.off >= b.s.breakAt {
		return 0, io.ErrUnexpectedEOF
	}
	left := b.s.content[b.off:]
	if len(left) <= b.s.step && b.s.hold != nil {
		select {
		case <-b.s.hold:
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	if len(left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), b.s.step)], left)
	b.off += n
	return n, nil
}

// Every follower sees a prefix of the content, the whole of it only after the release,
// and an error in place of the rest otherwise; whatever the sizes and steps.
func TestFollow(t *testing.T) {
	const hold = 4096
	for _, size := range []int{0, 1, hold - 1, hold, hold + 1, 3*hold + 7, 1<<20 + 7} {
		for _, step := range []int{1 << 10, 1 << 16, 1 << 20} {
			for _, how := range []string{"allow", "deny", "corrupt", "broken", "unsized", "unverdicted"} {
				t.Run(fmt.Sprintf("%d by %d %s", size, step, how), func(t *testing.T) {
					follow(t, size, step, hold, how)
				})
			}
		}
	}
}

func follow(t *testing.T, size, step int, hold int64, how string) {
	b := openBlobs(t, nil)
	content := noise(size)
	d := oci.Descriptor{Digest: oci.DigestOf(content)}
	src := &source{content: content, step: step}
	switch how {
	case "corrupt":
		src.content = append(bytes.Clone(content), 'x')[1:]
		if size == 0 {
			src.content = []byte("x")
		}
	case "broken":
		src.breakAt = size / 2
	case "unsized":
		src.unsized = true
	}
	var cleared atomic.Bool
	clear := func(ctx context.Context) error {
		if how == "deny" {
			return errDenied
		}
		cleared.Store(true)
		return nil
	}
	if how == "unverdicted" {
		clear = nil
	}
	spool := b.Fill(d, src.fetch)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r := spool.Follow(t.Context(), cache.Follow{Hold: hold, Clear: clear})
			defer r.Close()
			got, err := io.ReadAll(r)
			switch how {
			case "corrupt":
				if !errors.Is(err, cache.ErrVerify) || len(got) >= len(src.content) && size > 0 {
					t.Errorf("corrupt: %d bytes of %d, %v", len(got), len(src.content), err)
				}
			case "deny":
				if size > 0 && (!errors.Is(err, errDenied) || int64(len(got)) > max(0, int64(size)-hold) || !bytes.HasPrefix(content, got)) {
					t.Errorf("denied: %d bytes of %d, %v", len(got), size, err)
				}
			default:
				if err != nil || !bytes.Equal(got, content) {
					t.Errorf("%s: %d bytes of %d, %v", how, len(got), size, err)
				}
				if clear != nil && size > 0 && !cleared.Load() {
					t.Error("the content was complete before the release")
				}
			}
		})
	}
	wg.Wait()
	err := spool.Wait(t.Context())
	_, _, open := b.Open(t.Context(), d.Digest)
	if how == "corrupt" {
		if !errors.Is(err, cache.ErrVerify) || !errors.Is(open, cache.ErrMiss) {
			t.Errorf("corrupt: wait %v, open %v", err, open)
		}
		return
	}
	if err != nil || open != nil {
		t.Errorf("wait %v, open %v", err, open)
	}
}

// The inspector reads all bytes before any verdict, and its end of file is the proof.
func TestFollowFreely(t *testing.T) {
	b := openBlobs(t, nil)
	content := noise(1 << 20)
	src := &source{content: content, step: 1 << 14, hold: make(chan struct{})}
	spool := b.Fill(oci.Descriptor{Digest: oci.DigestOf(content)}, src.fetch)
	r := spool.Follow(t.Context(), cache.Follow{})
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, len(content)-1<<14)); err != nil {
		t.Fatal(err)
	}
	close(src.hold)
	rest, err := io.ReadAll(r)
	if err != nil || len(rest) != 1<<14 {
		t.Errorf("%d bytes, %v", len(rest), err)
	}
}

func TestOneDownloadForAll(t *testing.T) {
	b := openBlobs(t, nil)
	content := noise(1 << 18)
	src := &source{content: content, step: 1 << 12, hold: make(chan struct{})}
	d := oci.Descriptor{Digest: oci.DigestOf(content), Size: int64(len(content))}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			r := b.Fill(d, src.fetch).Follow(t.Context(), cache.Follow{Hold: 1})
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	close(src.hold)
	wg.Wait()
	if n := src.gets.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	// And from the store, without another.
	r := b.Fill(d, src.fetch).Follow(t.Context(), cache.Follow{Offset: 100, Length: 50})
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[100:150]) {
		t.Errorf("from the store: %d bytes, %v", len(got), err)
	}
	if n := src.gets.Load(); n != 1 {
		t.Errorf("%d downloads after it was stored", n)
	}
}

// A follower that leaves ends nothing but itself, the leader too.
func TestLeavingFollower(t *testing.T) {
	b := openBlobs(t, nil)
	content := noise(1 << 18)
	src := &source{content: content, step: 1 << 12, hold: make(chan struct{})}
	spool := b.Fill(oci.Descriptor{Digest: oci.DigestOf(content)}, src.fetch)
	ctx, cancel := context.WithCancel(t.Context())
	r := spool.Follow(ctx, cache.Follow{Hold: 1})
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("the follower that left: %v", err)
	}
	r.Close()
	close(src.hold)
	if err := spool.Wait(t.Context()); err != nil {
		t.Errorf("the download: %v", err)
	}
}

// A range is part of the blob, and the hold is the blob's.
func TestFollowRange(t *testing.T) {
	b := openBlobs(t, nil)
	content := noise(10000)
	src := &source{content: content, step: 1 << 10}
	spool := b.Fill(oci.Descriptor{Digest: oci.DigestOf(content)}, src.fetch)
	for _, o := range []cache.Follow{
		{Offset: 0, Length: 10, Hold: 100}, {Offset: 9000, Hold: 2000}, {Offset: 9990, Length: 10, Hold: 1}, {Offset: 5000, Length: 100, Hold: math.MaxInt64},
	} {
		denied := o
		denied.Clear = func(context.Context) error { return errDenied }
		o.Clear = func(context.Context) error { return nil }
		end := int64(len(content))
		if o.Length > 0 {
			end = o.Offset + o.Length
		}
		r := spool.Follow(t.Context(), o)
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[o.Offset:end]) {
			t.Errorf("%+v: %d bytes, %v", o, len(got), err)
		}
		r.Close()
		r = spool.Follow(t.Context(), denied)
		got, err := io.ReadAll(r)
		if most := max(0, min(end, int64(len(content))-o.Hold)-o.Offset); int64(len(got)) > most {
			t.Errorf("denied %+v: %d bytes, %d may leave", o, len(got), most)
		}
		if end > int64(len(content))-o.Hold && !errors.Is(err, errDenied) {
			t.Errorf("denied %+v: %v", o, err)
		}
		r.Close()
	}
}

// A long hold gives a byte at a time, and never the last.
func TestTrickle(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b, err := cache.OpenBlobs(t.Context(), cache.BlobsConfig{
			Driver: "inmemory", SpoolDir: filepath.Join(dir, "spool"), MaxDownloads: 1, MaxBlob: 1 << 20,
			IdleTimeout: time.Hour, Deadline: time.Hour, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		content := noise(20)
		src := &source{content: content, step: 5}
		spool := b.Fill(oci.Descriptor{Digest: oci.DigestOf(content)}, src.fetch)
		release := make(chan struct{})
		r := spool.Follow(t.Context(), cache.Follow{Hold: 10, Trickle: 30 * time.Second, Clear: func(ctx context.Context) error {
			select {
			case <-release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}})
		var mu sync.Mutex
		var got []byte
		ended := make(chan error, 1)
		go func() {
			buf := make([]byte, 100)
			for {
				n, err := r.Read(buf)
				mu.Lock()
				got = append(got, buf[:n]...)
				mu.Unlock()
				if err != nil {
					ended <- err
					return
				}
			}
		}()
		count := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(got)
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{29 * time.Second, 10}, {2 * time.Second, 11}, {30 * time.Second, 12}, {time.Hour, 19}} {
			time.Sleep(step.after) // of the bubble's clock
			synctest.Wait()
			if n := count(); n != step.want {
				t.Errorf("%d bytes, want %d", n, step.want)
			}
		}
		close(release)
		if err := <-ended; !errors.Is(err, io.EOF) || !bytes.Equal(got, content) {
			t.Errorf("after the release: %d bytes, %v", len(got), err)
		}
		r.Close()
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What a crash left in the spool directory is gone, and was never in the store.
func TestOpenClearsSpools(t *testing.T) {
	dir := t.TempDir()
	spool := filepath.Join(dir, "left")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(spool, "spool-1"), []byte("half a blob"), 0o600); err != nil {
		t.Fatal(err)
	}
	openBlobs(t, func(c *cache.BlobsConfig) { c.SpoolDir = spool })
	if left, err := os.ReadDir(spool); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

func TestShutdownEndsDownloads(t *testing.T) {
	b := openBlobs(t, nil)
	content := noise(1 << 16)
	src := &source{content: content, step: 1 << 12, hold: make(chan struct{})}
	spool := b.Fill(oci.Descriptor{Digest: oci.DigestOf(content)}, src.fetch)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if err := spool.Wait(t.Context()); err == nil {
		t.Error("the download ended well")
	}
	if err := b.Fill(oci.Descriptor{Digest: oci.DigestOf([]byte("y"))}, src.fetch).Wait(t.Context()); err == nil {
		t.Error("a download began after the shutdown")
	}
}

func TestStoreDrivers(t *testing.T) {
	for _, driver := range []string{"filesystem", "inmemory"} {
		t.Run(driver, func(t *testing.T) {
			b := openBlobs(t, func(c *cache.BlobsConfig) {
				if c.Driver = driver; driver != "filesystem" {
					c.Parameters = nil
				}
			})
			content := noise(300000)
			d := oci.DigestOf(content)
			if _, err := b.Stat(t.Context(), d); !errors.Is(err, cache.ErrMiss) {
				t.Errorf("stat of nothing: %v", err)
			}
			if err := b.Put(t.Context(), d, content[1:]); !errors.Is(err, cache.ErrVerify) {
				t.Errorf("put of something else: %v", err)
			}
			if err := b.Put(t.Context(), d, content); err != nil {
				t.Fatal(err)
			}
			r, size, err := b.Open(t.Context(), d)
			if err != nil || size != int64(len(content)) {
				t.Fatal(size, err)
			}
			defer r.Close()
			if _, err := r.Seek(-10, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[len(content)-10:]) {
				t.Errorf("the last bytes: %v, %v", got, err)
			}
			f := b.Fill(oci.Descriptor{Digest: d, Size: size}, nil).Follow(t.Context(), cache.Follow{})
			if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
				t.Errorf("followed: %d bytes, %v", len(got), err)
			}
			f.Close()
			if err := b.Delete(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Stat(t.Context(), d); !errors.Is(err, cache.ErrMiss) {
				t.Errorf("stat after delete: %v", err)
			}
			if err := b.Delete(t.Context(), d); err != nil {
				t.Errorf("delete of nothing: %v", err)
			}
		})
	}
}

// A descriptor's size is believed by nobody.
func TestWrongSize(t *testing.T) {
	content := noise(1000)
	for _, size := range []int64{1, 999, 1001} {
		b := openBlobs(t, nil)
		src := &source{content: content, step: 100, unsized: true}
		d := oci.Descriptor{Digest: oci.DigestOf(content), Size: size}
		if err := b.Fill(d, src.fetch).Wait(t.Context()); err == nil {
			t.Errorf("size %d: no error", size)
		}
		if _, err := b.Stat(t.Context(), d.Digest); !errors.Is(err, cache.ErrMiss) {
			t.Errorf("size %d: stored: %v", size, err)
		}
	}
}
