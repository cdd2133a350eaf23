package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/lazaret/lazaret/internal/oci"
)

// Blob opens a blob at offset. It returns the size of the WHOLE blob, -1 if upstream does
// not say. The bytes are not checked, and a body that breaks off is an *Error that wraps
// ErrUnavailable: the caller opens the blob again at the offset it has come to. ctx ends
// the body too; the caller bounds the time that reading it takes, and closes it.
//
// An offset that is the blob's size gives an empty body. A registry that ignores the
// range has its first offset bytes read and thrown away in the first Read.
func (c *Client) Blob(ctx context.Context, repository string, d oci.Digest, offset int64) (io.ReadCloser, int64, error) {
	r, err := c.blobRequest("blob", http.MethodGet, repository, d)
	if err != nil {
		return nil, 0, err
	}
	if offset < 0 {
		return nil, 0, fmt.Errorf("upstream: blob at offset %d", offset)
	}
	if offset > 0 {
		r.header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", offset)}}
		r.ok = []int{http.StatusOK, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable}
	}
	var body *blobBody
	var size int64
	err = c.do(ctx, r, func(a *answer) (bool, error) {
		skip := int64(0)
		switch a.StatusCode {
		case http.StatusOK:
			size, skip = a.ContentLength, offset
			if size >= 0 && size < offset {
				return false, r.error(ErrProtocol, fmt.Sprintf("the blob has %d bytes, fewer than were read before", size))
			}
		case http.StatusPartialContent:
			start, total, err := parseContentRange(a.Header.Get("Content-Range"))
			if err != nil || start != offset {
				return false, r.error(ErrProtocol, fmt.Sprintf("bytes from %d on were answered with Content-Range %.80q", offset, a.Header.Get("Content-Range")))
			}
			size = total
		case http.StatusRequestedRangeNotSatisfiable:
			if a.Header.Get("Content-Range") != fmt.Sprintf("bytes */%d", offset) {
				return false, refusal(r.op, r.repository, a.Response)
			}
			size = offset
			a.Body = struct {
				io.Reader
				io.Closer
			}{strings.NewReader(""), a.Body}
		}
		if !a.timer.Stop() {
			return false, errHeaderTimeout
		}
		body = &blobBody{answer: a, request: r, skip: skip}
		return true, nil
	})
	if err != nil {
		return nil, 0, err
	}
	return body, size, nil
}

// HeadBlob returns a blob's size, -1 if upstream does not say.
func (c *Client) HeadBlob(ctx context.Context, repository string, d oci.Digest) (int64, error) {
	r, err := c.blobRequest("head blob", http.MethodHead, repository, d)
	if err != nil {
		return 0, err
	}
	var size int64
	err = c.do(ctx, r, func(a *answer) (bool, error) {
		size = a.ContentLength
		return false, nil
	})
	return size, err
}

func (c *Client) blobRequest(op, method, repository string, d oci.Digest) (request, error) {
	if _, err := oci.ParseDigest(d.String()); err != nil {
		return request{}, fmt.Errorf("upstream: %s: %w", op, err)
	}
	u, err := c.path(repository, "blobs", d.String())
	return request{op: op, method: method, repository: repository, url: u}, err
}

// A blobBody is a blob from the offset on.
type blobBody struct {
	answer  *answer
	request request
	skip    int64 // bytes that the caller has already
}

func (b *blobBody) Read(p []byte) (int, error) {
	if b.skip > 0 {
		n, err := io.CopyN(io.Discard, b.answer.Body, b.skip)
		b.skip -= n
		if errors.Is(err, io.EOF) {
			return 0, b.request.error(ErrProtocol, "the blob ends before the offset")
		}
		if err != nil {
			return 0, err
		}
	}
	return b.answer.Body.Read(p)
}

func (b *blobBody) Close() error {
	b.answer.close()
	return nil
}

// parseContentRange reads RFC 9110's "bytes 5-9/10"; total is -1 for "*".
func parseContentRange(s string) (start, total int64, err error) {
	bad := fmt.Errorf("content range %.80q", s)
	rest, ok := strings.CutPrefix(s, "bytes ")
	span, size, ok2 := strings.Cut(rest, "/")
	first, last, ok3 := strings.Cut(span, "-")
	if !ok || !ok2 || !ok3 {
		return 0, 0, bad
	}
	from, err1 := strconv.ParseUint(first, 10, 63)
	to, err2 := strconv.ParseUint(last, 10, 63)
	if err1 != nil || err2 != nil || from > to {
		return 0, 0, bad
	}
	if size == "*" {
		return int64(from), -1, nil
	}
	all, err := strconv.ParseUint(size, 10, 63)
	if err != nil || to >= all {
		return 0, 0, bad
	}
	return int64(from), int64(all), nil
}
