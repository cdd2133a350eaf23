package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lazaret/lazaret/cache"
	"github.com/lazaret/lazaret/internal/evidence"
	"github.com/lazaret/lazaret/internal/explain"
	"github.com/lazaret/lazaret/internal/records"
)

// errInvalid says that what was asked for cannot be, where huma's schemas do not say it.
var errInvalid = errors.New("invalid")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errInvalid, fmt.Sprintf(format, args...))
}

// errAbsent says that a part which an answer rests on is not there.
var errAbsent = errors.New("this program has no such part")

// errBusy says that something which takes long is being done for somebody else.
var errBusy = errors.New("as many of these as there may be are under way; try again later")

// statuses is the table from errors to HTTP; the first that matches counts. What is not in
// it is the server's own fault, and its text is for the log alone.
func statuses() []struct {
	err    error
	status int
} {
	return []struct {
		err    error
		status int
	}{
		{errInvalid, http.StatusUnprocessableEntity},
		{records.ErrInvalid, http.StatusUnprocessableEntity},
		{records.ErrNone, http.StatusNotFound},
		{records.ErrUnknown, http.StatusNotFound},
		{records.ErrState, http.StatusConflict},
		{records.ErrReused, http.StatusUnprocessableEntity},
		{evidence.ErrNone, http.StatusNotFound},
		{cache.ErrMiss, http.StatusNotFound},
		{explain.ErrNone, http.StatusNotFound},
		{errBusy, http.StatusTooManyRequests},
		{errAbsent, http.StatusServiceUnavailable},
	}
}

// failed makes an answer of a handler's error.
func (a *api) failed(ctx context.Context, id string, err error) error {
	var made huma.StatusError
	if errors.As(err, &made) {
		return err
	}
	for _, s := range statuses() {
		if errors.Is(err, s.err) {
			return huma.NewError(s.status, err.Error())
		}
	}
	if ctx.Err() == nil { // whoever is gone reads no answer
		a.log.ErrorContext(ctx, "request to the Admin API failed", "operation", id, "error", err.Error())
	}
	return huma.NewError(http.StatusInternalServerError, "it went wrong; the server's log says why")
}
