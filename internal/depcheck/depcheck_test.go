package depcheck_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/depcheck"
)

const (
	module = "github.com/lazaret/lazaret"
	root   = "../.."
)

// goGraph asks the go command. With -e, a package that does not compile is listed with
// what it imports; that it does not compile is another test's affair.
func goGraph(t *testing.T) depcheck.Graph {
	t.Helper()
	readFolders(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	g := depcheck.Graph{}
	for dec := json.NewDecoder(&stdout); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		imports := []string{}
		for _, i := range p.Imports {
			imports = append(imports, local(i))
		}
		g[local(p.ImportPath)] = imports
	}
}

// readFolders lets `go test` know that the result depends on every file of the module: it
// repeats a cached result unless something that this process itself read has changed.
func readFolders(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil && errors.Is(err, fs.ErrNotExist) { // another test's temporary folder
			return nil
		}
		if err == nil && d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func local(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

func TestLaw(t *testing.T) {
	g := goGraph(t)
	for _, must := range []string{"cmd/lazaret", "proxy", "cache", "policy", "inspect", "internal/oci"} {
		if _, ok := g[must]; !ok {
			t.Errorf("go list did not mention %s: is the graph this module's?", must)
		}
	}
	for _, v := range depcheck.Lazaret().Check(g) {
		t.Error(v)
	}
}

// Policy is told the time; it never asks.
func TestPolicyHasNoClock(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "policy", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		calls, err := clockCalls(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range calls {
			t.Errorf("%s: policy has no clock", c)
		}
	}
}

func TestClockCallsAreFound(t *testing.T) {
	src := `package p
import clock "time"
var a = clock.Now()
var f = clock.Since // taken, not called
var d = clock.Hour
var u = clock.Unix(1, 0)
`
	got, err := clockCalls("p.go", src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p.go:3: time.Now", "p.go:4: time.Since"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// clockCalls lists the uses of what in package time depends on the present.
func clockCalls(file string, src any) ([]string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, 0)
	if err != nil {
		return nil, err
	}
	name := ""
	for _, i := range f.Imports {
		if i.Path.Value == `"time"` {
			name = "time"
			if i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	depends := map[string]bool{
		"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true, "NewTimer": true, "NewTicker": true,
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && name != "" && x.Name == name && depends[s.Sel.Name] {
			at := fset.Position(s.Pos())
			out = append(out, at.Filename+":"+strconv.Itoa(at.Line)+": time."+s.Sel.Name)
		}
		return true
	})
	return out, nil
}

// good is a small module that breaks no law.
func good() depcheck.Graph {
	return depcheck.Graph{
		"cmd/lazaret":                 {"context", "config", "proxy", "inspect/builtin", "internal/testhub", "github.com/spf13/cobra"},
		"config":                      {"os", "github.com/caarlos0/env/v11"},
		"proxy":                       {"net/http", "cache", "policy", "proxy/upstream", "internal/records"},
		"proxy/upstream":              {"internal/oci", "github.com/google/go-containerregistry/pkg/v1/remote/transport"},
		"cache":                       {"inspect", "github.com/redis/go-redis/v9", "github.com/distribution/distribution/v3/registry/storage/driver"},
		"policy":                      {"time", "inspect", "internal/oci"},
		"internal/records":            {"database/sql", "internal/oci"},
		"inspect":                     {"context", "internal/oci"},
		"inspect/builtin":             {"inspect/miner"},
		"inspect/miner":               {"inspect", "inspect/internal/place"},
		"inspect/internal/place":      {"inspect"},
		"inspect/internal/detecttest": {"testing", "inspect"},
		"internal/oci":                {"fmt"},
		"internal/testhub":            {"internal/testimage", "github.com/distribution/distribution/v3/registry/handlers"},
		"internal/testimage":          {"internal/oci"},
		"internal/pin":                {"github.com/redis/go-redis/v9"},
	}
}

func TestCheckFindsNothingWrong(t *testing.T) {
	if v := depcheck.Lazaret().Check(good()); len(v) != 0 {
		t.Errorf("violations: %v", v)
	}
}

func TestCheckFindsViolations(t *testing.T) {
	for name, test := range map[string]struct {
		from, imports string // one import more than in good
		want          []string
	}{
		"upwards": {"cache", "policy", []string{
			"cache -> policy: cache may not reach policy",
		}},
		"by a detour": {"internal/oci", "config", []string{
			"cache -> inspect -> internal/oci -> config: cache may not reach config",
			"inspect -> internal/oci -> config: inspect may not reach config",
			"inspect/builtin -> inspect/miner -> inspect -> internal/oci -> config: inspect/builtin may not reach config",
			"inspect/internal/detecttest -> inspect -> internal/oci -> config: inspect/internal/detecttest may not reach config",
			"inspect/internal/place -> inspect -> internal/oci -> config: inspect/internal/place may not reach config",
			"inspect/miner -> inspect -> internal/oci -> config: inspect/miner may not reach config",
			"internal/oci -> config: internal/oci may not reach config",
			"internal/records -> internal/oci -> config: internal/records may not reach config",
			"internal/testhub -> internal/testimage -> internal/oci -> config: internal/testhub may not reach config",
			"internal/testimage -> internal/oci -> config: internal/testimage may not reach config",
			"policy -> internal/oci -> config: policy may not reach config",
			"proxy -> policy -> internal/oci -> config: proxy may not reach config",
			"proxy/upstream -> internal/oci -> config: proxy/upstream may not reach config",
		}},
		"config outside cmd":       {"proxy", "config", []string{"proxy -> config: proxy may not reach config"}},
		"config imports ours":      {"config", "internal/oci", []string{"config -> internal/oci: config may not reach internal/oci"}},
		"facts know consequences":  {"inspect", "policy", []string{"cache -> inspect -> policy: cache may not reach policy", "inspect -> policy: inspect may not reach policy", "inspect/builtin -> inspect/miner -> inspect -> policy: inspect/builtin may not reach policy", "inspect/internal/detecttest -> inspect -> policy: inspect/internal/detecttest may not reach policy", "inspect/internal/place -> inspect -> policy: inspect/internal/place may not reach policy", "inspect/miner -> inspect -> policy: inspect/miner may not reach policy"}},
		"a detector and another":   {"inspect/miner", "inspect/builtin", []string{"inspect/miner -> inspect/builtin: inspect/miner may not reach inspect/builtin"}},
		"proxy knows detectors":    {"proxy", "inspect/miner", []string{"proxy -> inspect/miner: proxy may not reach inspect/miner"}},
		"the hub outside the demo": {"proxy", "internal/testhub", []string{"proxy -> internal/testhub: proxy may not reach internal/testhub"}},
		"the pin is used":          {"cmd/lazaret", "internal/pin", []string{"cmd/lazaret -> internal/pin: cmd/lazaret may not reach internal/pin"}},
		"a package without a row":  {"internal/new", "fmt", []string{"internal/new: has no row in the table of layers"}},
		"redis outside cache":      {"proxy", "github.com/redis/go-redis/v9", []string{"proxy -> github.com/redis/go-redis/v9: only cache may import it"}},
		"remote in cmd":            {"cmd/lazaret", "github.com/google/go-containerregistry/pkg/v1/remote", []string{"cmd/lazaret -> github.com/google/go-containerregistry/pkg/v1/remote: only proxy/upstream may import it"}},
		"layout in cmd":            {"cmd/lazaret", "github.com/google/go-containerregistry/pkg/v1/layout", nil},
		"layout in proxy":          {"proxy", "github.com/google/go-containerregistry/pkg/v1/layout", []string{"proxy -> github.com/google/go-containerregistry/pkg/v1/layout: only proxy/upstream, cmd/lazaret may import it"}},
		"drivers in cmd":           {"cmd/lazaret", "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws", []string{"cmd/lazaret -> github.com/distribution/distribution/v3/registry/storage/driver/s3-aws: only cache, internal/testhub, internal/bench/pullthrough may import it"}},
		"error codes in proxy":     {"proxy", "github.com/distribution/distribution/v3/registry/api/errcode", nil},
		"handlers in proxy":        {"proxy", "github.com/distribution/distribution/v3/registry/handlers", []string{"proxy -> github.com/distribution/distribution/v3/registry/handlers: only internal/testhub, internal/bench/pullthrough may import it"}},
		"sqlite in proxy":          {"proxy", "modernc.org/sqlite", []string{"proxy -> modernc.org/sqlite: only cache, internal/records may import it"}},
		"testing in the hub":       {"internal/testhub", "testing", []string{"internal/testhub -> testing: only cache/cachetest, inspect/internal/detecttest, internal/clamd/clamdtest may import it"}},
		"a suite in the binary":    {"inspect/miner", "inspect/internal/detecttest", []string{"inspect/miner -> inspect/internal/detecttest: nothing may import it"}},
		"httptest in the hub":      {"internal/testhub", "net/http/httptest", []string{"internal/testhub -> net/http/httptest: only internal/bench/... may import it"}},
		"policy opens a file":      {"policy", "os", []string{"policy -> os: policy/... never imports it"}},
		"policy dials":             {"policy", "net/http", []string{"policy -> net/http: policy/... never imports it"}},
		"policy reads addresses":   {"policy", "net/netip", nil},
		"a detector dials":         {"inspect/miner", "net", []string{"inspect/miner -> net: inspect/... never imports it"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := good()
			g[test.from] = append(g[test.from], test.imports)
			var got []string
			for _, v := range depcheck.Lazaret().Check(g) {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A loop is the compiler's to refuse; the check only has to end.
func TestCheckEndsOnALoop(t *testing.T) {
	l := depcheck.Law{Layers: []depcheck.Layer{{"a", []string{"b"}}, {"b", []string{"a"}}}}
	if v := l.Check(depcheck.Graph{"a": {"b"}, "b": {"a"}}); len(v) != 0 {
		t.Errorf("violations: %v", v)
	}
}
