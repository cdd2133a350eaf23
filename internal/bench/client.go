package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lazaret/lazaret/internal/oci"
)

// The image's name at the hub.
const (
	repository = "benchmarks/sample"
	tag        = "latest"
)

const (
	// parallel is how many blobs a client asks for at once: what dockerd and containerd do
	// by default (max-concurrent-downloads, max_concurrent_downloads).
	parallel = 3
	// tail is the end of a blob that Lazaret holds: the default of LAZARET_HOLD_BYTES.
	tail = 64 << 10
	// readBuffer is the size of the pieces that a client reads and forgets, in bytes.
	readBuffer = 256 << 10
)

// A client pulls as an engine does, with connections of its own, and keeps nothing.
type client struct {
	url    string
	http   *http.Client
	verify bool // also compare digests, which costs more than the reading
}

func newClient(url string, verify bool) *client {
	return &client{url, &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: parallel, DisableCompression: true, ReadBufferSize: 64 << 10,
	}}, verify}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// A pull is what one client got.
type pull struct {
	bytes int64 // of blobs
	// held is how long the client waited with nothing left to receive but tails.
	held time.Duration
}

// pull gets the manifest by its tag, and then every blob.
func (c *client) pull(ctx context.Context) (pull, error) {
	body, err := c.manifest(ctx, tag)
	if err != nil {
		return pull{}, err
	}
	m, err := oci.ParseManifest(body)
	if err != nil {
		return pull{}, fmt.Errorf("pull: %w", err)
	}
	var mu sync.Mutex // guards all that follows
	var p pull
	free := time.Now() // when the last of the blobs that have more than a tail had come up to it
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, d := range m.Blobs() {
		group.Go(func() error {
			at, err := c.blob(ctx, d)
			mu.Lock()
			defer mu.Unlock()
			p.bytes += d.Size
			if at.After(free) {
				free = at
			}
			return err
		})
	}
	err = group.Wait()
	p.held = time.Since(free)
	return p, err
}

// manifest gets a manifest by tag or digest.
func (c *client) manifest(ctx context.Context, reference string) ([]byte, error) {
	res, err := c.get(ctx, "manifests/"+reference)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, oci.MaxManifestSize))
	if err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", reference, err)
	}
	return body, nil
}

// blob reads a blob and returns when all of it but its tail had come; the zero time if
// it is no longer than a tail.
func (c *client) blob(ctx context.Context, d oci.Descriptor) (free time.Time, err error) {
	res, err := c.get(ctx, "blobs/"+d.Digest.String())
	if err != nil {
		return free, err
	}
	defer res.Body.Close()
	var sum hash.Hash
	if c.verify {
		sum = sha256.New()
	}
	buf := make([]byte, readBuffer)
	for n := int64(0); ; {
		m, err := res.Body.Read(buf)
		if n+int64(m) >= d.Size-tail && n < d.Size-tail {
			free = time.Now()
		}
		n += int64(m)
		if sum != nil {
			sum.Write(buf[:m])
		}
		if errors.Is(err, io.EOF) && n == d.Size {
			break
		}
		if err != nil {
			return free, fmt.Errorf("blob %s: %w after %d of %d bytes", d.Digest, err, n, d.Size)
		}
	}
	if sum != nil && fmt.Sprintf("sha256:%x", sum.Sum(nil)) != d.Digest.String() {
		return free, fmt.Errorf("blob %s: other bytes came", d.Digest)
	}
	return free, nil
}

// get asks for something in the repository. An answer that is not 200 is an error.
func (c *client) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/v2/"+repository+"/"+path, nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	req.Header.Set("Accept", oci.MediaTypeOCIManifest)
	req.Header.Set("User-Agent", "lazaret-bench")
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	if res.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(res.Body, 1000)) // the status says enough without it
		res.Body.Close()
		return nil, fmt.Errorf("get %s: %s: %s", path, res.Status, why)
	}
	return res, nil
}

// herd lets so many clients pull at the same time. It returns how long it took until the
// last had its last byte, what all got together, and the longest hold.
func herd(ctx context.Context, url string, clients int, verify bool) (time.Duration, pull, error) {
	var mu sync.Mutex // guards all
	var all pull
	group, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	for range clients {
		group.Go(func() error {
			c := newClient(url, verify)
			defer c.close()
			p, err := c.pull(ctx)
			mu.Lock()
			defer mu.Unlock()
			all.bytes += p.bytes
			all.held = max(all.held, p.held)
			return err
		})
	}
	err := group.Wait()
	return time.Since(begin), all, err
}

// rate is how many manifests a second so many clients get, each asking again as soon as
// it has its answer.
func rate(ctx context.Context, url, reference string, clients int, during time.Duration) (float64, error) {
	var mu sync.Mutex // guards count
	count := 0
	group, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	for range clients {
		group.Go(func() error {
			c := newClient(url, false)
			defer c.close()
			n := 0
			for time.Since(begin) < during {
				if _, err := c.manifest(ctx, reference); err != nil {
					return err
				}
				n++
			}
			mu.Lock()
			defer mu.Unlock()
			count += n
			return nil
		})
	}
	err := group.Wait()
	return float64(count) / time.Since(begin).Seconds(), err
}
