package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// errGone is a receiver's word that there will be no more of it.
var errGone = errors.New("status 410: the receiver is gone")

// maxRetryAfter is the longest Retry-After that is heeded: an answer must not silence a webhook for good.
const maxRetryAfter = 24 * time.Hour

// maxAnswer is how much of an answer is read, in bytes, so that its connection can be used again.
const maxAnswer = 64 << 10

func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    perWebhook,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: maxAnswer,
		}
	}
	return &http.Client{
		Transport: transport,
		// A redirect could take a signature, or a secret in a body, to where nobody listed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post makes one attempt. wait is what the receiver asks for, 0 if nothing. The error says
// what failed, without the URL and without a word of the receiver's.
func (n *Notifier) post(ctx context.Context, h *hook, x records.Notification) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	body, header, err := n.message(h, x)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("not a URL")
	}
	req.Header = header
	req.Header.Set("User-Agent", n.cfg.Agent)
	res, err := n.client.Do(req)
	if err != nil {
		return 0, n.readable(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // the status has said it all
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return 0, nil
	case code == http.StatusGone:
		return 0, errGone
	case code >= 300 && code < 400:
		err = fmt.Errorf("status %d: redirects are not followed", code)
	default:
		err = fmt.Errorf("status %d", code)
	}
	return retryAfter(res.Header.Get("Retry-After"), n.cfg.Now()), err
}

// message is what is posted to a webhook, and its headers.
func (n *Notifier) message(h *hook, x records.Notification) ([]byte, http.Header, error) {
	header := http.Header{}
	if h.Kind == Slack {
		header.Set("Content-Type", "application/json")
		body, err := slackMessage(x)
		return body, header, err
	}
	body, err := cloudEvent(n.cfg.Source, x)
	if err != nil {
		return nil, nil, err
	}
	header.Set("Content-Type", "application/cloudevents+json; charset=UTF-8")
	sign(header, n.cfg.Secrets, x.UID, n.cfg.Now(), body)
	return body, header, nil
}

// retryAfter reads the header of that name: seconds, or a date (RFC 9110, section 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(s, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(s); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}

// readable says what failed. The client's own error has the URL, and some have bytes of the answer.
func (n *Notifier) readable(err error) error {
	var (
		timeout net.Error
		op      *net.OpError
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer within %s", n.cfg.Timeout)
	case errors.Is(err, context.Canceled):
		return errors.New("this mirror was stopped")
	case errors.As(err, &cert):
		return errors.New("its certificate is not good: " + cert.Err.Error())
	case errors.As(err, &dns):
		return errors.New("no address of its host: " + dns.Err)
	case errors.As(err, &op):
		return fmt.Errorf("connection: %s: %w", op.Op, op.Err)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("connection closed without an answer")
	}
	return errors.New("not an answer of HTTP")
}
