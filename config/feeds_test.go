package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/config"
)

func TestFeeds(t *testing.T) {
	c, err := config.Load([]string{"LAZARET_FEEDS=malicious-domain=https://me:pass@feeds.test/a?key=hidden&x=1, new-domain:dated=/etc/nrd.csv,allow=./ok"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Feeds{
		{Category: "malicious-domain", Location: "https://me:pass@feeds.test/a?key=hidden&x=1"},
		{Category: "new-domain", Format: "dated", Location: "/etc/nrd.csv"}, {Category: "allow", Location: "./ok"},
	}
	if diff := cmp.Diff(want, c.Feeds, cmp.Transformer("plain", func(f config.Feeds) []config.Feed { return f })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var b bytes.Buffer
	if err := config.Print(&b, c); err != nil {
		t.Fatal(err)
	}
	shown := "LAZARET_FEEDS=malicious-domain=https://me:[redacted]@feeds.test/a?key=[redacted]&x=1,new-domain:dated=/etc/nrd.csv,allow=./ok\n"
	if !strings.Contains(b.String(), shown) || strings.Contains(b.String(), "hidden") {
		t.Errorf("printed as\n%s", b.String())
	}
}

func TestBadFeeds(t *testing.T) {
	for value, want := range map[string]string{
		"https://feeds.test/a?b=c":               "not a category",
		"https://feeds.test/a":                   "not a list",
		"malicious-domain":                       "not a list",
		"malicious-domain=":                      "not a list",
		"miner=/x":                               "not a category",
		"malware:xml=/x":                         "not a format",
		"malware=ftp://me:secret@h/x":            "neither at an http",
		"malware=/x,malware=/x":                  "twice",
		"new-domain=/x," + "allow:list=/y,,more": "not a list",
	} {
		_, err := config.Load([]string{"LAZARET_FEEDS=" + value})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "LAZARET_FEEDS: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", value, err, want)
		}
	}
}
