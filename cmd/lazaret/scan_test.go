package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lazaret/lazaret/internal/testhub"
	"github.com/lazaret/lazaret/internal/testimage"
)

// TestMain lets scripts run this binary as lazaret.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lazaret": main})
}

// TestScripts runs testdata/script. Beside testscript's own, there is the command
//
//	exits CODE PROGRAM [ARGUMENT...]
//
// which wants a certain exit code, and
//
//	records DIRECTORY
//
// which makes the records of a mirror there, as scriptRecords says, and
//
//	server DIRECTORY [SETTING...]
//
// which runs a mirror over them, as scriptServer says. In its directory each script has images, as
// scriptImages makes them, and in $HUB the address of a registry that has them too,
// which is also $LAZARET_UPSTREAM. $SECRET matches the secrets in the image secret.
func TestScripts(t *testing.T) {
	hub, err := testhub.Start(testhub.Config{Redirect: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	images := scriptImages(t)
	push(t, hub, images)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"records": scriptRecords,
			"server":  scriptServer,
		},
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HUB", strings.TrimPrefix(hub.URL(), "http://"))
			e.Setenv("LAZARET_UPSTREAM", hub.URL())
			e.Setenv("SECRET", secretsOf("secret"))
			e.Setenv("DOCKER_CONFIG", filepath.Join(e.WorkDir, "no-logins"))
			return writeImages(e.WorkDir, images)
		},
	})
}

// secretsOf is an expression for the secrets in the image of testimage.LeakedSecret.
func secretsOf(seed string) string {
	id, key := testimage.AWSKey(seed)
	return regexp.QuoteMeta(id) + "|" + regexp.QuoteMeta(key) + "|" + regexp.QuoteMeta(testimage.GitHubToken(seed))
}

// exits is the command of that name.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		got = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// noise is how many bytes of it an image of a script has: enough where size is not the point.
const noise = 8 << 10

// scriptImages are what scripts scan, by name.
func scriptImages(t *testing.T) map[string]testimage.Image {
	t.Helper()
	gap := testimage.Clean("gap", noise)
	gap.Layers[1].Raw = []byte("no archive of any kind")
	out := map[string]testimage.Image{}
	for name, spec := range map[string]testimage.Spec{
		"clean": testimage.Clean("clean", noise), "miner": testimage.Miner("miner", noise), "key": testimage.PlantedKey("key", noise),
		"secret": testimage.LeakedSecret("secret", noise), "gap": gap,
	} {
		spec.Arch = runtime.GOARCH
		img, err := testimage.Build(spec)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = img
	}
	return out
}

// push puts the images on the hub as acme/NAME:1; the clean one under other names too, and
// broken ones.
func push(t *testing.T, hub *testhub.Hub, images map[string]testimage.Image) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, img := range images {
		must(hub.Push(t.Context(), "acme/"+name, "1", img))
	}
	must(hub.Push(t.Context(), "nginx-official/ngnix", "latest", images["clean"]))
	must(hub.Push(t.Context(), "bitnami/redis", "7", images["clean"]))
	other := images["miner"]
	other.Platform.Architecture = "s390x"
	must(hub.PushIndex(t.Context(), "acme/both", "1", testimage.Index(false, images["clean"], other)))

	spec := testimage.Clean("broken", noise)
	broken, err := testimage.Build(spec)
	must(err)
	must(hub.Push(t.Context(), "acme/broken", "1", broken))
	hub.SetFaults(testhub.Fault{Match: testhub.Blob(broken.Layers[1].Digest), FlipByte: 100})
}

