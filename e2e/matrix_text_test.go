package e2e_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What changes from run to run, and what lines say why a pull failed.
var (
	theID     = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	theDigest = regexp.MustCompile(`sha256:[0-9a-f]{12,64}`)
	theApp    = regexp.MustCompile(`acme/app\d+`)
	thePort   = regexp.MustCompile(`(127\.0\.0\.1|lazaret\.test):\d+`)
	theWallet = regexp.MustCompile(`wallet \w+\.\.\.\w+`)
	theTime   = regexp.MustCompile(`time="[^"]*" `)
	theKind   = regexp.MustCompile(`\b(config|layer|manifest)-(sha256:)`)
	theLog    = regexp.MustCompile(`\bE\d{4} [\d:.]+ +\d+ (\w+\.go):\d+\] `) // klog's
	// Of pieces that are fetched side by side, whichever ends first.
	theLengths = regexp.MustCompile(`(short read: expected \d+ bytes but got \d+|failed to copy: failed to do request: Get "[^"]*"): unexpected EOF`)
	theSecond  = regexp.MustCompile(`(?m)^#\d+ \d+\.\d+ `) // of a build, in which step
	theFolder  = regexp.MustCompile(`/tmp/[A-Za-z0-9_/.-]+`)
	theEscapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	noise      = regexp.MustCompile(`context canceled|level=warning`) // of what ended because of the failure
	says       = regexp.MustCompile(`(?i)lazaret|error|fatal|failed|unexpected|denied|forbidden`)
)

// legible is what a person sees of a failure, without what changes from run to run.
func legible(out string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(out, "\r", "\n"), "\n") {
		if line = strings.TrimSpace(theEscapes.ReplaceAllString(line, "")); says.MatchString(line) && !noise.MatchString(line) {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "\n")
	for _, r := range []struct {
		what *regexp.Regexp
		by   string
	}{{theID, "<ID>"}, {theDigest, "sha256:<…>"}, {theApp, "acme/app"}, {thePort, "$1:<port>"}, {theWallet, "wallet <…>"}, {theTime, ""}, {theLog, "$1: "}, {theLengths, "short read: expected <…> bytes but got <…>: unexpected EOF"}, {theSecond, "#<…> "}, {theKind, "<kind>-$2"}, {theFolder, "<file>"}} {
		text = r.what.ReplaceAllString(text, r.by)
	}
	return text
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); -update writes it anew:\n%s", file, diff)
	}
}
