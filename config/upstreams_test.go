package config_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/config"
)

func upstreamsFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "upstreams.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestUpstreams(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := upstreamsFile(t, `upstreams:
  - registry: ghcr.io
    username: robot
    password_file: `+secret+`
    private: [acme/*]
    requests_per_minute: 60
    vars: {trust: high, tier: 1}
  - registry: registry.example.com:5000
    url: http://10.1.2.3:5000
    aliases: [internal.example.com]
    username: me
    password_env: EXAMPLE_TOKEN
    networks: [10.0.0.0/8]
    names: true
`)
	c, err := config.Load([]string{"LAZARET_UPSTREAMS=" + file, "EXAMPLE_TOKEN=from the environment", "LAZARET_UPSTREAM_PRIVATE=acme/app,acme/other", "LAZARET_UPSTREAM_VARS=trust=low, team=a=b,empty="})
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Upstream{
		{Registry: "docker.io", URL: "https://registry-1.docker.io", Private: []string{"acme/app", "acme/other"}, Vars: config.Vars{"trust": "low", "team": "a=b", "empty": ""}},
		{Registry: "ghcr.io", URL: "https://ghcr.io", Username: "robot", PasswordFile: secret, Private: []string{"acme/*"}, Rate: 60, Vars: config.Vars{"trust": "high", "tier": "1"}},
		{Registry: "registry.example.com:5000", URL: "http://10.1.2.3:5000", Aliases: []string{"internal.example.com"}, Names: true,
			Username: "me", PasswordEnv: "EXAMPLE_TOKEN", Known: "from the environment", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
	}
	if diff := cmp.Diff(want, c.Registries, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("registries (-want +got):\n%s", diff)
	}
	for i, want := range []config.Secret{"", "from a file", "from the environment"} {
		if got, err := c.Registries[i].Password(); err != nil || got != want {
			t.Errorf("%s: password %d characters, %v", c.Registries[i].Registry, len(got), err)
		}
	}
}

func manyVars(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("v", i))
	}
	return out
}

func TestBadUpstreams(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":            {"", "no upstreams"},
		"unknown key":        {"upstreams: [{registry: a.io, pasword: x}]", "pasword"},
		"a name that isn't":  {"upstreams: [{registry: a.io/x}]", "registry: not the name"},
		"an alias with path": {"upstreams: [{registry: a.io, aliases: [b.io/x]}]", "aliases"},
		"a URL with a path":  {"upstreams: [{registry: a.io, url: 'https://a.io/v2'}]", "a scheme and a host alone"},
		"a URL with a user":  {"upstreams: [{registry: a.io, url: 'https://u:hunter2@a.io'}]", "must not hold a user"},
		"half a login":       {"upstreams: [{registry: a.io, username: me}]", "username goes with"},
		"two passwords":      {"upstreams: [{registry: a.io, username: me, password_env: A, password_file: b}]", "username goes with"},
		"half a certificate": {"upstreams: [{registry: a.io, cert: c.pem}]", "cert and key"},
		"a bad pattern":      {"upstreams: [{registry: a.io, private: ['[']}]", "not a pattern"},
		"a bad network":      {"upstreams: [{registry: a.io, networks: [10.0.0.1/99]}]", "10.0.0.1/99"},
		"a variable's name":  {"upstreams: [{registry: a.io, vars: {Trust-Level: low}}]", "vars: \"Trust-Level\" is not a name"},
		"two lines":          {"upstreams: [{registry: a.io, vars: {trust: \"a\\nb\"}}]", "vars: trust is not one line"},
		"a long value":       {"upstreams: [{registry: a.io, vars: {trust: " + strings.Repeat("x", 257) + "}}]", "vars: trust has more than 256"},
		"a list as a value":  {"upstreams: [{registry: a.io, vars: {trust: [low]}}]", "cannot unmarshal"},
		"many variables":     {"upstreams: [{registry: a.io, vars: {" + strings.Join(manyVars(33), ": x, ") + ": x}}]", "vars: more than 32"},
		"twice":              {"upstreams: [{registry: a.io}, {registry: A.IO}]", "another too"},
		"the default's name": {"upstreams: [{registry: a.io, aliases: [docker.io]}]", "another too"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load([]string{"LAZARET_UPSTREAMS=" + upstreamsFile(t, tc.text)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "LAZARET_UPSTREAMS") {
				t.Errorf("%v, want one that says %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("it shows a password")
			}
		})
	}
	for _, text := range []string{"trust", "trust=low,", "a=1,a=2", "Trust=low", "trust=a\x00"} {
		if _, err := config.Load([]string{"LAZARET_UPSTREAM_VARS=" + text}); err == nil || !strings.Contains(err.Error(), "LAZARET_UPSTREAM_VARS") {
			t.Errorf("variables %q: %v", text, err)
		}
	}
	if _, err := config.Load([]string{"LAZARET_UPSTREAMS=/nowhere/upstreams.yaml"}); err == nil {
		t.Error("a file that is not there is no error")
	}
	empty := config.Upstream{Username: "me", PasswordEnv: "NOT_SET"}
	if _, err := empty.Password(); err == nil {
		t.Error("an empty password is no error")
	}
}
