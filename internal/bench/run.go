package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// options are the command line.
type options struct {
	size     int64 // MB
	rounds   int
	quick    bool
	verify   bool
	json     bool
	markdown string
	lazaret  string
	registry string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Int64Var(&o.size, "size", 170, "`MB` of the image, compressed")
	flags.IntVar(&o.rounds, "rounds", 3, "how often everything is measured; the table has the medians")
	flags.BoolVar(&o.quick, "quick", false, "one round with 8 MB, unless told otherwise, and smaller herds: the figures mean nothing")
	flags.BoolVar(&o.verify, "verify", false, "clients compare digests, which costs more than pulling")
	flags.BoolVar(&o.json, "json", false, "print JSON in place of the table")
	flags.StringVar(&o.markdown, "markdown", "", "also write the table to this `file`")
	flags.StringVar(&o.lazaret, "lazaret", "", "this lazaret `binary` in place of one that is built")
	flags.StringVar(&o.registry, "registry", "", "distribution's own registry `binary` in place of a main over its handlers")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	set := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
	if o.quick && !set["size"] {
		o.size = 8
	}
	if o.quick && !set["rounds"] {
		o.rounds = 1
	}
	if flags.NArg() > 0 || o.size < 1 || o.rounds < 1 {
		return o, errors.New("bench: no arguments, and a size and a number of rounds from 1 up")
	}
	return o, nil
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 1 && args[0] == "hub" {
		if err := serveHub(ctx, args[1:], stdin, stdout); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	}
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := o.bench(ctx, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return 1
	}
	return 0
}

// bench makes all that is needed, measures, and prints.
func (o options) bench(ctx context.Context, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "lazaret-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b := &bench{dir: dir, verify: o.verify, careful: !o.quick, herds: herds{16, 64}, rateFor: time.Second, log: stderr}
	if o.quick {
		b.herds, b.rateFor = herds{4, 8}, 100*time.Millisecond
	}
	fmt.Fprintln(stderr, "building the two systems")
	if b.systems, err = o.build(ctx, filepath.Join(dir, "bin"), stderr); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "making an image of %d MB\n", o.size)
	layers, err := b.fill(ctx, o.size*1e6)
	if err != nil {
		return err
	}
	if b.hub, err = startHub(filepath.Join(dir, "hub"), b.blobs, stderr); err != nil {
		return err
	}
	all, err := b.runRounds(ctx, o.rounds)
	if err = errors.Join(err, b.hub.stop()); err != nil {
		return err
	}
	r := all.report(machine(o), b.herds.scenarios(), layers, b.size(), o.rounds)
	if o.json {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	text := r.markdown()
	if o.markdown != "" {
		if err := os.WriteFile(o.markdown, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	_, err = io.WriteString(stdout, text)
	return err
}

// fill makes the image and gives it to the hub's directory.
func (b *bench) fill(ctx context.Context, size int64) ([]layerFacts, error) {
	layers, err := parts(ctx)
	if err != nil {
		return nil, err
	}
	img, facts, err := buildImage(ctx, size, layers)
	if err != nil {
		return nil, err
	}
	b.digest, b.blobs = img.Digest, append(img.Layers[:len(img.Layers):len(img.Layers)], img.ConfigDescriptor)
	return facts, fillHub(ctx, filepath.Join(b.dir, "hub"), img)
}

// build builds the two systems into dir, as the go command does by default: what a
// release leaves out is symbols.
func (o options) build(ctx context.Context, dir string, stderr io.Writer) ([]system, error) {
	const module = "github.com/lazaret/lazaret"
	packages := map[string]string{lazaret: module + "/cmd/lazaret", distribution: module + "/internal/bench/pullthrough"}
	given := map[string]string{lazaret: o.lazaret, distribution: o.registry}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for name, path := range given {
		if path != "" {
			abs, err := filepath.Abs(path)
			if err != nil {
				return nil, err
			}
			given[name] = abs
			continue
		}
		given[name] = filepath.Join(dir, name)
		cmd := exec.CommandContext(ctx, "go", "build", "-o", given[name], packages[name])
		cmd.Stdout, cmd.Stderr = stderr, stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("build %s: %w", packages[name], err)
		}
	}
	other := distributionSystem(given[distribution])
	if o.registry != "" {
		other = distributionSystem(given[distribution], "serve")
	}
	return []system{lazaretSystem(given[lazaret]), other}, nil
}
