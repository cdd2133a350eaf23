package upstream

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

// For fuzzing: parsers of what strangers send.
var (
	ParseContentRange = parseContentRange
	ParseLimit        = parseLimit
	RetryAfter        = retryAfter
	Clean             = clean
)

// Public reports whether a guard with no networks permits an address.
func Public(a netip.Addr) bool { return newGuard("", nil, time.Second).permits(a) }

// GuardsBehindProxy reports whether a guard keeps a request from an HTTP proxy: what
// net/http does not read from the environment for tests is given here.
func GuardsBehindProxy(t *testing.T, host, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return errors.Is(newGuard(host, nil, time.Second).behindProxy(req), errGuarded)
}
