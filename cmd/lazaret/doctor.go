package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/doctor"
)

// exitUnknown is lazaret doctor's where neither a way past Lazaret was found nor that there is none.
const exitUnknown = 3

func doctorCommand(t terminal) *cobra.Command {
	var cfg doctor.Config
	var format string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "doctor", Short: "Tell whether this host's container engines can come past Lazaret", Args: exactArgs(0),
		Long: `Find the container engines of this host, read the settings that are in force, look whether the network
leads to the registries themselves, and have each engine pull the canary, which Lazaret always refuses. Of
each is said: enforced, bypassable (how, and what closes it), or unknown (why).

Run it as root, or as one who may ask the engines. Nothing is changed on the host.
The exit code is 0 if all is enforced, 1 if something is bypassable, 3 if something is unknown, 2 for wrong usage.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return usage(fmt.Errorf("--format %.80q is not text or json", format))
			}
			for _, e := range cfg.Engines {
				if !slices.Contains(doctor.Names(), e) {
					return usage(fmt.Errorf("--engine %.40q is none of %v", e, doctor.Names()))
				}
			}
			if u, err := url.Parse(cfg.Mirror); cfg.Mirror != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
				return usage(fmt.Errorf("the mirror %.200q is no https://host[:port]", cfg.Mirror))
			}
			trusted, err := authorities(cfg.CA)
			if err != nil {
				return usage(fmt.Errorf("--ca: %w", err))
			}
			cfg.Runner, cfg.Network, cfg.Files = programs{t.env}, newHostNetwork(trusted), os.DirFS("/")
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return reportHost(t.stdout, format, doctor.Examine(ctx, cfg))
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.Mirror, "mirror", "", "URL of Lazaret, if not as the engines have it")
	f.StringVar(&cfg.CA, "ca", "", "file with the authority of its certificate, if this host does not trust it")
	f.StringSliceVar(&cfg.Registries, "registry", []string{"docker.io"}, "registries that it mirrors")
	f.StringSliceVar(&cfg.Engines, "engine", nil, "engines to look at, if not all that are there: docker, containerd, podman, crio, buildkit, k3s")
	f.StringVar(&format, "format", "text", "text or json")
	f.DurationVar(&timeout, "timeout", 5*time.Minute, "how long it may take")
	return cmd
}

// authorities are the system's and those of a file, nil for the system's alone.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("%s has no certificate in PEM", file)
	}
	return pool, nil
}

// reportHost writes the report, and turns its status into the exit code.
func reportHost(w io.Writer, format string, r doctor.Report) error {
	if format == "json" {
		if err := writeJSON(w, r); err != nil {
			return err
		}
	} else if _, err := io.WriteString(w, hostText(r)); err != nil {
		return err
	}
	switch r.Status {
	case doctor.Enforced:
		return nil
	case doctor.Bypassable:
		return &exitCode{code: exitError}
	}
	return &exitCode{code: exitUnknown}
}

// hostText is the report for people.
func hostText(r doctor.Report) string {
	var b bytes.Buffer
	checks := func(all []doctor.Check) {
		for _, c := range all {
			fmt.Fprintf(&b, "  %-10s  %s: %s\n", c.Status, c.Name, c.Detail)
			if c.Fix != "" {
				fmt.Fprintf(&b, "  %-10s  fix: %s\n", "", c.Fix)
			}
		}
	}
	fmt.Fprintf(&b, "host: %s\n", r.Status)
	checks(r.Checks)
	for _, e := range r.Engines {
		name := e.Name
		if e.Version != "" {
			name += " " + e.Version
		}
		fmt.Fprintf(&b, "\n%s: %s\n", name, e.Status)
		checks(e.Checks)
	}
	return b.String()
}

// programs runs the host's programs.
type programs struct{ env []string }

func (programs) Find(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// maxOutput bounds what is kept of a program's output, in bytes.
const maxOutput = 4 << 20

func (p programs) Run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(slices.Clone(p.env), "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		out.Write(errs.Bytes()) // without one it has warnings at most, which are no answer
	}
	return string(out.Bytes()[:min(out.Len(), maxOutput)]), err
}

// A hostNetwork is the host's.
type hostNetwork struct{ client *http.Client }

func newHostNetwork(trusted *x509.CertPool) hostNetwork {
	return hostNetwork{&http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (hostNetwork) LookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, err
}

func (hostNetwork) Dial(ctx context.Context, address string) error {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return c.Close()
}

func (n hostNetwork) Get(ctx context.Context, target string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("User-Agent", "lazaret-doctor/"+version())
	res, err := n.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return res.StatusCode, string(b), err
}
