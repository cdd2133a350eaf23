package feeds

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the figures of feeds, by name.
type metrics struct {
	refreshes *prometheus.CounterVec
	entries   *prometheus.GaugeVec
	refused   *prometheus.GaugeVec
	fresh     *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lazaret_feed_refreshes_total",
			Help: "Looks at the source of a feed, by how it ended: fetched, unchanged, read, failed."}, []string{"feed", "category", "result"}),
		entries: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lazaret_feed_entries",
			Help: "Indicators of a feed that are in force."}, []string{"feed", "category"}),
		refused: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lazaret_feed_refused_entries",
			Help: "Entries of a feed that are left out: they would match too much, or cannot be read."}, []string{"feed", "category"}),
		fresh: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "lazaret_feed_fresh_timestamp_seconds",
			Help: "When the source of a feed last answered, or was last read."}, []string{"feed", "category"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.refreshes, m.entries, m.refused, m.fresh} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("feeds: register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) count(st *state, result string, now time.Time) {
	labels := []string{st.source.Name(), string(st.source.Category)}
	m.refreshes.WithLabelValues(append(labels, result)...).Inc()
	if st.feed != nil {
		m.entries.WithLabelValues(labels...).Set(float64(st.feed.Counts.Entries()))
		m.refused.WithLabelValues(labels...).Set(float64(st.feed.Counts.Refused + st.feed.Counts.Skipped))
	}
	if result != "failed" {
		m.fresh.WithLabelValues(labels...).Set(float64(now.Unix()))
	}
}
