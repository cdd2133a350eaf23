// Command inspectbench measures how fast layers are inspected, on one core, beside the
// least that a mirror does which verifies and lists them: sha256 of the blob, gunzip, tar
// walk, sha256 of each file. Both read the same layers in the same run, by turns.
//
// The layers are real: programs from Debian's packages, text from npm's. Speeds are of
// compressed input, in MB a second of processor time; the ratio is what counts, since machines differ. Memory is
// the peak resident size of a process that does nothing but inspect one layer.
package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/rss"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "inspectbench:", err)
		os.Exit(1)
	}
}

type options struct {
	cache, profile, only, alone string
	rounds                      int
	size                        int64
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("inspectbench", flag.ContinueOnError)
	flags.StringVar(&o.cache, "cache", "", "keep packages and layers in this `folder` (needed)")
	flags.StringVar(&o.profile, "profile", "", "when all is measured, inspect the layers again and write a CPU profile of that to this `file`")
	flags.StringVar(&o.only, "only", "", "only this `layer`: binaries or text")
	flags.StringVar(&o.alone, "alone", "", "inspect this `file` and print what that took, for the measurement of memory")
	flags.IntVar(&o.rounds, "rounds", 3, "how often each is measured")
	flags.Int64Var(&o.size, "size", 250, "how large a layer is, uncompressed, in MB")
	if err := flags.Parse(args); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	rss.Spare() // as the mirror does
	if o.alone != "" {
		return alone(ctx, o.alone, out)
	}
	if o.cache == "" {
		return errors.New("no -cache")
	}
	fmt.Fprintf(out, "%s, %s, %s/%s, one core, %d rounds, medians\n\n", engine, runtime.Version(), runtime.GOOS, runtime.GOARCH, o.rounds)
	fmt.Fprint(out, "| layer | MB compressed | MB | files | bare, MB/s | inspected, MB/s | ratio | peak MB | findings |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	var paths []string
	for _, l := range layers() {
		if o.only != "" && o.only != l.name {
			continue
		}
		path, err := l.file(ctx, o.cache, o.size*1e6)
		if err != nil {
			return fmt.Errorf("make the layer of %s: %w", l.name, err)
		}
		row, err := measure(ctx, o, l.name, path)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		fmt.Fprint(out, row)
		paths = append(paths, path)
	}
	if o.profile != "" {
		return profile(ctx, o, paths)
	}
	return nil
}

// profile inspects layers, and nothing else, as often as each was measured.
func profile(ctx context.Context, o options, paths []string) (err error) {
	i, err := inspector()
	if err != nil {
		return err
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for range o.rounds {
		for _, path := range paths {
			if _, err := inspectFile(ctx, i, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure reads one layer both ways, by turns, and returns the row of the table.
func measure(ctx context.Context, o options, name, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	i, err := inspector()
	if err != nil {
		return "", err
	}
	var plain, inspected, ratios []float64
	var report inspect.Report
	for range o.rounds {
		runtime.GC() // what one leaves behind is not the other's work
		b, err := cpu(func() error { return bare(path) })
		if err != nil {
			return "", err
		}
		runtime.GC()
		w, err := cpu(func() (err error) {
			report, err = inspectFile(ctx, i, path)
			return err
		})
		if err != nil {
			return "", err
		}
		mb := float64(info.Size()) / 1e6
		plain, inspected = append(plain, mb/b.Seconds()), append(inspected, mb/w.Seconds())
		ratios = append(ratios, b.Seconds()/w.Seconds())
	}
	if len(report.Gaps) > 0 {
		return "", fmt.Errorf("not all was inspected: %v", report.Gaps)
	}
	peak, err := resident(ctx, path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("| %s | %.1f | %.1f | %d | %.1f | %.1f | %.2f | %.0f | %d |\n", name, float64(info.Size())/1e6, float64(report.Stats.BytesUncompressed)/1e6,
		report.Stats.Files, median(plain), median(inspected), median(ratios), float64(peak)/1e6, len(report.Findings)), nil
}

// cpu returns the processor time that f takes, the system's for it included. Others on
// the machine do not add to it, but for what they leave in caches.
func cpu(f func() error) (time.Duration, error) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			panic(err) // of a wrong argument
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	err := f()
	return used() - start, err
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func inspector() (*inspect.Inspector, error) {
	detectors, err := builtin.Detectors()
	if err != nil {
		return nil, err
	}
	i, err := inspect.New(inspect.Limits{}, detectors...)
	debug.FreeOSMemory() // as the mirror does when it has made one
	return i, err
}

// bare is what a mirror does at least that verifies a layer and lists its files.
func bare(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	z, err := gunzip(io.TeeReader(f, hash))
	if err != nil {
		return err
	}
	t, file, buf := tar.NewReader(z), sha256.New(), make([]byte, 64<<10)
	for {
		_, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		file.Reset()
		if _, err := io.CopyBuffer(file, t, buf); err != nil {
			return err
		}
		file.Sum(buf[:0])
	}
	_, err = io.Copy(io.Discard, z)
	return err
}

// inspectFile hashes a layer as a download does, and inspects it.
func inspectFile(ctx context.Context, i *inspect.Inspector, path string) (inspect.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return inspect.Report{}, err
	}
	defer f.Close()
	return i.Inspect(ctx, oci.Descriptor{Digest: oci.DigestOf(nil)}, io.TeeReader(f, sha256.New()))
}

// alone inspects one layer and says what the process took.
func alone(ctx context.Context, path string, out io.Writer) error {
	i, err := inspector()
	if err != nil {
		return err
	}
	if _, err := inspectFile(ctx, i, path); err != nil {
		return err
	}
	peak, err := rss.Peak(os.Getpid())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, peak)
	return err
}

// resident runs this program again to inspect one layer alone.
func resident(ctx context.Context, path string) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	b, err := exec.CommandContext(ctx, self, "-alone", abs).Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}
