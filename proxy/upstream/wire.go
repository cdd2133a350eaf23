package upstream

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// wire is the innermost round tripper: everything that is sent, by us or by
// go-containerregistry's login, passes it.
type wire struct {
	own, elsewhere http.RoundTripper // to the registry's host, and to any other

	base    url.URL
	metrics *metrics
	now     func() time.Time
}

// RoundTrip sends one request. Three things are seen to here because nowhere else sees
// every request: the registry is spoken to by the scheme of its URL alone (the login
// tries both with some hosts, and a plain one would let a man in the middle choose the
// token service); bytes come uncompressed; rate limits are read. An answer that may be
// asked for again comes back as a statusError.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	next := w.elsewhere
	if req.URL.Host == w.base.Host {
		req.URL.Scheme, next = w.base.Scheme, w.own
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if req.URL.Host == w.base.Host {
		w.metrics.readLimit(res.Header, w.now())
	}
	if s := res.StatusCode; s != http.StatusRequestTimeout && s != http.StatusTooManyRequests && s < 500 {
		return res, nil
	}
	if res.StatusCode == http.StatusTooManyRequests {
		w.metrics.rateLimited.Inc()
	}
	defer res.Body.Close()
	return nil, &statusError{
		status:     res.StatusCode,
		retryAfter: retryAfter(res.Header.Get("Retry-After"), w.now()),
		body:       message(res.Body),
	}
}

// retryAfter reads RFC 9110's Retry-After, seconds or a date. It returns -1 if there is
// none that can be read, 0 for a date that has passed.
func retryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(at.Sub(now), 0)
	}
	return -1
}

// checkRedirect follows up to five redirects, and none from https to http: a tag's
// manifest has nothing but the connection to vouch for it.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return fmt.Errorf("stopped after %d redirects", len(via)-1)
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return fmt.Errorf("a redirect from https to %s", req.URL.Scheme)
	}
	return nil
}
