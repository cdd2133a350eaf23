package feed_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/internal/oci"
)

func parse(t testing.TB, o feed.Options, text string) *feed.Feed {
	t.Helper()
	if o.Category == "" {
		o.Category = inspect.MaliciousDomain
	}
	f, err := feed.Parse(o, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var fileSum = sha256.Sum256([]byte("a bad file"))

func TestFormats(t *testing.T) {
	digest := "sha256:" + hex.EncodeToString(fileSum[:])
	for name, c := range map[string]struct {
		options feed.Options
		text    string
		want    feed.Counts
	}{
		"list": {feed.Options{Format: feed.List}, "\ufeff# a list\nevil.net # seen\n; no\n// no\n*.wild.net\n.dot.net\n||ad.net^\nevil[.]org\n45.9.148.85\n45.9.148.0/24\n" +
			"hxxp://45.9.148.9/x.sh\nevil.com/a/b\n" + digest + "\n" + digest[7:] + "  file.bin\nattacker/ubuntu\nghcr.io/attacker/x:latest\n",
			feed.Counts{Domains: 5, URLs: 2, Addresses: 2, Files: 1, Images: 1, Repositories: 2}},
		"list without a name": {feed.Options{}, "evil.net\r\nEVIL.net.\r\nevil.net:8080\r\n", feed.Counts{Domains: 1}},
		"too much": {feed.Options{}, "ok.net\ncom\nco.uk\ngithub.io\ngithub.com\nwww.google.com\n10.0.0.1\n0.0.0.0/0\n8.8.8.8\n127.0.0.1\n::/0\nno_dots\n-\n",
			feed.Counts{Domains: 1, Refused: 9, Skipped: 3}},
		"hosts":        {feed.Options{}, "127.0.0.1 localhost\n0.0.0.0 evil.net www.evil.net # x\n0.0.0.0 b.net\n", feed.Counts{Domains: 3, Skipped: 1}},
		"misp":         {feed.Options{}, `{"name":"x","type":"hostname","list":["evil.net","1.1.1.1","45.9.148.85"]}`, feed.Counts{Domains: 1, Addresses: 1, Refused: 1}},
		"misp, array":  {feed.Options{Format: feed.MISP}, `["evil.net"]`, feed.Counts{Domains: 1}},
		"maltrail":     {feed.Options{Format: feed.Maltrail}, "# Reference: https://x\n\nevil.net\n45.9.148.85:8080\n/gate.php\nhttp://evil.org/gate.php\nBad Agent (x)\n", feed.Counts{Domains: 1, URLs: 1, Addresses: 1, Skipped: 2}},
		"ut1":          {feed.Options{Format: feed.UT1}, "evil.net\nevil.org/page\n45.9.148.85\n", feed.Counts{Domains: 1, URLs: 1, Addresses: 1}},
		"dated":        {feed.Options{Category: inspect.NewDomain}, "domain,date\nnew.net,2026-03-02\n2026-03-01 06:00:00,newer.org\n\"q.com\",\"2026/02/25\"\nold.net,2025-01-01\n", feed.Counts{Domains: 3, Skipped: 1, Old: 1}},
		"dated by day": {feed.Options{Category: inspect.NewDomain, Days: 7}, "# Date: 2026-03-10\na.net 2026-03-02\nb.net 2026-03-03\n", feed.Counts{Domains: 1, Old: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parse(t, c.options, c.text).Counts); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoFeed(t *testing.T) {
	for name, c := range map[string]struct {
		options feed.Options
		text    string
		is      error
	}{
		"an error page": {feed.Options{Category: inspect.MaliciousDomain}, "<html><body>Sorry</body></html>", feed.ErrEmpty},
		"empty":         {feed.Options{Category: inspect.MaliciousDomain}, "", feed.ErrEmpty},
		"broken JSON":   {feed.Options{Category: inspect.MaliciousDomain}, `{"list": [`, nil},
		"category":      {feed.Options{Category: inspect.Miner}, "evil.net", nil},
		"format":        {feed.Options{Category: inspect.Malware, Format: "xml"}, "evil.net", nil},
	} {
		if _, err := feed.Parse(c.options, []byte(c.text)); err == nil || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSet(t *testing.T) {
	digest := oci.Digest("sha256:" + hex.EncodeToString(fileSum[:]))
	s := feed.New(
		parse(t, feed.Options{Name: "bad"}, "evil.co.uk\nwww.one.net\nx.github.io\n45.9.148.85\n45.9.149.0/24\n2a03:b0c0::/32\nhttp://pastebin.com/raw/Abc\nhttp://h.net:8080/a?b=1\ngood.net\n"),
		parse(t, feed.Options{Name: "ware", Category: inspect.Malware}, string(digest)+"\n"+string(digest)[7:]+"\nattacker/ubuntu\nghcr.io/a/b\nevil.co.uk\n"),
		parse(t, feed.Options{Name: "new", Category: inspect.NewDomain}, "new.net,2026-03-02\n"),
		parse(t, feed.Options{Name: "dyn", Category: inspect.DynamicDNS}, "duckdns.org\nmy-dyn.co.uk\norg\n"),
		parse(t, feed.Options{Name: "ok", Category: feed.Allow}, "good.net\n"),
	)
	domain := func(m []feed.Match) (out []string) {
		for _, one := range m {
			out = append(out, strings.TrimRight(fmt.Sprint(one.Feed, " ", one.Category, " ", one.Indicator, " ", one.Date), " "))
		}
		return out
	}
	for name, c := range map[string]struct{ got, want []string }{
		"below":         {domain(s.Domain("a.b.EVIL.co.uk.")), []string{"bad malicious-domain evil.co.uk", "ware malware evil.co.uk"}},
		"above":         {domain(s.Domain("one.net")), nil},
		"private":       {domain(s.Domain("a.x.github.io")), []string{"bad malicious-domain x.github.io"}},
		"neighbour":     {domain(s.Domain("y.github.io")), nil},
		"suffix":        {domain(s.Domain("co.uk")), nil},
		"not a part":    {domain(s.Domain("notevil.co.uk")), nil},
		"dated":         {domain(s.Domain("c2.new.net")), []string{"new new-domain new.net 2026-03-02"}},
		"dynamic":       {domain(s.Domain("x.duckdns.org")), []string{"dyn dynamic-dns duckdns.org"}},
		"dynamic, deep": {domain(s.Domain("a.b.my-dyn.co.uk")), []string{"dyn dynamic-dns my-dyn.co.uk"}},
		"not dynamic":   {domain(s.Domain("x.other.org")), nil},
		"allowed":       {domain(s.Domain("www.good.net")), nil},
		"address":       {domain(s.Addr(netip.MustParseAddr("::ffff:45.9.148.85"))), []string{"bad malicious-domain 45.9.148.85"}},
		"network":       {domain(s.Addr(netip.MustParseAddr("45.9.149.7"))), []string{"bad malicious-domain 45.9.149.0/24"}},
		"network 6":     {domain(s.Addr(netip.MustParseAddr("2a03:b0c0:1::1"))), []string{"bad malicious-domain 2a03:b0c0::/32"}},
		"other address": {domain(s.Addr(netip.MustParseAddr("45.9.148.86"))), nil},
		"url":           {domain(s.URL("HTTPS://Pastebin.com/raw/Abc?x=1#y")), []string{"bad malicious-domain pastebin.com/raw/Abc"}},
		"url's port":    {domain(s.URL("http://h.net:8080/a?b=1")), []string{"bad malicious-domain h.net:8080/a?b=1"}},
		"other query":   {domain(s.URL("http://h.net:8080/a")), nil},
		"file":          {domain(s.File(fileSum)), []string{"ware malware " + string(digest)[7:]}},
		"image":         {domain(s.Image(digest)), []string{"ware malware " + string(digest)}},
		"repository":    {domain(s.Repository("docker.io", "attacker/ubuntu")), []string{"ware malware attacker/ubuntu"}},
		"of ghcr":       {domain(s.Repository("ghcr.io", "a/b")), []string{"ware malware ghcr.io/a/b"}},
		"not of Hub":    {domain(s.Repository("docker.io", "a/b")), nil},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestNoSet(t *testing.T) {
	var s *feed.Set
	if s.Domain("a.net") != nil || s.Version() != "" || s.Has(func(c feed.Counts) int { return c.Domains }) || new(feed.Set).URL("http://a.net/b") != nil {
		t.Error("nothing matches something")
	}
}

// The version follows what is in the feeds, and neither their comments nor their order.
func TestVersion(t *testing.T) {
	version := func(texts ...string) string {
		var feeds []*feed.Feed
		for i, text := range texts {
			feeds = append(feeds, parse(t, feed.Options{Name: fmt.Sprint(i)}, text))
		}
		return feed.New(feeds...).Version()
	}
	base := version("a.net\nb.net\n", "c.net")
	if got := version("# today\nb.net\na.net\na.net\n", "c.net"); got != base {
		t.Error("comments and order change the version")
	}
	for _, other := range [][]string{{"a.net\n", "c.net"}, {"a.net\nb.net\n1.2.3.9\n", "c.net"}, {"a.net\nb.net\n"}, {"c.net", "a.net\nb.net"}} {
		if version(other...) == base {
			t.Errorf("%q has the same version", other)
		}
	}
}

// A million domains take less than 100 MB, as this share of them shows (measured: 33 MB).
func TestMemory(t *testing.T) {
	const n = 200_000
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "host-%07d.some-zone-%d.net\n", i*7919%n, i%97)
	}
	text := []byte(b.String())
	b.Reset()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f, err := feed.Parse(feed.Options{Name: "big", Category: inspect.MaliciousDomain}, text)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if f.Counts.Domains != n || kept > 20<<20 {
		t.Errorf("%d domains, %d bytes", f.Counts.Domains, kept)
	}
	t.Logf("%d domains: %.1f MB", n, float64(kept)/1e6)
	runtime.KeepAlive(text)
}

func BenchmarkDomain(b *testing.B) {
	var text strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "host-%07d.net\n", i)
	}
	s := feed.New(parse(b, feed.Options{Name: "big"}, text.String()))
	for b.Loop() {
		s.Domain("www.host-0500001.org")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"evil.net", "0.0.0.0 a.net", `{"list":["a.net"]}`, "a.net,2026-01-02", "http://a.net/b", "sha256:00", "||a^", "1.2.3.0/24", "a/b@c", "# date: 2026-01-01\nx.net,0001-01-01\n"} {
		for i := range feed.Formats() {
			f.Add([]byte(s), uint8(i), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, format, category uint8) {
		formats, categories := append(feed.Formats(), feed.Auto), feed.Categories()
		one, err := feed.Parse(feed.Options{Name: "x", Category: categories[int(category)%len(categories)], Format: formats[int(format)%len(formats)]}, b)
		if err != nil {
			return
		}
		s := feed.New(one)
		s.Domain(string(b))
		s.URL(string(b))
		if s.Version() == "" || one.Category != feed.Allow && len(s.Domain("com")) > 0 {
			t.Fatalf("%+v", one.Counts)
		}
	})
}
