package forwarder_test

import (
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/forwarder"
	"github.com/lazaret/lazaret/inspect/internal/detecttest"
)

func newDetector(t testing.TB) *forwarder.Detector {
	t.Helper()
	d, err := forwarder.New()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	detecttest.Examples(t, newDetector(t), forwarder.Rules(t))
}

// A page with something to say is not one that only leads on.
func TestLongPage(t *testing.T) {
	content := []byte("<script>if (old) window.location.href='https://win-a-phone.xyz'</script>" + strings.Repeat("<p>Something to read.</p>", 50))
	if got := detecttest.New(t, newDetector(t)).Run(t, detecttest.File("var/www/html/index.html", 0o644, content), content); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

func TestNothingOfLinks(t *testing.T) {
	d := newDetector(t)
	for _, typ := range []inspect.FileType{inspect.Directory, inspect.Symlink, inspect.Hardlink, inspect.Special} {
		if got := d.Wants(&inspect.File{Path: "etc/nginx/nginx.conf", Type: typ}); got != inspect.Nothing {
			t.Errorf("type %d: %b", typ, got)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, rule := range forwarder.Rules(f) {
		for _, e := range append(rule.Match, rule.Pass...) {
			f.Add(e.Path, []byte(e.Text))
		}
	}
	r := detecttest.New(f, newDetector(f))
	f.Fuzz(func(t *testing.T, path string, content []byte) {
		for _, p := range []string{path, "etc/nginx/nginx.conf", "etc/httpd/httpd.conf", "Caddyfile", "haproxy.cfg", "lighttpd.conf", "envoy.yaml", "rinetd.conf", "www/index.php"} {
			r.Run(t, detecttest.File(p, 0o755, content), content)
		}
		r.Run(t, detecttest.Document("config:cmd", content), content)
	})
}
