package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A RateLimit is what the registry says of its limit on pulls, in the headers that
// Docker Hub documents (docs.docker.com/docker-hub/usage/pulls, "View pull rate and limit"):
// "ratelimit-limit: 100;w=21600", "ratelimit-remaining: 76;w=21600", "docker-ratelimit-source".
type RateLimit struct {
	Limit, Remaining int           // pulls
	Window           time.Duration // that the limit is for
	Source           string        // whose limit it is: an address or an account
	At               time.Time     // when it said so
}

type metrics struct {
	requests    *prometheus.CounterVec
	retries     *prometheus.CounterVec
	rateLimited prometheus.Counter
	logins      *prometheus.CounterVec
	bytes       prometheus.Counter
	headers     *prometheus.HistogramVec
	limit       prometheus.Gauge
	remaining   prometheus.Gauge
	source      *prometheus.GaugeVec

	mu   sync.Mutex // guards last and the pairing of the gauges
	last RateLimit
}

func newMetrics(reg prometheus.Registerer, registry string) (*metrics, error) {
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "lazaret", Subsystem: "upstream", Name: name, Help: help,
			ConstLabels: prometheus.Labels{"registry": registry}}
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts(opts(name, help)), labels)
	}
	m := &metrics{
		requests: counter("requests_total", "Requests made, by operation and status; error is one that had no answer.", "operation", "status"),
		retries:  counter("retries_total", "Requests made again after a failure.", "operation"),
		logins:   counter("logins_total", "Tokens asked for, by result.", "result"),
		rateLimited: prometheus.NewCounter(prometheus.CounterOpts(opts("rate_limited_total",
			"Answers 429, from the registry, its token service or its CDN."))),
		bytes: prometheus.NewCounter(prometheus.CounterOpts(opts("received_bytes_total", "Bytes of manifests, lists and blobs received."))),
		headers: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "lazaret", Subsystem: "upstream", Name: "header_seconds",
			Help: "Time until an answer's headers, redirects and login included.", ConstLabels: prometheus.Labels{"registry": registry},
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"operation"}),
		limit:     prometheus.NewGauge(prometheus.GaugeOpts(opts("ratelimit_limit", "Pulls allowed in the registry's window."))),
		remaining: prometheus.NewGauge(prometheus.GaugeOpts(opts("ratelimit_remaining", "Pulls left in the registry's window."))),
		source: prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("ratelimit_source",
			"1 for the address or account that the registry counts pulls for.")), []string{"source"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.retries, m.logins, m.rateLimited, m.bytes, m.headers, m.limit, m.remaining, m.source} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// operation makes a label of an op: "head blob" is head_blob.
func operation(op string) string { return strings.ReplaceAll(op, " ", "_") }

// attempt counts one request; status 0 is one without an answer.
func (m *metrics) attempt(op string, status int, took time.Duration) {
	op = operation(op)
	label := "error"
	if status != 0 {
		label = strconv.Itoa(status)
		m.headers.WithLabelValues(op).Observe(took.Seconds())
	}
	m.requests.WithLabelValues(op, label).Inc()
}

func (m *metrics) login(err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.logins.WithLabelValues(result).Inc()
}

// readLimit takes the rate limit from an answer of the registry, if it is there.
func (m *metrics) readLimit(h http.Header, now time.Time) {
	limit, window, ok := parseLimit(h.Get("RateLimit-Limit"))
	remaining, _, ok2 := parseLimit(h.Get("RateLimit-Remaining"))
	if !ok || !ok2 {
		return
	}
	source := clean(h.Get("Docker-RateLimit-Source"))
	if len(source) > 64 {
		source = ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if source != m.last.Source {
		m.source.Reset() // one at a time, however often it changes
		if source != "" {
			m.source.WithLabelValues(source).Set(1)
		}
	}
	m.last = RateLimit{Limit: limit, Remaining: remaining, Window: window, Source: source, At: now}
	m.limit.Set(float64(limit))
	m.remaining.Set(float64(remaining))
}

func (m *metrics) rateLimit() RateLimit {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// parseLimit reads "100;w=21600": a count, and a window in seconds, which may be missing.
func parseLimit(s string) (n int, window time.Duration, ok bool) {
	count, rest, _ := strings.Cut(s, ";")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if err != nil || n < 0 {
		return 0, 0, false
	}
	for part := range strings.SplitSeq(rest, ";") {
		if w, found := strings.CutPrefix(strings.TrimSpace(part), "w="); found {
			if seconds, err := strconv.ParseUint(w, 10, 31); err == nil {
				window = time.Duration(seconds) * time.Second
			}
		}
	}
	return n, window, true
}
