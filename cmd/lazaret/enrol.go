package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/enrol"
)

// An enrolment is what the flags of lazaret enrol say.
type enrolment struct {
	t       terminal
	request enrol.Request
	client  string
	ca      string
	root    string
	version string
	store   string
	close   string
	dryRun  bool
	undo    bool
}

func enrolCommand(t terminal) *cobra.Command {
	e := &enrolment{t: t}
	cmd := &cobra.Command{
		Use:   "enrol --client CLIENT --mirror URL",
		Short: "Set this host up so that its container engine pulls through Lazaret alone",
		Args:  exactArgs(0),
		Long: `Write the files by which a container engine pulls through Lazaret and nobody else, and rules for
nftables that close the way to Docker Hub. What else is in a file stays, comments included; what was there
is kept in ` + enrol.StateDir + `, and --undo puts it back.

CLIENT is docker, containerd, podman, crio, buildkit, k3s or kubernetes. For kubernetes manifests are
printed, and nothing is written. docs/enrolment.md has a section on each.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&e.client, "client", "", "docker, containerd, podman, crio, buildkit, k3s or kubernetes")
	f.StringVar(&e.request.Mirror, "mirror", "", "URL of Lazaret, https://host[:port]")
	f.StringVar(&e.ca, "ca", "", "file with the authority of its certificate (ca.crt of lazaret ca init), unless hosts trust it already")
	f.StringSliceVar(&e.request.Registries, "registry", []string{"docker.io"}, "registries that it mirrors")
	f.StringVar(&e.root, "root", "/", "the folder where the host's files are")
	f.StringVar(&e.version, "engine-version", "", "version of the engine, if it is not to be asked")
	f.StringVar(&e.store, "store", "", "image store of docker, classic or containerd, if it is not to be found out")
	f.StringVar(&e.close, "close", string(enrol.CloseHub), "which way out to close: hub, all (the engine's service reaches Lazaret alone) or none")
	f.BoolVar(&e.request.Replace, "replace", false, "take other mirrors of the same registries out")
	f.StringVar(&e.request.Image, "image", "", "image of Lazaret, for kubernetes")
	f.BoolVar(&e.dryRun, "dry-run", false, "write nothing; print what would change as a diff")
	f.BoolVar(&e.undo, "undo", false, "put back what was there before the last enrolment of the client")
	return cmd
}

func (e *enrolment) run(ctx context.Context) error {
	client := enrol.Client(e.client)
	if !slices.Contains(enrol.Clients(), client) {
		return usage(fmt.Errorf("--client %.40q is none of %v", e.client, enrol.Clients()))
	}
	if e.request.Mirror == "" && !e.undo {
		return usage(errors.New("no --mirror"))
	}
	host, err := enrol.OpenHost(e.root)
	if err != nil {
		return usage(fmt.Errorf("--root: %w", err))
	}
	defer host.Close()
	if e.undo {
		return e.putBack(host, client)
	}
	if err := e.complete(ctx, client); err != nil {
		return err
	}
	plan, err := enrol.Make(e.request, host.FS())
	if err != nil {
		if errors.Is(err, enrol.ErrConflict) {
			return err
		}
		return usage(err)
	}
	if plan.Manifest != "" {
		if _, err := io.WriteString(e.t.stdout, plan.Manifest); err != nil {
			return err
		}
		return e.notes(e.t.stderr, plan)
	}
	if e.dryRun {
		if _, err := io.WriteString(e.t.stdout, plan.Diff()); err != nil {
			return err
		}
		return e.notes(e.t.stderr, plan)
	}
	backup, err := host.Apply(client, plan)
	if err != nil {
		return err
	}
	return e.report(plan, backup)
}

// complete fills in what is found out: the version, the authority, addresses.
func (e *enrolment) complete(ctx context.Context, client enrol.Client) (err error) {
	e.request.Client, e.request.Store, e.request.Close = client, enrol.Store(e.store), enrol.Close(e.close)
	if e.ca != "" {
		if e.request.CA, err = os.ReadFile(e.ca); err != nil {
			return usage(fmt.Errorf("--ca: %w", err))
		}
	}
	if e.version != "" {
		if e.request.Version, err = enrol.ParseVersion(e.version); err != nil {
			return usage(fmt.Errorf("--engine-version: %w", err))
		}
	} else if e.root == "/" {
		e.request.Version = engineVersion(ctx, client)
	}
	if e.request.Close == enrol.CloseNone && client != enrol.Kubernetes {
		return nil
	}
	if u, err := url.Parse(e.request.Mirror); err == nil {
		e.request.Addrs = addresses(ctx, u.Hostname())
	}
	if client != enrol.Kubernetes {
		e.request.HubAddrs = addresses(ctx, enrol.HubNames()...)
	}
	return nil
}

// engineVersion asks the engine's program; zero if there is none or it does not say. Make
// says so where it needs to know.
func engineVersion(ctx context.Context, client enrol.Client) enrol.Version {
	program := map[enrol.Client]string{
		enrol.Docker: "dockerd", enrol.Containerd: "containerd", enrol.Podman: "podman",
		enrol.CRIO: "crio", enrol.BuildKit: "buildkitd", enrol.K3s: "k3s",
	}[client]
	if program == "" {
		return enrol.Version{}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return enrol.Version{}
	}
	v, err := enrol.ParseVersion(string(out))
	if err != nil {
		return enrol.Version{}
	}
	return v
}

// addresses looks names up; what has no address has none.
func addresses(ctx context.Context, names ...string) (out []netip.Addr) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, name := range names {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			continue
		}
		for _, a := range found {
			out = append(out, a.Unmap())
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

func (e *enrolment) putBack(host *enrol.Host, client enrol.Client) error {
	undo := host.Undo
	if e.dryRun {
		undo = host.Undoing
	}
	plan, err := undo(client)
	if err != nil {
		return err
	}
	if e.dryRun {
		_, err := io.WriteString(e.t.stdout, plan.Diff())
		return err
	}
	var b strings.Builder
	for _, c := range plan.Changes {
		what := "as it was"
		if c.After == nil {
			what = "removed"
		}
		fmt.Fprintf(&b, "%s: %s\n", c.Path, what)
	}
	fmt.Fprintf(&b, "Restart %[1]s; and if nftables had the rules: nft delete table inet lazaret_%[1]s\n", client)
	_, err = io.WriteString(e.t.stdout, b.String())
	return err
}

// report says what was written and what is still to be done.
func (e *enrolment) report(plan enrol.Plan, backup string) error {
	if backup == "" {
		if _, err := fmt.Fprintln(e.t.stdout, "Nothing to change: it is enrolled already."); err != nil {
			return err
		}
		return e.notes(e.t.stdout, plan)
	}
	var b bytes.Buffer
	for _, c := range plan.Changes {
		fmt.Fprintf(&b, "wrote %s\n", c.Path)
	}
	fmt.Fprintf(&b, "What was there is in %s. To go back: lazaret enrol --client %s --undo", backup, e.client)
	if e.root != "/" {
		fmt.Fprintf(&b, " --root %s", e.root)
	}
	b.WriteByte('\n')
	if _, err := e.t.stdout.Write(b.Bytes()); err != nil {
		return err
	}
	return e.notes(e.t.stdout, plan)
}

func (e *enrolment) notes(w io.Writer, plan enrol.Plan) error {
	var b strings.Builder
	if len(plan.Restart) > 0 {
		b.WriteString("To put it in force:\n")
	}
	for _, r := range plan.Restart {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	for _, n := range plan.Notes {
		fmt.Fprintf(&b, "Note: %s\n", n)
	}
	if plan.Manifest == "" {
		b.WriteString("See whether it holds: lazaret doctor --mirror " + e.request.Mirror)
		if e.ca != "" {
			b.WriteString(" --ca " + e.ca)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