// writeImages writes each image as an OCI layout (layout, acme/NAME:1), as NAME.tar and as
// the directory NAME, and broken ones.
func writeImages(dir string, images map[string]testimage.Image) error {
	for name, img := range images {
		tag := "acme/" + name + ":1"
		if err := testimage.WriteLayout(filepath.Join(dir, "layout"), tag, img); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := testimage.WriteDockerArchive(&b, tag, img); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".tar"), b.Bytes(), 0o600); err != nil {
			return err
		}
		if name == "clean" {
			if err := os.WriteFile(filepath.Join(dir, "truncated.tar"), b.Bytes()[:b.Len()/2], 0o600); err != nil {
				return err
			}
		}
		if name == "gap" {
			continue // it has no files to write
		}
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
		if err := testimage.WriteTree(filepath.Join(dir, name), img); err != nil {
			return err
		}
	}
	return damage(filepath.Join(dir, "damaged"), images["clean"])
}

// damage writes a layout whose last layer has other bytes than its digest says.
func damage(dir string, img testimage.Image) error {
	if err := testimage.WriteLayout(dir, "acme/damaged:1", img); err != nil {
		return err
	}
	d := img.Layers[len(img.Layers)-1].Digest
	b := bytes.Clone(img.Blobs[d])
	b[len(b)/2] ^= 1
	return os.WriteFile(filepath.Join(dir, "blobs", "sha256", d.Encoded()), b, 0o600)
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args string // separated by "|"
		want string // in what is printed
	}{
		{"nonsense", `unknown command "nonsense"`},
		{"scan", "accepts 1 arg(s), received 0"},
		{"scan|one|two", "accepts 1 arg(s), received 2"},
		{"scan|--nonsense|dir:x", "unknown flag: --nonsense"},
		{"scan|--format|xml|dir:x", `--format "xml" is not table, json or sarif`},
		{"scan|--platform|linux|dir:x", "--platform: invalid target: platform \"linux\" is not os/arch"},
		{"scan|--platform|linux/arm64|--all-platforms|dir:x", "exclude each other"},
		{"scan|--name|Not A Name|dir:x", "--name: "},
		{"scan|", "invalid target"},
		{"scan|Not A Name", "invalid target"},
		{"scan|https://docker.io/nginx", "invalid target"},
		{"scan|oci:", "no path after oci:"},
		{"scan|oci:x:", "no name after the last colon"},
		{"scan|docker-archive:-", "standard input cannot be scanned"},
		{"config|extra", "accepts 0 arg(s)"},
		{"version|extra", "accepts 0 arg(s)"},
		{"demo|extra", "accepts 0 arg(s)"},
		{"serve|extra", "accepts 0 arg(s)"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Split(tt.args, "|"), nil, &stdout, &stderr)
		if code != exitUsage || !strings.HasPrefix(stderr.String(), "lazaret: ") || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: exit code %d and %q, want 2 and %q", tt.args, code, stderr.String(), tt.want)
		}
		if stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: printed %q and %q, want one line to stderr", tt.args, stdout.String(), stderr.String())
		}
	}
}

// The registry a reference names is reached where it is; only Docker Hub's, or the
// mirrored one's, at LAZARET_UPSTREAM.
func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1": true, "127.8.9.10:80": true, "[::1]:5000": true, "[::1]": true,
		"ghcr.io": false, "ghcr.io:443": false, "10.0.0.1:5000": false, "localhost.example:5000": false, "[2001:db8::1]:5000": false,
		"127.0.0.1.example": false, "": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("isLoopback(%q) = %t", host, got)
		}
	}
}

// Output that cannot be finished leaves what was there before.
func TestOutput(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.json")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, commit := range []bool{false, true} {
		out, err := openOutput(nil, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(out, "new")
		if commit {
			if err := out.commit(); err != nil {
				t.Fatal(err)
			}
		}
		out.abandon()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{false: "old", true: "new"}[commit]; string(b) != want {
			t.Errorf("after commit %t the file holds %q, want %q", commit, b, want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("after commit %t the directory has %v, %v; want the file alone", commit, left, err)
		}
	}
	if _, err := openOutput(nil, filepath.Join(dir, "none", "x")); err == nil {
		t.Error("a file in a directory that is not there was opened")
	}
}
