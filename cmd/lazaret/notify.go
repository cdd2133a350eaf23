package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/notify"
	"github.com/lazaret/lazaret/internal/records"
)

// openNotifier makes what tells the webhooks of the settings. metrics may be nil.
func openNotifier(cfg config.Config, r *records.Records, log *slog.Logger, metrics prometheus.Registerer) (*notify.Notifier, error) {
	c := notify.Config{
		Records: r, Source: cfg.WebhookSource, Agent: "lazaret/" + version(), Timeout: cfg.WebhookTimeout, Patience: cfg.WebhookPatience,
		Expiring: time.Duration(cfg.ExceptionNotice) * 24 * time.Hour, Keep: time.Duration(cfg.NotificationRetention) * 24 * time.Hour,
		Log: log, Metrics: metrics, Now: time.Now, Jitter: rand.Float64,
	}
	for _, s := range cfg.WebhookSecret.Secrets() {
		secret, err := notify.ParseSecret(s)
		if err != nil {
			return nil, err
		}
		c.Secrets = append(c.Secrets, secret)
	}
	for _, w := range cfg.Webhooks {
		c.Webhooks = append(c.Webhooks, notify.Webhook{Kind: w.Kind, Topics: w.Topics, URL: w.URL})
	}
	n, err := notify.New(c)
	if err != nil {
		return nil, fmt.Errorf("set up notifications: %w", err)
	}
	return n, nil
}
