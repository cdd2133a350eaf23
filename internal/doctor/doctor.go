// Package doctor finds out whether a host's container engines can come past Lazaret.
//
// Examine finds the engines, reads the settings that are in force, looks whether the
// network leads to the registries themselves, and has each engine pull the canary, which a
// mirror always refuses (docs/enrolment.md). It promises to say Enforced only of what it has
// seen: what could not be asked, read or pulled is Unknown. It changes nothing on the host
// but for the time of a pull, and removes what an engine keeps of the canary.
//
// It trusts the engines to tell the truth of themselves, and what it is handed to run, dial
// and read.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
)

// A Status is a judgement. The zero value is none.
type Status string

// The judgements.
const (
	Enforced   Status = "enforced"   // no way past Lazaret was found
	Unknown    Status = "unknown"    // it could not be found out
	Bypassable Status = "bypassable" // there is a way past Lazaret
)

// worse is the worse of two judgements.
func worse(a, b Status) Status {
	order := []Status{"", Enforced, Unknown, Bypassable}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// A Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"` // settings, canary manifest, canary stream, left behind, proxy, mirror, egress
	Status Status `json:"status"`
	Detail string `json:"detail"`        // what was found: of what is bypassable, how
	Fix    string `json:"fix,omitempty"` // what closes it
}

// An Engine is what was found of a container engine.
type Engine struct {
	Name    string  `json:"name"` // docker, containerd, podman, crio, buildkit, k3s
	Version string  `json:"version,omitempty"`
	Status  Status  `json:"status"`
	Checks  []Check `json:"checks"`
}

// A Report is what was found of a host. Its JSON is documented in docs/enrolment.md.
type Report struct {
	Status  Status   `json:"status"` // the worst of all
	Mirror  string   `json:"mirror"` // URL of Lazaret, "" if there is none
	Checks  []Check  `json:"checks"` // of the host
	Engines []Engine `json:"engines"`
}

// A Runner runs programs of the host.
type Runner interface {
	// Find reports whether there is a program of that name.
	Find(program string) bool
	// Run returns what it wrote to its standard output; with an error, if it ended with another code
	// than 0, also what it wrote to the other.
	Run(ctx context.Context, program string, args ...string) (string, error)
}

