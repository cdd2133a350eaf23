package admin_test

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lazaret/lazaret/internal/admin"
)

// TestExamples runs every example of docs/api.md, in order, by a shell with curl and jq.
func TestExamples(t *testing.T) {
	for _, program := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skipf("%v: see .ci/install", err)
		}
	}
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, block := range regexp.MustCompile(`(?m)(?:^    .*\n)+`).FindAllString(string(text), -1) {
		examples = append(examples, regexp.MustCompile(`(?m)^    `).ReplaceAllString(block, ""))
	}
	if len(examples) < 10 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	m, _ := newMirror(t)
	k := keepQuarantined(t, func(c *admin.Config) {
		m.records = c.Records
		c.Facts, c.Policies = m, m
		c.Status = func(context.Context) admin.Status { return admin.Status{Mode: "enforce", Ready: "ok"} }
	})
	k.pulled(t, refused("acme/other", 2))
	server := httptest.NewServer(k.api)
	defer server.Close()
	env := append(os.Environ(), "SERVER="+server.URL, "TOKEN=reviewer", "ADMIN_TOKEN=admin", "FINGERPRINT="+k.finding.Fingerprint(),
		"LAYER="+k.image.Layers[0].Digest.String(), "SOON="+k.now.Add(24*time.Hour).Format(time.RFC3339), "no_proxy=*")
	dir := t.TempDir()
	for _, example := range examples {
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", example)
		cmd.Dir, cmd.Env = dir, env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s%v: %s", example, err, out)
		}
	}
	for file, want := range map[string]string{"evidence-1.bin": "xmrig", "start.sh.part": "# a long way", "headers": "Etag:", "policy.yaml": "rules:"} {
		if b, err := os.ReadFile(dir + "/" + file); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s, which an example writes, has no %q: %v", file, want, err)
		}
	}
}
