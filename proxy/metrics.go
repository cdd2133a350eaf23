package proxy

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the server's figures, in Prometheus' units: bytes, seconds.
type metrics struct {
	pulls       *prometheus.CounterVec
	bytes       *prometheus.CounterVec
	held        prometheus.Histogram
	inspections *prometheus.CounterVec
	inspected   prometheus.Counter
	inspecting  prometheus.Gauge
	findings    *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		pulls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazaret_pulls_total",
			Help: "Requests for manifests and blobs, by what was asked for, the client's family, the verdict and where the bytes came from."},
			[]string{"kind", "family", "verdict", "source"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazaret_sent_bytes_total",
			Help: "Bytes of manifests and blobs sent to clients."}, []string{"kind"}),
		held: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "lazaret_hold_seconds",
			Help: "How long a client waited for a verdict.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 10)}),
		inspections: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazaret_inspections_total",
			Help: "Blobs inspected, by how it ended."}, []string{"result"}),
		inspected: prometheus.NewCounter(prometheus.CounterOpts{Name: "lazaret_inspected_bytes_total",
			Help: "Compressed bytes inspected."}),
		inspecting: prometheus.NewGauge(prometheus.GaugeOpts{Name: "lazaret_inspections_in_flight",
			Help: "Blobs being downloaded or inspected now."}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazaret_findings_total",
			Help: "Findings of inspections, by category and confidence."}, []string{"category", "confidence"}),
	}
	for _, c := range []prometheus.Collector{m.pulls, m.bytes, m.held, m.inspections, m.inspected, m.inspecting, m.findings} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("proxy: register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) observe(q *request, w *responseWriter, verdict string) {
	if q.kind == "" {
		return
	}
	m.pulls.WithLabelValues(q.kind, string(q.family), verdict, q.source).Inc()
	m.bytes.WithLabelValues(q.kind).Add(float64(w.bytes))
	if q.held > 0 {
		m.held.Observe(q.held.Seconds())
	}
}
