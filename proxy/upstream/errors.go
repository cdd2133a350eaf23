package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Errors to branch on.
var (
	ErrNotFound     = errors.New("upstream has no such content")
	ErrUnauthorized = errors.New("upstream denies access") // also how Docker Hub says that a repository does not exist
	ErrRateLimited  = errors.New("upstream's rate limit is reached")
	ErrUnavailable  = errors.New("upstream does not answer as it should")

	// ErrVerify and ErrProtocol are kinds of ErrUnavailable: what upstream sent cannot be used.
	ErrVerify   = fmt.Errorf("%w: the content does not match its digest", ErrUnavailable)
	ErrProtocol = fmt.Errorf("%w: it breaks the protocol", ErrUnavailable)

	// ErrPrivate is a kind of ErrUnauthorized: see Readable.
	ErrPrivate = fmt.Errorf("%w: without this mirror's credentials, and the repository is not among those that it may give out", ErrUnauthorized)
)

// An Error says what failed. It wraps one of the sentinels, or the context's error when
// the caller gave up; when the caller's deadline passed, both that and ErrUnavailable.
type Error struct {
	Op         string // "head manifest", "manifest", "blob", …
	Repository string
	Status     int           // of the answer; 0 if there was none
	RetryAfter time.Duration // how long upstream asked to wait; 0 if it did not
	Body       string        // upstream's own message, or what broke; printable, at most 512 bytes
	Err        error

	broken bool // the answer broke off on its way: worth asking again
}

// Error puts it on one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "upstream: %s %s: %v", e.Op, e.Repository, e.Err)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	if e.Body != "" {
		fmt.Fprintf(&b, ": %s", e.Body)
	}
	return b.String()
}

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// Bounds of what is read and kept of an error's body, in bytes.
const (
	maxErrorBody = 64 << 10
	maxErrorText = 512
)

// A statusError is an answer that may be asked for again: 408, 429 and 5xx. The wire
// makes it an error, because go-containerregistry's handshake would lose the headers.
type statusError struct {
	status     int
	retryAfter time.Duration // -1 if the answer did not say
	body       string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.body) }

// sentinel classifies the status of an answer that is not the one hoped for.
func sentinel(status int) error {
	switch status {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return ErrUnauthorized
	case http.StatusTooManyRequests:
		return ErrRateLimited
	case http.StatusRequestTimeout:
		return ErrUnavailable
	}
	if status >= 500 {
		return ErrUnavailable
	}
	return ErrProtocol
}

// failure makes an Error of what went wrong before there was an answer to look at: in
// the login, on the connection, by the clock. It keeps nothing of a URL's query, which at
// a CDN is a signature that grants access, nor of a token service's body.
func failure(op, repository string, err error) *Error {
	e := &Error{Op: op, Repository: repository, Err: ErrUnavailable}
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	if again := (*statusError)(nil); errors.As(err, &again) {
		e.Status, e.Body, e.RetryAfter, e.Err = again.status, again.body, max(again.retryAfter, 0), sentinel(again.status)
		return e
	}
	if login := (*transport.Error)(nil); errors.As(err, &login) {
		e.Status, e.Body = login.StatusCode, "the login was refused"
		if s := sentinel(login.StatusCode); errors.Is(s, ErrUnauthorized) {
			e.Err = s // a token service's 404 is not the content's
		}
		return e
	}
	e.Body = describe(err)
	return e
}

// describe gives the text of a failed connection without the URL.
func describe(err error) string {
	host := ""
	for {
		u := (*url.Error)(nil)
		if !errors.As(err, &u) {
			break
		}
		if parsed, perr := url.Parse(u.URL); perr == nil {
			host = parsed.Host + ": "
		}
		err = u.Err
	}
	if errors.Is(err, errGuarded) {
		return clean(guardedError(host))
	}
	text, _, _ := strings.Cut(err.Error(), "\n") // go-containerregistry puts a token service's answer after one
	return clean(host + text)
}

// gaveUp makes an Error of the end of the caller's own context.
func gaveUp(op, repository string, cause error) *Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		cause = fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	return &Error{Op: op, Repository: repository, Err: cause}
}

// refusal makes an Error of an answer with the wrong status. It reads the body's start.
func refusal(op, repository string, res *http.Response) *Error {
	return &Error{Op: op, Repository: repository, Status: res.StatusCode, Body: message(res.Body), Err: sentinel(res.StatusCode)}
}

// message reads an error body: the codes and messages of the spec's form
// (Distribution Specification 1.1, "Error Codes"), else the text itself.
func message(r io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(r, maxErrorBody)) // of a broken body, what there is
	var doc struct {
		Errors []struct{ Code, Message string }
	}
	if json.Unmarshal(b, &doc) == nil && len(doc.Errors) > 0 {
		var parts []string
		for _, e := range doc.Errors {
			parts = append(parts, strings.Trim(e.Code+": "+e.Message, ": "))
		}
		return clean(strings.Join(parts, "; "))
	}
	return clean(string(b))
}

// clean makes a stranger's text fit for a log line and a terminal.
func clean(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), 4*maxErrorText)], "")
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return s
}