// A Network is the host's.
type Network interface {
	LookUp(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial opens a TCP connection to host:port, and closes it.
	Dial(ctx context.Context, address string) error
	// Get returns an answer's status and the first of its body.
	Get(ctx context.Context, url string) (int, string, error)
}

// Config has what Examine needs.
type Config struct {
	Mirror     string   // URL of Lazaret; "": as the engines have it
	CA         string   // file with the authority of its certificate, for the commands that set things right; may be ""
	Registries []string // that it mirrors; nil: Docker Hub
	Engines    []string // to look at; nil: all that are there
	Runner     Runner
	Network    Network
	Files      fs.FS // the host's, by paths without the leading slash
}

// Names returns the names of the engines that are known.
func Names() []string {
	return []string{"docker", "containerd", "podman", "crio", "buildkit", "k3s"}
}

// A kind is an engine as the doctor knows it.
type kind struct {
	name     string
	programs []string // one of them is there where the engine is
	// open reads the engine's settings.
	open func(ctx context.Context, x *exam)
}

// kinds are the engines, in the order in which they are examined.
func kinds() []kind {
	return []kind{
		{"docker", []string{"dockerd"}, docker},
		{"containerd", []string{"containerd"}, containerd},
		{"podman", []string{"podman"}, podman},
		{"crio", []string{"crio"}, crio},
		{"buildkit", []string{"buildkitd"}, buildkit},
		{"k3s", []string{"k3s"}, k3s},
	}
}

// A doctor examines one host.
type doctor struct {
	Config
	mirror string
	open   []string // registries that the network leads to
	report Report
}

// An exam is one engine's.
type exam struct {
	*doctor
	engine Engine

	mirrors []string // that the settings name, as URLs
	pulls   *puller  // nil: the engine cannot be asked to pull
}

// Examine looks at a host. It ends when ctx does, with what it had by then as unknown.
func Examine(ctx context.Context, cfg Config) Report {
	if len(cfg.Registries) == 0 {
		cfg.Registries = []string{"docker.io"}
	}
	d := &doctor{Config: cfg, mirror: strings.TrimRight(cfg.Mirror, "/")}
	if d.mirror == "" {
		d.mirror = d.discover(ctx)
	}
	d.egress(ctx)
	d.askMirror(ctx)
	for _, k := range kinds() {
		if d.here(k) {
			d.report.Engines = append(d.report.Engines, d.examine(ctx, k))
		}
	}
	d.report.Mirror = d.mirror
	for _, e := range d.report.Engines {
		d.report.Status = worse(d.report.Status, e.Status)
	}
	for _, c := range d.report.Checks {
		d.report.Status = worse(d.report.Status, c.Status)
	}
	if len(d.report.Engines) == 0 {
		d.report.Engines = []Engine{}
		d.note("engines", Unknown, "no container engine was found", "")
		d.report.Status = worse(d.report.Status, Unknown)
	}
	return d.report
}

// here reports whether an engine is to be examined.
func (d *doctor) here(k kind) bool {
	if d.Engines != nil && !slices.Contains(d.Engines, k.name) {
		return false
	}
	return slices.ContainsFunc(k.programs, d.Runner.Find)
}

func (d *doctor) examine(ctx context.Context, k kind) Engine {
	x := &exam{doctor: d, engine: Engine{Name: k.name}}
	k.open(ctx, x)
	if x.pulls != nil {
		x.canary(ctx)
	}
	for _, c := range x.engine.Checks {
		x.engine.Status = worse(x.engine.Status, c.Status)
	}
	return x.engine
}

// discover asks the engines' settings for the mirror: the first that they name.
func (d *doctor) discover(ctx context.Context) string {
	for _, k := range kinds() {
		if !d.here(k) {
			continue
		}
		x := &exam{doctor: d}
		k.open(ctx, x)
		if len(x.mirrors) > 0 {
			return strings.TrimRight(x.mirrors[0], "/") // dockerd puts one behind it
		}
	}
	return ""
}

// note adds a check of the host.
func (d *doctor) note(name string, s Status, detail, fix string) {
	d.report.Checks = append(d.report.Checks, Check{name, s, detail, fix})
}

// note adds a check of the engine.
func (x *exam) note(name string, s Status, detail, fix string) {
	x.engine.Checks = append(x.engine.Checks, Check{name, s, detail, fix})
}

// settings adds a check of the engine's settings.
func (x *exam) settings(s Status, fix, format string, args ...any) {
	x.note("settings", s, fmt.Sprintf(format, args...), fix)
}

// enrol is the command that sets an engine right.
func (x *exam) enrol(extra string) string { return x.doctor.enrol(x.engine.Name, extra) }

// after is that command, with what a person does before.
func (x *exam) after(what string) string { return what + ", and then: " + x.enrol("") }

// enrol is the command that sets a client right.
func (d *doctor) enrol(client, extra string) string {
	words := []string{"lazaret enrol --client", client, "--mirror", cmp.Or(d.mirror, "https://LAZARET")}
	if d.CA != "" && !strings.Contains(extra, "--ca ") {
		words = append(words, "--ca", d.CA)
	}
	if extra != "" {
		words = append(words, extra)
	}
	return strings.Join(words, " ")
}

// hubOpen reports whether the network leads to Docker Hub.
func (d *doctor) hubOpen() bool { return slices.Contains(d.open, "docker.io") }

// isMirror reports whether a URL is the mirror's.
func (d *doctor) isMirror(url string) bool {
	return d.mirror != "" && strings.EqualFold(strings.TrimRight(url, "/"), d.mirror)
}

// firstLine is a text's first line that says something, cut.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return cut(line)
		}
	}
	return ""
}

// lastLine is a text's last line that says something, cut: there programs say what was wrong.
func lastLine(text string) string {
	out := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = line
		}
	}
	return cut(out)
}

func cut(s string) string {
	const most = 400 // bytes
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
