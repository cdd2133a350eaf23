package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/explain"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

// A digest is explained by what the mirror keeps of it: an image by its parts, and a layer alone.
func TestExplainStored(t *testing.T) {
	img, err := testimage.Build(testimage.Miner("explain", noise))
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"LAZARET_DATA_DIR=" + t.TempDir()}
	keepReports(t, env, img)
	layer := img.Layers[len(img.Layers)-1].Digest
	for name, tt := range map[string]struct {
		args       string
		code       int
		want, lack []string // expressions, of what is printed
	}{
		"the image":        {"explain|" + img.Digest.String(), exitOK, []string{`^block: sha256:[0-9a-f]{64}, a manifest$`, `^  policy      block, by miner$`, `^  created by  RUN /bin/sh -c curl`, `^  layer       ` + layer.String()}, []string{"not inspected"}},
		"its layer":        {"explain|" + layer.String(), exitOK, []string{`^block: sha256:[0-9a-f]{64}, a layer$`, `^  created by  -$`}, nil},
		"its config":       {"explain|" + img.ConfigDescriptor.Digest.String(), exitOK, []string{`, a config$`}, nil},
		"under a name":     {"explain|--name|nginx-official/ngnix|" + img.ConfigDescriptor.Digest.String(), exitOK, []string{`^  policy      quarantine, by imitated-name$`}, nil},
		"an unknown":       {"explain|" + oci.DigestOf([]byte("x")).String(), exitError, []string{`^lazaret: no report on sha256:[0-9a-f]{64} under the rule set [0-9a-f]{32}$`}, []string{"verdict"}},
		"a malformed name": {"explain|--name|A B|" + layer.String(), exitUsage, []string{`^lazaret: --name: `}, nil},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), strings.Split(tt.args, "|"), env, &stdout, &stderr); code != tt.code {
			t.Errorf("%s: exit code %d: %s", name, code, stderr.String())
		}
		out := stdout.String() + stderr.String()
		for _, e := range tt.want {
			if !regexp.MustCompile("(?m)" + e).MatchString(out) {
				t.Errorf("%s: no %s in\n%s", name, e, out)
			}
		}
		for _, e := range tt.lack {
			if strings.Contains(out, e) {
				t.Errorf("%s: %s in\n%s", name, e, out)
			}
		}
	}
	var stdout bytes.Buffer
	if code := run(t.Context(), []string{"explain", "--format", "json", img.Digest.String()}, env, &stdout, io.Discard); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	var e explain.Explanation
	if err := json.Unmarshal(stdout.Bytes(), &e); err != nil || e.Digest != img.Digest || len(e.Findings) == 0 || e.Findings[0].Action != "block" {
		t.Errorf("%v: %+v", err, e)
	}
}

// keepReports inspects an image as the mirror does, and keeps its reports and its manifest.
func keepReports(t *testing.T, env []string, img testimage.Image) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(env)
	must(err)
	i, err := newInspector(cfg, nil, nil)
	must(err)
	a, err := newApp(t.Context(), withFreePorts(cfg), slog.New(slog.DiscardHandler))
	must(err)
	must(a.close())
	s, err := openStored(t.Context(), cfg, slog.New(slog.DiscardHandler))
	must(err)
	defer s.close(t.Context())
	must(s.app.blobs.Put(t.Context(), img.Digest, img.Manifest))
	for d, b := range img.Blobs {
		r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: d, Size: int64(len(b))}, bytes.NewReader(b))
		must(err)
		must(s.Reports.Put(t.Context(), r))
	}
	r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: img.Digest, Size: int64(len(img.Manifest))}, bytes.NewReader(img.Manifest))
	must(err)
	must(s.Reports.Put(t.Context(), r))
}

func withFreePorts(cfg config.Config) config.Config {
	cfg.Addr, cfg.AdminAddr = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}
