package domain_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/domain"
	"github.com/lazaret/lazaret/inspect/feed"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
	"github.com/lazaret/lazaret/internal/oci"
)

// feeds are those that the examples of rules.yaml are about.
func feeds(t testing.TB) *feed.Set {
	t.Helper()
	var all []*feed.Feed
	for category, text := range map[inspect.Category]string{
		inspect.MaliciousDomain: "evil-site.net\n45.9.148.85\n45.9.149.0/24\nhttps://pastebin.com/raw/AbCd\n",
		inspect.NewDomain:       "fresh-site.org,2026-03-01\n",
		inspect.Malware:         "bot-site.com\n",
	} {
		f, err := feed.Parse(feed.Options{Name: string(category), Category: category}, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return feed.New(all...)
}

func newDetector(t testing.TB, feeds *feed.Set) *domain.Detector {
	t.Helper()
	d, err := domain.New(feeds)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	detecttest.Examples(t, newDetector(t, feeds(t)), domain.Rules(t))
}

// Without feeds the suffixes that the detector is built with still count, and another set
// of feeds is another version.
func TestFeeds(t *testing.T) {
	without := newDetector(t, nil)
	if without.Version() == newDetector(t, feeds(t)).Version() {
		t.Error("feeds do not change the version")
	}
	content := []byte("curl http://evil-site.net/\ncurl http://kdf83.duckdns.org/")
	got := detecttest.New(t, without).Run(t, detecttest.Document("config:cmd", content), content)
	if len(got) != 1 || got[0].Rule != "domain/dynamic" || got[0].Line != 2 {
		t.Errorf("%+v", got)
	}
}

// A blocker's list names what it blocks.
func TestListOfHosts(t *testing.T) {
	var entries, list strings.Builder
	for i := range 40 {
		fmt.Fprintf(&entries, "evil-%d.net\n", i)
		fmt.Fprintf(&list, "- evil-%d.net\n", i)
	}
	f, err := feed.Parse(feed.Options{Name: "x", Category: inspect.MaliciousDomain}, []byte(entries.String()))
	if err != nil {
		t.Fatal(err)
	}
	r := detecttest.New(t, newDetector(t, feed.New(f)))
	content := []byte(list.String())
	for _, g := range r.Run(t, detecttest.File("etc/blocker/list.yaml", 0o644, content), content) {
		if g.Confidence > inspect.Low {
			t.Errorf("%+v", g)
		}
	}
	if got := r.Run(t, detecttest.Document("config:env", content), content); len(got) != 1 || got[0].Confidence != inspect.High {
		t.Errorf("a long list in a config: %+v", got)
	}
}

func FuzzJudge(f *testing.F) {
	for _, rule := range domain.Rules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			f.Add(e.Path, []byte(e.Text))
		}
	}
	r := detecttest.New(f, newDetector(f, feeds(f)))
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		r.Run(t, detecttest.File(path, 0o755, content), content)
		r.Run(t, detecttest.Document("config:cmd", content), content)
	})
}

func BenchmarkJudge(b *testing.B) {
	content := []byte(strings.Repeat("value = object.method(other.value) // see https://www.python.org/doc\n", 10000))
	r := detecttest.New(b, newDetector(b, feeds(b)))
	f := detecttest.File("srv/x.py", 0o755, content)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		r.Run(b, f, content)
	}
}

// A blob on a feed is found whatever is in it, by the digest that it came under.
func TestDigest(t *testing.T) {
	blob := []byte(`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}`)
	digest := oci.DigestOf(blob)
	f, err := feed.Parse(feed.Options{Name: "hashes", Category: inspect.Malware}, []byte(string(digest)+"\nattacker/ubuntu\n"))
	if err != nil {
		t.Fatal(err)
	}
	i, err := inspect.New(inspect.Limits{}, newDetector(t, feed.New(f)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		blob []byte
		want []string
	}{{blob, []string{"domain/blob malware high"}}, {append(blob, ' '), nil}} {
		report, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(c.blob)}, bytes.NewReader(c.blob))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range report.Findings {
			got = append(got, fmt.Sprint(g.Rule, " ", g.Category, " ", g.Confidence))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// A file on a feed is found by its hash, in a layer, in an archive in it, and whatever it is called.
func TestFileHash(t *testing.T) {
	bad := strings.Repeat("\x7fELF look-alike ", 20_000)
	sum := sha256.Sum256([]byte(bad))
	f, err := feed.Parse(feed.Options{Name: "hashes", Category: inspect.Malware}, []byte(hex.EncodeToString(sum[:])+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		set  *feed.Set
		want []string
	}{
		"on a feed": {feed.New(f), []string{"a.tar!/bin/sh domain/file", "opt/x domain/file"}},
		"on none":   {feed.New(), nil},
	} {
		blob := tarball(t, "opt/x", bad, "a.tar", string(tarball(t, "bin/sh", bad, "bin/ls", bad[1:])), "opt/y", bad+" ")
		i, err := inspect.New(inspect.Limits{}, newDetector(t, c.set))
		if err != nil {
			t.Fatal(err)
		}
		report, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(blob)}, bytes.NewReader(blob))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range report.Findings {
			got = append(got, g.Path+" "+g.Rule)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// tarball is an archive of names and their contents.
func tarball(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for n := 0; n < len(files); n += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[n], Size: int64(len(files[n+1])), Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[n+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRepository(t *testing.T) {
	f, err := feed.Parse(feed.Options{Name: "repositories", Category: inspect.Malware}, []byte("attacker/ubuntu\n"))
	if err != nil {
		t.Fatal(err)
	}
	set := feed.New()
	names, err := domain.NewRepositories(func() *feed.Set { return set })
	if err != nil {
		t.Fatal(err)
	}
	if got := names.Check(oci.DockerHub, "attacker/ubuntu"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	set = feed.New(f)
	if got := names.Check(oci.DockerHub, "attacker/ubuntu"); len(got) != 1 || got[0].Rule != "domain/repository" || got[0].Category != inspect.Malware {
		t.Errorf("%+v", got)
	}
	if got := names.Check(oci.DockerHub, "library/ubuntu"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A feed of dynamic names is about customers' hosts, not the service's own.
func TestFeedOfDynamicNames(t *testing.T) {
	f, err := feed.Parse(feed.Options{Name: "dyn", Category: inspect.DynamicDNS}, []byte("my-dyn.co.uk\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := detecttest.New(t, newDetector(t, feed.New(f)))
	for text, want := range map[string]int{"curl x91.my-dyn.co.uk": 1, "curl https://www.my-dyn.co.uk/update my-dyn.co.uk": 0} {
		if got := r.Run(t, detecttest.Document("config:cmd", []byte(text)), []byte(text)); len(got) != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
