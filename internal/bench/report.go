package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// sampleKey names what was measured once a round.
type sampleKey struct{ scenario, system string }

// rateKey names a rate: by tag or by digest, so many clients, of a system.
type rateKey struct {
	by      string
	clients int
	system  string
}

// samples are what all rounds gave.
type samples struct {
	figures map[sampleKey][]figures
	rates   map[rateKey][]float64 // manifests a second
}

// A report is a run's medians. It is what -json prints.
type report struct {
	Machine   string
	Image     []layerFacts
	Size      int64 // of the image's blobs, in bytes
	Rounds    int
	Scenarios []scenarioReport
	Rates     []rateReport
}

// A scenarioReport is a scenario's medians, figure by figure.
type scenarioReport struct {
	Name          string
	Clients       int
	Lazaret       figures
	Distribution  figures
	SpreadPercent float64 // of the seconds: the range over the median, of the system with the larger
}

// A rateReport has manifests a second.
type rateReport struct {
	By                    string
	Clients               int
	Lazaret, Distribution float64
}

// report makes the medians.
func (a samples) report(machine string, list []scenario, image []layerFacts, size int64, rounds int) report {
	r := report{Machine: machine, Image: image, Size: size, Rounds: rounds}
	for _, s := range list {
		ours, theirs := a.figures[sampleKey{s.name, lazaret}], a.figures[sampleKey{s.name, distribution}]
		r.Scenarios = append(r.Scenarios, scenarioReport{
			Name: s.name, Clients: s.clients, Lazaret: medians(ours), Distribution: medians(theirs),
			SpreadPercent: max(spread(ours), spread(theirs)),
		})
	}
	for _, by := range []string{"tag", "digest"} {
		for _, clients := range widths {
			r.Rates = append(r.Rates, rateReport{
				By: by, Clients: clients,
				Lazaret:      median(a.rates[rateKey{by, clients, lazaret}]),
				Distribution: median(a.rates[rateKey{by, clients, distribution}]),
			})
		}
	}
	return r
}

// medians takes the median of each figure by itself; of counts it takes the worst.
func medians(all []figures) figures {
	of := func(get func(figures) float64) float64 { return median(each(all, get)) }
	m := figures{
		Seconds:     of(func(f figures) float64 { return f.Seconds }),
		MBPerSecond: of(func(f figures) float64 { return f.MBPerSecond }),
		CPUPerGB:    of(func(f figures) float64 { return f.CPUPerGB }),
		PeakMB:      of(func(f figures) float64 { return f.PeakMB }),
		Downloads:   of(func(f figures) float64 { return f.Downloads }),
		Held:        of(func(f figures) float64 { return f.Held }),
	}
	for _, f := range all {
		m.Bytes = f.Bytes // the same in each, or there would be no report
		m.MaxDownloads = max(m.MaxDownloads, f.MaxDownloads)
	}
	return m
}

func each(all []figures, get func(figures) float64) []float64 {
	out := make([]float64, len(all))
	for i, f := range all {
		out[i] = get(f)
	}
	return out
}

// median returns the one in the middle, or the mean of the two; 0 of none.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}

// spread is how far the seconds of the rounds lie apart, in percent of their median.
func spread(all []figures) float64 {
	v := each(all, func(f figures) float64 { return f.Seconds })
	if len(v) == 0 {
		return 0
	}
	return 100 * (slices.Max(v) - slices.Min(v)) / median(v)
}

// machine says what it was measured on.
func machine(o options) string {
	model := runtime.GOARCH
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	other := "distribution's handlers, v3.1.2"
	if o.registry != "" {
		other = "distribution's registry command"
	}
	return fmt.Sprintf("%d CPUs (%s), %s, %s/%s; %s", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS, runtime.GOARCH, other)
}

// markdown writes the report as text that is also Markdown.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; medians of %d\n\n", r.Machine, r.Rounds)
	image := [][]string{{"layer", "MB compressed", "MB", "files"}}
	for _, l := range r.Image {
		image = append(image, []string{l.Name, fmt.Sprintf("%.1f", float64(l.Compressed)/1e6), fmt.Sprintf("%.1f", float64(l.Uncompressed)/1e6), fmt.Sprint(l.Files)})
	}
	writeTable(&b, image)
	rows := [][]string{{"scenario", "", "seconds", "MB/s", "CPU s/GB", "peak MB", "downloads a blob", "held, s"}}
	for _, s := range r.Scenarios {
		rows = append(rows, s.Lazaret.row(s.Name, lazaret), s.Distribution.row("", distribution), s.ratios())
	}
	writeTable(&b, rows)
	rates := [][]string{{"warm manifests a second", "Lazaret", "distribution", "ratio"}}
	for _, m := range r.Rates {
		rates = append(rates, []string{fmt.Sprintf("by %s x%d", m.By, m.Clients),
			fmt.Sprintf("%.0f", m.Lazaret), fmt.Sprintf("%.0f", m.Distribution), ratio(m.Lazaret, m.Distribution)})
	}
	writeTable(&b, rates)
	for _, s := range r.Scenarios {
		if s.Lazaret.Downloads > 0 && s.Clients == 1 {
			fmt.Fprintf(&b, "%s: the last byte comes %.2f s after distribution's\n", s.Name, s.Lazaret.Seconds-s.Distribution.Seconds)
		}
	}
	worst := slices.MaxFunc(r.Scenarios, func(x, y scenarioReport) int { return int(x.SpreadPercent - y.SpreadPercent) })
	fmt.Fprintf(&b, "the seconds of the rounds lie within %.0f %% of their median, at worst (%s)\n", worst.SpreadPercent, worst.Name)
	return b.String()
}

func (f figures) row(scenario, system string) []string {
	return []string{
		scenario, system, fmt.Sprintf("%.2f", f.Seconds), fmt.Sprintf("%.0f", f.MBPerSecond), fmt.Sprintf("%.2f", f.CPUPerGB),
		fmt.Sprintf("%.0f", f.PeakMB), fmt.Sprintf("%.1f", f.Downloads), fmt.Sprintf("%.2f", f.Held),
	}
}

// ratios are Lazaret's figures over distribution's.
func (s scenarioReport) ratios() []string {
	l, d := s.Lazaret, s.Distribution
	return []string{
		"", "ratio", ratio(l.Seconds, d.Seconds), ratio(l.MBPerSecond, d.MBPerSecond), ratio(l.CPUPerGB, d.CPUPerGB),
		ratio(l.PeakMB, d.PeakMB), ratio(l.Downloads, d.Downloads), "",
	}
}

func ratio(a, b float64) string {
	if b == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", a/b)
}

// writeTable writes a Markdown table with its columns under each other; the first row is the head.
func writeTable(b *strings.Builder, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell), 3)
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(b, "| %-*s |", width[i], cell)
			} else {
				fmt.Fprintf(b, " %*s |", width[i], cell)
			}
		}
		b.WriteByte('\n')
		if n > 0 {
			continue
		}
		for i := range row {
			if i == 0 {
				b.WriteString("|")
			}
			fmt.Fprintf(b, "-%s%s|", strings.Repeat("-", width[i]), map[bool]string{true: "-", false: ":"}[i == 0])
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}
