package main

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
)

func serveCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the mirror",
		Long: `Run the mirror. Every setting is an environment variable: see "lazaret config".

With none set it listens on 127.0.0.1:5000, mirrors Docker Hub, and keeps what it
knows under ./lazaret-data. It drains and ends on SIGTERM or SIGINT.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(t.env)
			if err != nil {
				return usage(err)
			}
			a, err := newApp(cmd.Context(), cfg, newLogger(t.stderr, cfg))
			if err != nil {
				return err
			}
			if err := firstToken(cmd.Context(), a.records, time.Now(), cfg.FirstTokenTTL, t.stderr); err != nil {
				return errors.Join(err, a.close())
			}
			return a.run(cmd.Context())
		},
	}
}

func newLogger(w io.Writer, cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
