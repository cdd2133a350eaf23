package inspect_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lazaret/lazaret/inspect"
)

// gauge passes a reader on and notes the largest heap, without garbage, every so many bytes.
type gauge struct {
	r     io.Reader
	every int
	n     int
	base  uint64
	mu    sync.Mutex // guards peak: the blob is read in one goroutine and judged in another
	peak  uint64
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (g *gauge) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.n += n; g.n > g.every || err != nil {
		g.n = 0
		g.measure()
	}
	return n, err
}

func (g *gauge) measure() {
	now := live()
	g.mu.Lock()
	defer g.mu.Unlock()
	if now > g.base {
		g.peak = max(g.peak, now-g.base)
	}
}

// The memory that an inspection holds does not depend on the blob: Limits states the bounds.
func TestMemory(t *testing.T) {
	const mib = 1 << 20
	header := func(name string, size int64) []byte {
		h := archive(t, entry{name: name, header: tar.Header{Typeflag: tar.TypeDir}})[:512]
		copy(h[124:], fmt.Sprintf("%011o\x00", size))
		h[156] = '0'
		return sum(h)
	}
	mixed := join(noise(mib/2, 1), bytes.Repeat([]byte("token=12345678 needle\n"), mib/2/22+1))[:mib]
	var pax strings.Builder
	for n := 0; pax.Len() < 250<<10; n++ {
		fmt.Fprintf(&pax, "15 A.%07d=x\n", n)
	}
	heavy := join(raw("pax", 'x', int64(pax.Len())), padded(pax.String()), raw("f", '0', 0))
	wide := `{"rootfs":{},"config":{"Labels":{` + strings.TrimSuffix(repeat(90_000, func(n int) string { return fmt.Sprintf(`"%d":"%s",`, n, strings.Repeat("v", 20)) }), ",") + `}}}`
	hoarder := fake{
		name: "hoarder", version: "1", patterns: []inspect.Pattern{{
			ID: "h", Literals: []string{"token"}, Regexp: regexp.MustCompile(`[^#]*token[^#]*`),
			Before: inspect.MaxWindow, After: inspect.MaxWindow, Max: 600 / thin,
		}},
		wants: func(*inspect.File) inspect.Want { return inspect.Hits | inspect.Content },
	}
	for _, c := range []struct {
		name string
		r    io.Reader
		most uint64
	}{
		{"a GiB in gzip", &repeated{head: gz(t, header("f", 1<<30)), part: gz(t, mixed), n: 1 << 10 / thin}, 8 * mib},
		{"256 MiB, plain", &repeated{head: header("f", 1<<28), part: mixed, n: 1 << 8 / thin}, 8 * mib},
		{"zstd with a window of 32 MiB", &repeated{part: zst(t, join(header("f", 48*mib), bytes.Repeat(mixed, 48)), 32*mib), n: 1}, 48 * mib},
		{"large headers", &repeated{part: heavy, n: 200 / thin}, 16 * mib},
		{"a wide config", strings.NewReader(wide), 64 * mib},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &gauge{r: c.r, every: 4 * mib}
			hoarder.judge = func(*inspect.File, inspect.Seen, func(inspect.Finding)) { g.measure() }
			i := inspector(t, inspect.Limits{Ratio: 1 << 20}, finder(), lister(), hoarder)
			g.base = live()
			r, err := i.Inspect(t.Context(), descriptor(nil), g)
			if err != nil {
				t.Fatal(err)
			}
			if g.peak > c.most {
				t.Errorf("%d KiB of heap at most, more than %d", g.peak>>10, c.most>>10)
			}
			if r.Stats.Files == 0 {
				t.Error("nothing was inspected")
			}
			t.Logf("%d KiB of heap at most; %d findings, gaps %v", g.peak>>10, len(r.Findings), r.Gaps)
		})
	}
}

func repeat(n int, f func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}
