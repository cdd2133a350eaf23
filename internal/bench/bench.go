package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/rss"
)

// A scenario is one thing that is measured of each system, with a process of its own.
type scenario struct {
	name    string
	clients int
	warm    bool  // the image is stored: what "cold x1" of the same round left
	slow    int64 // bytes a second of each blob from the hub; 0: as fast as it can
	// manifestWait leaves Lazaret's wait at the manifest at its default. Without it Lazaret
	// streams from the first byte on.
	manifestWait bool
	rates        bool // also measure manifests a second
}

// slowHub is a good connection to a registry on the Internet: 200 Mbit/s for each blob.
const slowHub = 25e6

// herds are how many clients pull at once, beside one alone.
type herds [2]int

// scenarios are in the order in which they are measured. The first leaves its store to
// the warm ones.
func (h herds) scenarios() []scenario {
	list := []scenario{
		{name: "cold x1", clients: 1},
		{name: "warm x1", clients: 1, warm: true, rates: true},
	}
	for _, n := range h {
		list = append(list, scenario{name: fmt.Sprintf("warm x%d", n), clients: n, warm: true})
	}
	for _, n := range h {
		list = append(list, scenario{name: fmt.Sprintf("cold x%d", n), clients: n})
	}
	return append(list,
		scenario{name: "cold x1, slow hub", clients: 1, slow: slowHub},
		scenario{name: "cold x1, default wait", clients: 1, manifestWait: true},
	)
}

// scenarioTimeout bounds a scenario of one system.
const scenarioTimeout = 10 * time.Minute

// figures are what a scenario of one system came out as.
type figures struct {
	Seconds      float64 // from the first request until the last client has its last byte
	MBPerSecond  float64 // of 1e6 bytes, to all clients together
	CPUPerGB     float64 // seconds of the server's CPU time for each 1e9 bytes it sent of blobs
	PeakMB       float64 // resident, 1e6 bytes
	Downloads    float64 // GETs at the hub for each blob, on average
	MaxDownloads int     // and of the blob with the most
	Held         float64 // seconds for which the last client had all but held tails
	Bytes        int64   // of blobs, to all clients together
}

// A bench is a run.
type bench struct {
	dir     string // of all that is written; removed in the end
	hub     *hub
	digest  oci.Digest // of the manifest
	blobs   []oci.Descriptor
	systems []system
	herds   herds
	rateFor time.Duration // how long manifests are asked for, at each width
	careful bool          // to keep one measurement's writes out of the next
	verify  bool
	log     io.Writer
}

// runRounds measures every scenario of both systems, one after the other, in so many rounds.
func (b *bench) runRounds(ctx context.Context, rounds int) (samples, error) {
	all := samples{figures: map[sampleKey][]figures{}, rates: map[rateKey][]float64{}}
	for round := range rounds {
		stores := map[string]string{} // by system: what its first scenario left
		for i, s := range b.herds.scenarios() {
			order := slices.Clone(b.systems)
			if (round+i)%2 == 1 { // neither is always the one that comes second
				slices.Reverse(order)
			}
			for _, sys := range order {
				dir := stores[sys.name]
				if !s.warm {
					dir = filepath.Join(b.dir, fmt.Sprintf("%s-%d-%d", sys.name, round, i))
				}
				f, err := b.measure(ctx, sys, s, dir, all.rates)
				if err != nil {
					return all, fmt.Errorf("%s, %s: %w", s.name, sys.name, err)
				}
				key := sampleKey{s.name, sys.name}
				all.figures[key] = append(all.figures[key], f)
				fmt.Fprintf(b.log, "round %d of %d: %-22s %-13s %7.2f s\n", round+1, rounds, s.name, sys.name, f.Seconds)
				if stores[sys.name] == "" {
					stores[sys.name] = dir
				} else if !s.warm {
					if err := os.RemoveAll(dir); err != nil {
						return all, fmt.Errorf("clean up: %w", err)
					}
				}
			}
		}
		for _, dir := range stores {
			if err := os.RemoveAll(dir); err != nil {
				return all, fmt.Errorf("clean up: %w", err)
			}
		}
	}
	return all, nil
}

