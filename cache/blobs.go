package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	"github.com/lazaret/lazaret/internal/oci"
)

// BlobsConfig has the settings of a store of blobs. All must be set but Parameters.
type BlobsConfig struct {
	Driver     string         // filesystem, inmemory or s3
	Parameters map[string]any // the driver's own
	// SpoolDir is the local directory of downloads in flight. It is emptied at open. On the
	// file system of a filesystem driver's root, storing a blob is a rename.
	SpoolDir     string
	MaxDownloads int           // at once; more wait
	MaxBlob      int64         // bytes
	IdleTimeout  time.Duration // of a download: for which no byte may come
	Deadline     time.Duration // of a download as a whole
	Log          *slog.Logger
	Now          func() time.Time
}

// Blobs is verified content by digest, and the downloads that bring it.
//
// Memory for each download is copyBuffer and what the network holds, whatever the blob's size.
type Blobs struct {
	cfg    BlobsConfig
	driver storagedriver.StorageDriver
	root   string // local directory of the filesystem driver, "" for others
	slots  chan struct{}

	ctx  context.Context // of every download; ended by Shutdown
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	flying map[flight]*Spool
	closed bool
}

// A flight is a download by what it must be.
type flight struct {
	digest oci.Digest
	size   int64 // 0: whatever it is
}

// copyBuffer is the size of the pieces in which a download is written, in bytes.
const copyBuffer = 256 << 10

// errClosed says that the store takes no more downloads.
var errClosed = errors.New("cache: the blob store is shut down")

// OpenBlobs opens a store, and empties its spool directory: what a crash left there was
// verified by nobody.
func OpenBlobs(ctx context.Context, cfg BlobsConfig) (*Blobs, error) {
	if cfg.MaxDownloads < 1 || cfg.MaxBlob < 1 || cfg.IdleTimeout <= 0 || cfg.Deadline <= 0 || cfg.SpoolDir == "" || cfg.Log == nil || cfg.Now == nil {
		return nil, errors.New("cache: a setting of the blob store is missing")
	}
	driver, err := openDriver(ctx, cfg.Driver, cfg.Parameters)
	if err != nil {
		return nil, err
	}
	if err := emptyDir(cfg.SpoolDir); err != nil {
		return nil, fmt.Errorf("cache: clear spools: %w", err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &Blobs{cfg: cfg, driver: driver, slots: make(chan struct{}, cfg.MaxDownloads), ctx: ctx, stop: stop, flying: map[flight]*Spool{}}
	if root, ok := cfg.Parameters["rootdirectory"].(string); ok && cfg.Driver == "filesystem" {
		b.root = root
	}
	return b, nil
}

// emptyDir makes dir if need be and removes what is in it.
func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// blobPath is where a blob is stored: /blobs/sha256/ab/abcdef…/data.
func blobPath(d oci.Digest) string {
	hex := d.Encoded()
	return "/blobs/" + d.Algorithm().String() + "/" + hex[:2] + "/" + hex + "/data"
}

func mapMiss(err error) error {
	var missing storagedriver.PathNotFoundError
	if errors.As(err, &missing) {
		return ErrMiss
	}
	return err
}

// Stat returns the size in bytes of a stored blob, or ErrMiss.
func (b *Blobs) Stat(ctx context.Context, d oci.Digest) (int64, error) {
	info, err := b.driver.Stat(ctx, blobPath(d))
	if err != nil {
		return 0, fmt.Errorf("stat %s: %w", d, mapMiss(err))
	}
	return info.Size(), nil
}

// Open opens a stored blob and returns its size in bytes, or ErrMiss. With the
// filesystem driver the reader is an *os.File.
func (b *Blobs) Open(ctx context.Context, d oci.Digest) (io.ReadSeekCloser, int64, error) {
	size, err := b.Stat(ctx, d)
	if err != nil {
		return nil, 0, err
	}
	r, err := b.driver.Reader(ctx, blobPath(d), 0)
	if err != nil {
		return nil, 0, fmt.Errorf("open %s: %w", d, mapMiss(err))
	}
	if f, ok := r.(io.ReadSeekCloser); ok {
		return f, size, nil
	}
	return &driverReader{ctx: ctx, driver: b.driver, path: blobPath(d), size: size, r: r}, size, nil
}

// Put stores small content under its digest; ErrVerify if it has another.
func (b *Blobs) Put(ctx context.Context, d oci.Digest, content []byte) error {
	v := d.Verifier()
	if _, err := v.Write(content); err != nil {
		return fmt.Errorf("verify %s: %w", d, err)
	}
	if !v.Verified() {
		return fmt.Errorf("put %s: %w", d, ErrVerify)
	}
	f, err := b.newSpoolFile()
	if err != nil {
		return fmt.Errorf("put %s: %w", d, err)
	}
	defer f.Close()
	defer os.Remove(f.Name())
	if _, err := f.Write(content); err != nil {
		return fmt.Errorf("put %s: %w", d, err)
	}
	return b.store(ctx, d, f)
}

// Delete removes a blob; one that is not there is no error. Who reads it reads on.
func (b *Blobs) Delete(ctx context.Context, d oci.Digest) error {
	path := blobPath(d)
	err := b.driver.Delete(ctx, path[:len(path)-len("/data")])
	if err != nil && !errors.Is(mapMiss(err), ErrMiss) {
		return fmt.Errorf("delete %s: %w", d, err)
	}
	return nil
}

// Ping reports whether a spool could be written.
func (b *Blobs) Ping(context.Context) error {
	f, err := b.newSpoolFile()
	if err != nil {
		return err
	}
	defer f.Close()
	return os.Remove(f.Name())
}

func (b *Blobs) newSpoolFile() (*os.File, error) {
	return os.CreateTemp(b.cfg.SpoolDir, "spool-")
}

// store moves a verified file into the store: by rename where it can, else by a copy
// under a name that nobody reads, and a move.
func (b *Blobs) store(ctx context.Context, d oci.Digest, f *os.File) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("store %s: %w", d, err)
	}
	if b.root != "" {
		err := rename(f.Name(), filepath.Join(b.root, filepath.FromSlash(blobPath(d))))
		if !errors.Is(err, syscall.EXDEV) {
			if err != nil {
				err = fmt.Errorf("store %s: %w", d, err)
			}
			return err
		}
	}
	upload := "/uploads/" + filepath.Base(f.Name())
	if err := b.upload(ctx, upload, f); err != nil {
		_ = b.driver.Delete(context.WithoutCancel(ctx), upload) // what cannot be deleted is read by nobody either
		return fmt.Errorf("store %s: %w", d, err)
	}
	if err := b.driver.Move(ctx, upload, blobPath(d)); err != nil {
		return fmt.Errorf("store %s: %w", d, err)
	}
	return nil
}

