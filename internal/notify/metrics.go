package notify

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/records"
)

type metrics struct {
	attempts *prometheus.CounterVec
	waiting  *prometheus.GaugeVec
	hooks    []*hook
}

// results names what came of an attempt, by state.
func results() map[string]string {
	return map[string]string{records.Delivered: "delivered", records.Queued: "failed", records.Dead: "dead"}
}

func newMetrics(reg prometheus.Registerer, hooks []*hook) (*metrics, error) {
	m := &metrics{
		hooks: hooks,
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "lazaret", Subsystem: "notifications", Name: "attempts_total",
			Help: "Attempts of this replica to deliver, by how they ended: delivered; failed, to be tried again; dead, given up."}, []string{"webhook", "result"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "lazaret", Subsystem: "notifications", Name: "deliveries",
			Help: "Deliveries of all replicas that are queued or dead."}, []string{"webhook", "state"}),
	}
	for _, h := range hooks {
		for _, result := range results() {
			m.attempts.WithLabelValues(h.name, result)
		}
	}
	m.backlog(nil)
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.attempts, m.waiting} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("notify: register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) count(webhook, state string) {
	m.attempts.WithLabelValues(webhook, results()[state]).Inc()
}

func (m *metrics) backlog(all []records.Backlog) {
	m.waiting.Reset() // what is not counted is none
	for _, h := range m.hooks {
		m.waiting.WithLabelValues(h.name, records.Queued)
		m.waiting.WithLabelValues(h.name, records.Dead)
	}
	for _, b := range all {
		m.waiting.WithLabelValues(b.Target, b.State).Set(float64(b.N))
	}
}
