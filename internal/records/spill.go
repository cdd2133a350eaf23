package records

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// A spill is a file for rows that the database would not take in time: one JSON object a
// line. It is read when the database takes rows again, or at the next start.
type spill struct {
	path string

	mu      sync.Mutex // guards the file, and waiting
	waiting bool       // there may be rows in it
}

// maxSpill bounds the file, in bytes. A disk that is full would take down more than the records.
const maxSpill = 64 << 20

var errNoSpill = errors.New("there is no file for them")

// put appends rows, durably.
func (s *spill) put(rows ...Pull) (err error) {
	if s.path == "" {
		return errNoSpill
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size()+int64(b.Len()) > maxSpill {
		return fmt.Errorf("the file for them is full, at %d bytes", info.Size())
	}
	s.waiting = true
	if _, err := f.Write(b.Bytes()); err != nil {
		return err
	}
	return f.Sync()
}

// take moves the file aside, so that rows can be put while it is read, and returns its
// rows and what removes them. A line that a crash has cut is left out, and counted.
func (s *spill) take() (rows []Pull, damaged int, done func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.waiting || s.path == "" {
		return nil, 0, nil, nil
	}
	aside := s.path + ".reading"
	// One that is there already was not read to its end: first that, then the other.
	if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
		switch err := os.Rename(s.path, aside); {
		case errors.Is(err, fs.ErrNotExist):
			s.waiting = false
			return nil, 0, nil, nil
		case err != nil:
			return nil, 0, nil, err
		}
	}
	f, err := os.Open(aside)
	if err != nil {
		return nil, 0, nil, err
	}
	defer f.Close() // it was only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4*maxReasons)
	for lines.Scan() {
		var p Pull
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			damaged++
			continue
		}
		rows = append(rows, p.bounded())
	}
	return rows, damaged, func() error { return os.Remove(aside) }, lines.Err()
}

// unspill writes what was spilled, if there is any. It reports false when ctx ended first.
func (r *Records) unspill(ctx context.Context) bool {
	for {
		rows, damaged, done, err := r.spill.take()
		if err != nil {
			r.log.Error("spilled rows not readable", "path", r.spill.path, "error", err)
			return true
		}
		if done == nil {
			return true
		}
		written := 0
		for _, p := range rows {
			// A crash may have come between the row and the end of the file.
			known, err := list(ctx, r.db, "pulls", scanInt, `SELECT id FROM pulls WHERE request_id = $1 AND at = $2`, p.RequestID, p.At.UnixMicro())
			if err == nil && len(known) > 0 {
				continue
			}
			if !r.insertAll(ctx, []Pull{p}) {
				return false
			}
			written++
		}
		if err := done(); err != nil {
			r.log.Error("spilled rows not removed", "path", r.spill.path, "error", err)
			return true
		}
		r.log.Info("spilled rows written", "rows", written, "damaged", damaged)
	}
}
