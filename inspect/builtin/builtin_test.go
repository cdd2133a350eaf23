package builtin_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/internal/testimage"
)

// inspector inspects with all detectors.
func inspector(t *testing.T) *inspect.Inspector {
	t.Helper()
	detectors, err := builtin.Detectors()
	if err != nil {
		t.Fatal(err)
	}
	i, err := inspect.New(inspect.Limits{}, detectors...)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// report inspects every blob of a sample image with all detectors and returns the rules
// of its findings above low, by confidence.
func report(t *testing.T, s testimage.Spec) map[string]string {
	t.Helper()
	i := inspector(t)
	img, err := testimage.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for d, b := range img.Blobs {
		r, err := i.Inspect(t.Context(), img.ConfigDescriptor, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range r.Gaps {
			t.Errorf("%s: gap %+v", d, g)
		}
		for _, f := range r.Findings {
			if f.Confidence > inspect.Low {
				out[f.Path+" "+f.Rule] = f.Confidence.String()
			}
		}
	}
	return out
}

func TestSampleImages(t *testing.T) {
	for name, c := range map[string]struct {
		spec testimage.Spec
		want map[string]string
	}{
		"clean": {testimage.Clean("s", 1<<16), map[string]string{}},
		"miner": {testimage.Miner("s", 1<<16), map[string]string{
			"opt/.sys/config.json miner/config":       "high",
			"opt/.sys/start.sh miner/launch-line":     "high",
			"opt/.sys/start.sh miner/stratum-launch":  "high",
			"opt/.sys/start.sh miner/wallet-and-pool": "high",
			"opt/.sys/kworkerd miner/binary":          "high",
		}},
		"planted key": {testimage.PlantedKey("s", 1<<16), map[string]string{"root/.ssh/authorized_keys sshkey/authorized-key": "high"}},
		"leaked secret": {testimage.LeakedSecret("s", 1<<16), map[string]string{
			"root/.aws/credentials secret/aws-access-token": "high",
			"root/.aws/credentials secret/aws-secret-key":   "high",
			"srv/.env secret/github-pat":                    "high",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, report(t, c.spec)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
