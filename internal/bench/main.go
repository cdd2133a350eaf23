// Command bench measures Lazaret beside distribution's own pull-through cache: the same
// hub, the same image, the same clients, one after the other, on one machine.
//
//	go run ./internal/bench           # a table, after about five minutes
//	go run ./internal/bench -quick    # the same with a small image, to see that it runs
//
// All are real processes over loopback. It promises that no figure is of a pull that
// failed: a client that gets a byte too few ends the run with an error, and so does a
// cache that turns out to be warm or cold when it should not be. It trusts /proc, so it
// needs Linux. docs/benchmarks.md says what the figures mean.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
