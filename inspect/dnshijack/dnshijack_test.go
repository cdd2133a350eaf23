package dnshijack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/dnshijack"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
)

func newDetector(t testing.TB) *dnshijack.Detector {
	t.Helper()
	d, err := dnshijack.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	detecttest.Examples(t, newDetector(t), dnshijack.Rules(t))
}

// A blocker's list may hold a name that matters among thousands that do not.
func TestListOfBlockedNames(t *testing.T) {
	content := []byte(strings.Repeat("0.0.0.0 tracker.ad-network.net\n", 200) + "0.0.0.0 update.microsoft.com\n")
	for _, g := range detecttest.New(t, newDetector(t)).Run(t, detecttest.File("etc/hosts", 0o644, content), content) {
		if g.Confidence > inspect.Low {
			t.Errorf("%+v", g)
		}
	}
}

func TestNothingOfLinks(t *testing.T) {
	d := newDetector(t)
	for _, typ := range []inspect.FileType{inspect.Directory, inspect.Symlink, inspect.Hardlink, inspect.Special} {
		if got := d.Wants(&inspect.File{Path: "etc/hosts", Type: typ}); got != inspect.Nothing {
			t.Errorf("type %d: %b", typ, got)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, rule := range dnshijack.Rules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			f.Add(e.Path, []byte(e.Text))
		}
	}
	f.Add("Corefile", []byte(".:53 {\n template IN A paypal.com {\n answer\n answer \" \"\n }\n}\n"))
	r := detecttest.New(f, newDetector(f))
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		for _, p := range []string{path, "etc/dnsmasq.conf", "etc/unbound/unbound.conf", "etc/bind/named.conf", "etc/bind/db.x", "Corefile", "etc/nftables.conf"} {
			r.Run(t, detecttest.File(p, 0o755, content), content)
		}
		r.Run(t, detecttest.Document("config:cmd", content), content)
	})
}

// Names that stand for names of nft's are put in once: their values do not multiply.
func TestDefinitionsDoNotMultiply(t *testing.T) {
	var text strings.Builder
	for n := range 60 {
		fmt.Fprintf(&text, "define n%d = %s\n", n, strings.Repeat(fmt.Sprintf("$n%d", n+1), 12))
	}
	text.WriteString("add rule ip nat x udp dport 53 dnat to $n0\n")
	if got := dnshijack.Defined([]byte(text.String())); len(got) > 20*text.Len() {
		t.Errorf("%d bytes become %d", text.Len(), len(got))
	}
	if got := string(dnshijack.Defined([]byte("define dns = 198.51.100.7\ndnat to $dns:53\n"))); !strings.HasSuffix(got, "dnat to 198.51.100.7:53\n") {
		t.Errorf("%q", got)
	}
}
