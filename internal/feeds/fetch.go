package feeds

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A header is the first line of a copy.
type header struct {
	Location     string    `json:"location"` // the source's, hashed: it may hold a secret
	ETag         string    `json:"etag,omitempty"`
	LastModified string    `json:"last_modified,omitempty"`
	Fetched      time.Time `json:"fetched"`
}

// key names a source on disk.
func (s Source) key() string {
	sum := sha256.Sum256([]byte(string(s.Category) + "\x00" + string(s.Format) + "\x00" + s.Location))
	return hex.EncodeToString(sum[:16])
}

// fetch asks for a source, unless it has not changed since the copy was made.
func (f *Feeds) fetch(ctx context.Context, st *state) (result string, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, st.source.Location, nil)
	if err != nil {
		return "", errors.New("not a URL")
	}
	req.Header.Set("User-Agent", f.cfg.Agent)
	if st.feed != nil {
		if st.header.ETag != "" {
			req.Header.Set("If-None-Match", st.header.ETag)
		}
		if st.header.LastModified != "" {
			req.Header.Set("If-Modified-Since", st.header.LastModified)
		}
	}
	res, err := f.cfg.Client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask: %w", withoutURL(err))
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && st.feed != nil:
		return "unchanged", nil
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("ask: status %d", res.StatusCode)
	}
	b, err := readAll(res.Body, f.cfg.MaxBytes)
	if err != nil {
		return "", withoutURL(err)
	}
	one, err := f.parse(st.source, req.URL.Path, b)
	if err != nil {
		return "", err
	}
	st.feed = one
	st.header = header{Location: st.source.key(), ETag: res.Header.Get("Etag"), LastModified: res.Header.Get("Last-Modified"), Fetched: f.cfg.Now().UTC()}
	if err := f.save(st, b); err != nil { // it is in force all the same
		return "", fmt.Errorf("keep a copy: %w", err)
	}
	return "fetched", nil
}

// withoutURL takes the URL, which may hold a secret, out of an error of the HTTP client.
func withoutURL(err error) error {
	var u interface{ Unwrap() error }
	if _, named := err.(interface{ Timeout() bool }); named && errors.As(err, &u) && u.Unwrap() != nil {
		return u.Unwrap()
	}
	return err
}

var errTooLarge = errors.New("larger than the limit")

// readAll reads r, up to limit bytes.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("read: %w of %d bytes", errTooLarge, limit)
	}
	return b, nil
}

func readFile(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

// folderFiles are the files of a folder of UT1 that have indicators
// (https://dsi.ut-capitole.fr/blacklists/).
var folderFiles = []string{"domains", "urls"}

// unpack returns the texts in what a source gave: itself, what is in a gzip file, or the
// files "domains" and "urls" of a compressed archive.
func unpack(name string, b []byte, limit int64) ([][]byte, error) {
	if !bytes.HasPrefix(b, []byte("\x1f\x8b")) {
		return [][]byte{b}, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("uncompress: %w", err)
	}
	plain, err := readAll(z, limit)
	if err != nil {
		return nil, fmt.Errorf("uncompress: %w", err)
	}
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, ".tar.gz") && !strings.HasSuffix(lower, ".tgz") {
		return [][]byte{plain}, nil
	}
	var parts [][]byte
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the archive: %w", err)
		}
		if h.Typeflag == tar.TypeReg && slices.Contains(folderFiles, path.Base(h.Name)) {
			part, err := readAll(r, limit)
			if err != nil {
				return nil, fmt.Errorf("read the archive: %w", err)
			}
			parts = append(parts, part)
		}
	}
}

// load reads the copy of a source. An error wraps os.ErrNotExist when there is none.
func (f *Feeds) load(st *state) error {
	const maxHeader = 16 << 10
	b, err := readFile(filepath.Join(f.cfg.Dir, st.source.key()), f.cfg.MaxBytes+maxHeader)
	if err != nil {
		return err
	}
	line, body, _ := bytes.Cut(b, []byte("\n"))
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return fmt.Errorf("read the header: %w", err)
	}
	if h.Location != st.source.key() {
		return errors.New("it is of another source")
	}
	name := st.source.Name()
	one, err := f.parse(st.source, name, body)
	if err != nil {
		return err
	}
	st.feed, st.header = one, h
	return nil
}

// save writes the copy of a source: whole, or not at all.
func (f *Feeds) save(st *state, body []byte) (err error) {
	line, err := json.Marshal(st.header)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.cfg.Dir, "new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	for _, part := range [][]byte{line, []byte("\n"), body} {
		if _, err := tmp.Write(part); err != nil {
			return err
		}
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(f.cfg.Dir, st.source.key())); err != nil {
		return err
	}
	dir, err := os.Open(f.cfg.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
