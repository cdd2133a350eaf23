package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/distribution/distribution/v3/registry/api/errcode"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/proxy/upstream"
)

// A refused error ends a request whose image or blob has a verdict that refuses.
type refused struct {
	text   string
	direct bool // to classic dockerd, which takes this mirror for the registry itself and has nowhere else to go
}

func (e *refused) Error() string { return e.text }

// errVerdictPending is the reason for an answer that could not wait for a verdict any longer.
var errVerdictPending = errors.New("proxy: the verdict is not known yet")

// An unauthorized error ends a request of whom Clients turned away.
type unauthorized struct {
	challenge string
	cause     error
}

func (e *unauthorized) Error() string   { return errUnauthorized.Error() + ": " + e.cause.Error() }
func (e *unauthorized) Unwrap() []error { return []error{errUnauthorized, e.cause} }

// An apiError is an answer of the OCI Distribution Specification 1.1, section "Error Codes".
type apiError struct {
	status int
	code   errcode.ErrorCode
	text   string
	retry  time.Duration // > 0: Retry-After
}

// errorTable maps errors to answers; the first that errors.Is finds decides. It is
// the one place where an error of any package becomes HTTP.
var errorTable = []struct {
	is     error
	status int
	code   errcode.ErrorCode
	text   string
}{
	{oci.ErrDigest, http.StatusBadRequest, errcode.ErrorCodeDigestInvalid, "the digest is not a valid sha256 or sha512 digest"},
	{oci.ErrName, http.StatusBadRequest, errcode.ErrorCodeNameInvalid, "the repository name is not valid"},
	{oci.ErrReference, http.StatusBadRequest, errcode.ErrorCodeTagInvalid, "the tag is not valid"},
	{oci.ErrManifest, http.StatusBadGateway, errcode.ErrorCodeManifestInvalid, ""},
	{errMethod, http.StatusMethodNotAllowed, errcode.ErrorCodeUnsupported, "this is a pull-through mirror: it takes no pushes and no deletes"},
	{errUnauthorized, http.StatusUnauthorized, errcode.ErrorCodeUnauthorized, "authentication required"},
	{errNotMirrored, http.StatusForbidden, errcode.ErrorCodeDenied, "this mirror is not set up for that registry"},
	{errMisdirected, http.StatusMisdirectedRequest, errcode.ErrorCodeDenied, "this mirror does not go by that name"},
	{errRoute, http.StatusNotFound, errcode.ErrorCodeUnsupported, "no such endpoint"},
	{errPage, http.StatusBadRequest, errcode.ErrorCodePaginationNumberInvalid, "n is not a number of results"},
	{errBlobUnknown, http.StatusNotFound, errcode.ErrorCodeBlobUnknown, "no such blob in this repository"},
	{errManifestUnknown, http.StatusNotFound, errcode.ErrorCodeManifestUnknown, "no such manifest in this repository"},
	{errNameUnknown, http.StatusNotFound, errcode.ErrorCodeNameUnknown, "no such repository"},
	{errVerdictPending, http.StatusServiceUnavailable, errcode.ErrorCodeUnavailable, "the content is still being inspected; try again"},
	{upstream.ErrNotFound, http.StatusNotFound, errcode.ErrorCodeNameUnknown, "upstream has no such content"},
	{upstream.ErrUnauthorized, http.StatusNotFound, errcode.ErrorCodeNameUnknown, "no such repository, or one that is not public and that this mirror does not give out"},
	{upstream.ErrRateLimited, http.StatusTooManyRequests, errcode.ErrorCodeTooManyRequests, "upstream's rate limit is reached"},
	{upstream.ErrUnavailable, http.StatusBadGateway, errcode.ErrorCodeUnavailable, "upstream does not answer"},
	{cache.ErrVerify, http.StatusBadGateway, errcode.ErrorCodeUnavailable, "upstream sent content that does not match its digest"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, errcode.ErrorCodeUnavailable, "upstream took too long"},
}

// Errors of the routes.
var (
	errMethod          = errors.New("proxy: method not allowed")
	errUnauthorized    = errors.New("proxy: not let in")
	errRoute           = errors.New("proxy: no such endpoint")
	errPage            = errors.New("proxy: invalid page size")
	errBlobUnknown     = errors.New("proxy: blob unknown")
	errManifestUnknown = errors.New("proxy: manifest unknown")
	errNameUnknown     = errors.New("proxy: name unknown")
)

// answerTo finds the answer to an error. What no row knows is a 500 that says nothing of the inside.
func answerTo(err error) apiError {
	var deny *refused
	if errors.As(err, &deny) {
		if deny.direct { // it puts words of its own before the text of any other code
			return apiError{status: http.StatusUnavailableForLegalReasons, code: errcode.ErrorCodeUnknown, text: deny.text}
		}
		return apiError{status: http.StatusForbidden, code: errcode.ErrorCodeDenied, text: deny.text}
	}
	for _, row := range errorTable {
		if !errors.Is(err, row.is) {
			continue
		}
		a := apiError{status: row.status, code: row.code, text: row.text}
		if a.text == "" {
			a.text = err.Error()
		}
		if up := (*upstream.Error)(nil); errors.As(err, &up) {
			a.retry = up.RetryAfter
		}
		return a
	}
	return apiError{status: http.StatusInternalServerError, code: errcode.ErrorCodeUnknown, text: "internal error; the request id finds it in the log"}
}

// writeError answers with an OCI error body.
func writeError(w http.ResponseWriter, r *http.Request, a apiError) {
	h := w.Header()
	for _, name := range []string{"Etag", "Docker-Content-Digest", "Content-Length", "Cache-Control", "Accept-Ranges", "Warning"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json")
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((a.retry+time.Second-1)/time.Second)))
	}
	if a.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	body, err := json.Marshal(errcode.Errors{a.code.WithMessage(a.text).WithDetail(map[string]string{"request_id": h.Get(requestIDHeader)})})
	if err != nil { // strings alone: it cannot fail
		body = []byte(`{"errors":[]}`)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that is gone needs no error
	}
}
