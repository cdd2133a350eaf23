// Command lazaret is a pull-through registry mirror that refuses malicious images
// before any host holds a complete copy. `lazaret --help` lists what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/lazaret/lazaret/internal/rss"
)

func main() {
	rss.Spare()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
