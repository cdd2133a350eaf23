package host_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect/internal/host"
)

func TestParse(t *testing.T) {
	for word, want := range map[string]host.Ref{
		"https://User:pw@Evil.NET:8443/a?b#c": {Scheme: "https", Host: "evil.net", Port: "8443", Path: "/a?b#c"},
		`"evil.net:80",`:                      {Host: "evil.net", Port: "80"},
		"evil.net.":                           {Host: "evil.net"},
		"[2606:4700::1]:53":                   {Host: "2606:4700::1", Port: "53"},
		"2606:4700::1":                        {Host: "2606:4700::1"},
		"git@evil.net":                        {Host: "evil.net"},
		"http://$HOST/x":                      {},
		"a b":                                 {},
		"://x":                                {},
		"[x]:1":                               {},
		"":                                    {},
	} {
		got, ok := host.Parse(word)
		if ok != (want != host.Ref{}) {
			t.Errorf("%q: ok is %v", word, ok)
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("%q: (-want +got)\n%s", word, diff)
		}
	}
}

func TestForeign(t *testing.T) {
	for name, want := range map[string]bool{
		"evil.net": true, "EVIL.co.uk.": true, "x.github.io": true, "45.9.148.85": true, "[2606:4700::1]": true, "::ffff:45.9.148.85": true,
		"": false, "localhost": false, "api": false, "api.svc.cluster.local": false, "db.internal": false, "10.0.0.1": false, "127.0.0.53": false,
		"0.0.0.0": false, "169.254.169.254": false, "192.0.2.7": true, "a.test": true, ".test": false, "fe80::1": false, "co.uk": false, "$host.net": false, "{{ host }}.net": false,
		"100.64.1.1": false, "198.19.0.1": false, "..": false, ".net": false,
	} {
		if got := host.Foreign(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	for name, want := range map[string]bool{"www.example.net": true, "example.com": true, "your-domain.com": true, "evil.net": false, "localhost": false} {
		if got := host.Placeholder(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestRegistrable(t *testing.T) {
	for name, want := range map[string]string{"a.b.evil.co.uk": "evil.co.uk", "github.io": "", "x.y.github.io": "y.github.io", "com": "", "a.nosuchsuffix": ""} {
		if got := host.Registrable(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"https://a@b:1/c", "[::1]:2", "a..b", "http://[", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := host.Parse(s)
		if ok && r.Host == "" {
			t.Fatalf("%q: no host", s)
		}
		host.Foreign(r.Host)
		host.Foreign(s)
	})
}
