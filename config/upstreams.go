package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path"
	"strings"

	"gopkg.in/yaml.v3"
)

// An Upstream is a registry to mirror.
type Upstream struct {
	Registry string   `yaml:"registry"` // the name it goes by in references, policy and records: ghcr.io
	URL      string   `yaml:"url"`      // https://Registry by default
	Aliases  []string `yaml:"aliases"`  // further names of it in requests
	Names    bool     `yaml:"names"`    // whether its names are judged as Docker Hub's are

	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"` // one of these two
	PasswordEnv  string `yaml:"password_env"`
	Known        Secret `yaml:"-"` // the password, where it is not in a file; see Password

	Private  []string       `yaml:"private"` // repositories that are not public and may be given out, or patterns of them
	CA       string         `yaml:"ca"`      // file of PEM, beside the system's authorities
	Cert     string         `yaml:"cert"`    // and key: files of PEM, shown to the registry
	Key      string         `yaml:"key"`
	Networks []netip.Prefix `yaml:"networks"`            // that are not public and that it may lead to
	Rate     int            `yaml:"requests_per_minute"` // 0: any

	Vars Vars `yaml:"vars"` // what policies may ask as upstream.vars
}

// maxUpstreams bounds a file of upstreams, in bytes.
const maxUpstreams = 1 << 20

// readRegistries returns the registries of the settings, the default one first: those of
// LAZARET_UPSTREAM*, and those of the file that LAZARET_UPSTREAMS names. Passwords in files are
// left there: many commands that read the settings need none, and may not read them.
func (c Config) readRegistries(vars map[string]string) ([]Upstream, error) {
	first := Upstream{
		Registry: c.UpstreamRegistry, URL: c.Upstream, Username: c.UpstreamUsername, PasswordFile: c.UpstreamPasswordFile, Known: c.UpstreamPassword,
		Private: c.UpstreamPrivate, CA: c.UpstreamCA, Cert: c.UpstreamCert, Key: c.UpstreamKey, Networks: c.UpstreamNetworks, Rate: c.UpstreamRate,
		Vars: c.UpstreamVars,
	}
	all := []Upstream{first}
	if c.Upstreams == "" {
		return all, nil
	}
	more, err := readUpstreams(c.Upstreams)
	if err != nil {
		return nil, fmt.Errorf("LAZARET_UPSTREAMS: %q: %w", c.Upstreams, err)
	}
	names := map[string]bool{strings.ToLower(first.Registry): true}
	for i := range more {
		u := &more[i]
		err := u.check()
		for _, name := range append([]string{u.Registry}, u.Aliases...) {
			if name = strings.ToLower(name); err == nil && names[name] {
				err = fmt.Errorf("%q is the name of another too", name)
			}
			names[name] = true
		}
		if err != nil {
			return nil, fmt.Errorf("LAZARET_UPSTREAMS: %q: upstream %d (%.100q): %w", c.Upstreams, i+1, u.Registry, err)
		}
		u.Known = Secret(vars[u.PasswordEnv])
	}
	return append(all, more...), nil
}

func readUpstreams(file string) ([]Upstream, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, errors.Unwrap(err) // the name is said
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxUpstreams+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxUpstreams {
		return nil, fmt.Errorf("more than %d bytes", maxUpstreams)
	}
	var content struct {
		Upstreams []Upstream `yaml:"upstreams"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&content); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(content.Upstreams) == 0 {
		return nil, errors.New("no upstreams")
	}
	return content.Upstreams, nil
}

// check says what is wrong with an entry of the file, and fills in its URL.
func (u *Upstream) check() error {
	if !validRegistry(u.Registry) {
		return errors.New("registry: not the name of one (ghcr.io, registry.example.com:5000)")
	}
	if u.URL == "" {
		u.URL = "https://" + u.Registry
	}
	for _, name := range u.Aliases {
		if !validRegistry(name) {
			return fmt.Errorf("aliases: %.100q is not the name of a host", name)
		}
	}
	if why := wrongURL(u.URL); why != "" {
		return errors.New("url: " + why)
	}
	if (u.Username != "") != (u.PasswordFile != "" || u.PasswordEnv != "") || u.PasswordFile != "" && u.PasswordEnv != "" {
		return errors.New("username goes with one of password_file and password_env")
	}
	if (u.Cert == "") != (u.Key == "") {
		return errors.New("cert and key go together")
	}
	if u.Rate < 0 {
		return errors.New("requests_per_minute: less than none")
	}
	if err := u.Vars.check(); err != nil {
		return fmt.Errorf("vars: %w", err)
	}
	return checkPatterns(u.Private)
}

// wrongURL says what is wrong with the URL of a registry; "" if nothing is. It quotes nothing
// of it, since it may hold a password.
func wrongURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "not the URL of a registry (https://registry-1.docker.io)"
	case u.User != nil:
		return "must not hold a user; a username and its password have their own settings"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "must be a scheme and a host alone"
	}
	return ""
}

func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil || p == "" {
			return fmt.Errorf("%.100q is not a pattern of repositories (acme/*)", p)
		}
	}
	return nil
}

// maxPassword bounds a file with a password, in bytes. Tokens of some clouds have some KiB.
const maxPassword = 64 << 10

// Password returns the password of Username, "" without one, from where it is said to be. A
// line's end after it is not of it.
func (u *Upstream) Password() (Secret, error) {
	password := u.Known
	if u.PasswordFile != "" {
		b, err := os.ReadFile(u.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if len(b) > maxPassword {
			return "", fmt.Errorf("read the password: %s has more than %d bytes", u.PasswordFile, maxPassword)
		}
		password = Secret(strings.TrimRight(string(b), "\r\n"))
	}
	if u.Username != "" && password == "" {
		return "", fmt.Errorf("the password of %.100q is empty", u.Username)
	}
	return password, nil
}

// A List is words; none holds a comma.
type List []string

// UnmarshalText reads "one,two".
func (l *List) UnmarshalText(text []byte) error {
	var out List
	for one := range strings.SplitSeq(string(text), ",") {
		if one = strings.TrimSpace(one); one == "" {
			return errors.New("not a list (one,two)")
		}
		out = append(out, one)
	}
	*l = out
	return nil
}

// String writes the list as UnmarshalText reads it.
func (l List) String() string { return strings.Join(l, ",") }

// Networks are a list of IP networks.
type Networks []netip.Prefix

// UnmarshalText reads "10.0.0.0/8,fd00::/8".
func (n *Networks) UnmarshalText(text []byte) error {
	var out Networks
	for one := range strings.SplitSeq(string(text), ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(one))
		if err != nil {
			return errors.New("not a list of networks (10.0.0.0/8,fd00::/8)")
		}
		out = append(out, p.Masked())
	}
	*n = out
	return nil
}

// String writes the networks as UnmarshalText reads them.
func (n Networks) String() string {
	var out []string
	for _, p := range n {
		out = append(out, p.String())
	}
	return strings.Join(out, ",")
}
