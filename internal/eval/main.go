// Command eval measures how well images are told apart: recall on generated malicious
// ones, by category, and false alarms on real software.
//
// The malicious side is made here, in memory, from a seed: what an image does (a
// technique) times how it is delivered (a carrier). It is written from reports on what
// attackers do, not from the detectors' rules, and a third of it has another seed, so
// other words, hosts and paths, and is counted apart. Nothing in it works or is anybody's.
// The clean side is Debian packages, npm packages, trees of this machine and honest
// configs. Both go through the inspector and the policy that the mirror has.
//
// It ends with 1 if a threshold is missed: see thresholds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// errBelow is the error of a run whose figures miss a threshold.
var errBelow = errors.New("below a threshold")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("eval", flag.ContinueOnError)
	markdown := flags.String("markdown", "", "also write the result to this `file`")
	cache := flags.String("cache", "", "keep downloaded packages in this `folder` (default: a temporary one)")
	trees := flags.String("trees", "", "comma-separated `folders` of real software to read too")
	modules := flags.Bool("modules", false, "read the modules in Go's cache that the build of this folder is made of")
	offline := flags.Bool("offline", false, "download nothing: no Debian and no npm packages")
	author := flags.String("author", "", "only the images that this `author` has written, and nothing clean")
	only := flags.String("only", "", "only this `category` of the malicious side, and nothing clean")
	if err := flags.Parse(args); err != nil {
		return err
	}
	e, err := newEvaluator()
	if err != nil {
		return err
	}
	var r result
	all, err := allSets()
	if err != nil {
		return err
	}
	for _, v := range all {
		if *only != "" && string(v.category) != *only || *author != "" && v.author != *author {
			continue
		}
		if err := r.malicious(ctx, e, v); err != nil {
			return err
		}
	}
	if *only == "" && *author == "" {
		c := software{cache: *cache, offline: *offline, trees: split(*trees), modules: *modules}
		if err := r.clean(ctx, e, c); err != nil {
			return err
		}
	}
	text := r.text()
	fmt.Fprintln(out, text)
	if *markdown != "" {
		if err := os.WriteFile(*markdown, []byte(document(text)), 0o644); err != nil {
			return err
		}
	}
	return r.thresholds()
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}
