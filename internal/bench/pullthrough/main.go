// Command pullthrough is distribution's registry as a pull-through cache, for the
// benchmark to measure Lazaret against: its own handlers and nothing else.
//
//	pullthrough CONFIG.yml
//
// The file is distribution's (https://distribution.github.io/distribution/about/configuration/).
// Of what the registry command adds to the handlers there is no access log and no
// tracing here, both of which would only slow it down. It trusts its configuration, and
// is for loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // the storage of the configuration
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "pullthrough: %v\n", err)
		os.Exit(1)
	}
}

// serve serves until the process is ended by a signal, as the registry command does.
func serve(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: pullthrough CONFIG.yml")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return fmt.Errorf("open the configuration: %w", err)
	}
	defer f.Close()
	cfg, err := configuration.Parse(f)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	app := handlers.NewApp(context.Background(), cfg)
	app.RegisterHealthChecks()
	s := &http.Server{Addr: cfg.HTTP.Addr, Handler: app, ReadHeaderTimeout: time.Minute}
	return fmt.Errorf("serve: %w", s.ListenAndServe())
}