func (b *Blobs) upload(ctx context.Context, path string, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w, err := b.driver.Writer(ctx, path, false)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, io.NewSectionReader(f, 0, info.Size())); err != nil {
		return errors.Join(err, w.Cancel(ctx))
	}
	if err := w.Commit(ctx); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// rename puts a synced file in its place for good.
func rename(from, to string) error {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	// The new name is durable once its directory and those above are.
	for range 4 {
		if err := syncDir(dir); err != nil {
			return err
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if errors.Is(err, fs.ErrInvalid) { // a file system that has no such thing
		return nil
	}
	return err
}

// A driverReader reads and seeks in a blob of a driver that only streams.
type driverReader struct {
	ctx    context.Context
	driver storagedriver.StorageDriver
	path   string
	size   int64
	off    int64
	r      io.ReadCloser // at off; nil after a seek
}

func (d *driverReader) Read(p []byte) (int, error) {
	if d.off >= d.size {
		return 0, io.EOF
	}
	if d.r == nil {
		r, err := d.driver.Reader(d.ctx, d.path, d.off)
		if err != nil {
			return 0, mapMiss(err)
		}
		d.r = r
	}
	n, err := d.r.Read(p)
	d.off += int64(n)
	return n, err
}

func (d *driverReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += d.off
	case io.SeekEnd:
		offset += d.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("cache: seek to %d", offset)
	}
	if offset != d.off {
		if err := d.Close(); err != nil {
			return 0, err
		}
		d.off = offset
	}
	return offset, nil
}

func (d *driverReader) Close() error {
	if d.r == nil {
		return nil
	}
	err := d.r.Close()
	d.r = nil
	return err
}

// A driverAt reads a stored blob of a driver that only streams, a piece at a time, and
// holds nothing open in between.
type driverAt struct {
	b    *Blobs
	path string
}

func (d driverAt) ReadAt(p []byte, off int64) (int, error) {
	r, err := d.b.driver.Reader(d.b.ctx, d.path, off)
	if err != nil {
		return 0, mapMiss(err)
	}
	defer r.Close()
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