// measure runs one scenario of one system.
func (b *bench) measure(ctx context.Context, sys system, s scenario, dir string, rates map[rateKey][]float64) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, scenarioTimeout)
	defer cancel()
	if b.careful {
		unix.Sync() // what the one before wrote must not be written back at this one's cost
	}
	if _, err := b.hub.order(hubOrder{BytesPerSecond: s.slow}); err != nil {
		return figures{}, err
	}
	p, err := startServer(ctx, sys, dir, b.hub.url, s)
	if err != nil {
		return figures{}, err
	}
	defer p.stop()
	if s.warm {
		if _, _, err := herd(ctx, p.url, 1, b.verify); err != nil {
			return figures{}, fmt.Errorf("%w; its log ends: %s", err, p.lastWords())
		}
		if _, err := b.hub.order(hubOrder{}); err != nil {
			return figures{}, err
		}
	}
	f, err := b.observe(ctx, p, s)
	if err != nil {
		return figures{}, fmt.Errorf("%w; its log ends: %s", err, p.lastWords())
	}
	if s.rates {
		err = b.measureRates(ctx, p.url, sys.name, rates)
	}
	return f, err
}

// observe has the clients pull, and reads what it cost.
func (b *bench) observe(ctx context.Context, p *server, s scenario) (f figures, err error) {
	before, err := p.settled(ctx)
	if err != nil {
		return f, err
	}
	took, got, err := herd(ctx, p.url, s.clients, b.verify)
	if err != nil {
		return f, err
	}
	after, err := p.settled(ctx)
	if err != nil {
		return f, err
	}
	peak, err := rss.Peak(p.cmd.Process.Pid)
	if err != nil {
		return f, err
	}
	state, err := b.hub.order(hubOrder{Read: true})
	if err != nil {
		return f, err
	}
	f = figures{
		Seconds: took.Seconds(), Held: got.held.Seconds(), Bytes: got.bytes,
		MBPerSecond: float64(got.bytes) / 1e6 / took.Seconds(),
		CPUPerGB:    (after - before).Seconds() / (float64(got.bytes) / 1e9),
		PeakMB:      float64(peak) / 1e6,
	}
	total := 0
	for _, d := range b.blobs {
		n := state.Downloads[d.Digest]
		total += n
		f.MaxDownloads = max(f.MaxDownloads, n)
	}
	f.Downloads = float64(total) / float64(len(b.blobs))
	return f, b.check(f, s)
}

// size is how many bytes of blobs a client pulls.
func (b *bench) size() (n int64) {
	for _, d := range b.blobs {
		n += d.Size
	}
	return n
}

// errMeasured says that what was measured is not the pull that it should have been.
var errMeasured = errors.New("not a measurement")

// check makes an error of figures that are of something else than whole pulls.
func (b *bench) check(f figures, s scenario) error {
	if want := b.size() * int64(s.clients); f.Bytes != want {
		return fmt.Errorf("%w: %d bytes came, not %d", errMeasured, f.Bytes, want)
	}
	if s.warm && f.MaxDownloads > 0 {
		return fmt.Errorf("%w: the hub was asked for blobs that were stored", errMeasured)
	}
	if !s.warm && f.Downloads < 1 {
		return fmt.Errorf("%w: the hub was not asked for every blob", errMeasured)
	}
	return nil
}

// widths are how many clients ask for manifests at once.
var widths = [...]int{1, 32}

// measureRates measures manifests a second of a system that has the image.
func (b *bench) measureRates(ctx context.Context, url, system string, rates map[rateKey][]float64) error {
	for by, reference := range map[string]string{"tag": tag, "digest": b.digest.String()} {
		for _, clients := range widths {
			perSecond, err := rate(ctx, url, reference, clients, b.rateFor)
			if err != nil {
				return fmt.Errorf("manifests by %s: %w", by, err)
			}
			key := rateKey{by, clients, system}
			rates[key] = append(rates[key], perSecond)
		}
	}
	return nil
}
