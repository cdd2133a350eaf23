package depcheck

// Lazaret is the law of this module. A new package needs a row; think before it gets one.
func Lazaret() Law {
	const (
		ggcr         = "github.com/google/go-containerregistry"
		distribution = "github.com/distribution/distribution/v3"
	)
	return Law{
		Layers: []Layer{
			// Wiring. Only it knows the settings, the detectors, and, for the demo, the test hub.
			{"cmd/lazaret", []string{"internal/rss",
				"config", "proxy/...", "internal/admin/...", "internal/scan", "internal/allowlist", "internal/exposure", "internal/notify", "internal/replay", "internal/explain", "internal/evidence", "cache", "policy", "internal/records", "internal/feeds", "internal/clamd", "internal/hubfacts", "internal/ca",
				"internal/enrol", "internal/doctor", "internal/login",
				"internal/clientauth",
				"inspect", "inspect/builtin", "inspect/internal/*", "inspect/*", "internal/oci", "internal/testhub", "internal/testimage",
			}},
			{"config", nil},

			// The registry API knows no detector and no test hub.
			{"proxy/upstream", []string{"internal/oci"}},
			{"proxy", []string{"proxy/upstream", "cache", "policy", "internal/records", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},
			{"internal/admin/auth", []string{"internal/records", "inspect", "inspect/internal/unpack", "internal/oci"}},
			{"internal/admin/client", nil}, // generated; it knows the wire alone
			{"internal/admin", []string{"internal/admin/auth", "internal/replay", "internal/explain", "internal/evidence", "internal/scan", "cache", "policy", "internal/records", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// The same facts and policy without a server: it is handed what fetches from a registry.
			{"internal/scan", []string{"policy", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// What others know to be bad is fetched by one package and read by another.
			{"internal/feeds", []string{"inspect", "inspect/feed", "inspect/internal/*", "internal/oci"}},

			// What Docker Hub's own API says of repositories.
			{"internal/hubfacts", nil},

			// The command line's credentials, and how it comes by them.
			{"internal/login", nil},

			// Who pulls, by certificate, password or token.
			{"internal/clientauth", nil},

			// An organisation's own certificates.
			{"internal/ca", nil},

			// Hosts: what their engines are to read. It meets no server.
			{"internal/enrol", nil},
			{"internal/doctor", []string{"policy", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}}, // the canary's name

			// An engine of others is asked by one package, which the inspector knows as a detector.
			{"internal/clamd", []string{"inspect", "inspect/internal/unpack", "internal/oci"}},
			{"internal/clamd/clamdtest", nil},

			// What is remembered, what is decided and what is recorded know nothing of each other.
			{"cache", []string{"inspect", "inspect/internal/unpack", "internal/oci"}},
			{"cache/cachetest", []string{"cache", "inspect", "inspect/internal/unpack", "internal/oci"}},
			{"policy", []string{"inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},
			{"internal/records", []string{"inspect", "inspect/internal/unpack", "internal/oci"}},

			// The exceptions on record, as the policy takes them.
			{"internal/allowlist", []string{"policy", "internal/records", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// What was given out and would be refused now. It is handed what decides.
			{"internal/exposure", []string{"policy", "internal/records", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// What another policy would have made of what was pulled. It is handed what reopens images.
			{"internal/replay", []string{"policy", "internal/records", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// A part of a file in a stored blob, for a person to look at.
			{"internal/evidence", []string{"inspect", "inspect/internal/unpack", "internal/oci"}},

			// What the mirror keeps on an image, and what the policy makes of it.
			{"internal/explain", []string{"internal/scan", "cache", "policy", "inspect", "inspect/internal/unpack", "inspect/name", "internal/oci"}},

			// What happened, told to webhooks.
			{"internal/notify", []string{"internal/records", "inspect", "inspect/internal/unpack", "internal/oci"}},

			// Facts. The engine knows no detector, and no detector another.
			{"inspect", []string{"inspect/internal/unpack", "internal/oci"}}, // its readers of archives
			{"inspect/internal/*", []string{"inspect", "inspect/internal/*", "internal/oci"}},
			{"inspect/builtin", []string{"inspect", "inspect/*", "inspect/internal/*", "internal/oci"}},
			{"inspect/domain", []string{"inspect", "inspect/feed", "inspect/internal/*", "internal/oci"}},
			{"inspect/*", []string{"inspect", "inspect/internal/*", "internal/oci"}},
			{"internal/oci", nil},

			// Libraries in C and C of our own, for builds with the tag native alone; inspect has them then.
			{"internal/isal", nil},
			{"internal/hyperscan", nil},
			{"internal/textscan", nil},

			// What tests and measurements are made of.
			{"internal/testimage", []string{"internal/oci"}},
			{"internal/testpg", nil},
			{"internal/testop", nil},
			{"internal/rss", nil},
			{"internal/testhub", []string{"internal/testimage", "internal/oci"}},
			{"internal/bench/...", []string{"internal/bench/...", "internal/rss", "internal/testhub", "internal/testimage", "internal/oci"}},
			{"internal/corpus", nil},
			{"internal/inspectbench", []string{"internal/rss", "inspect", "inspect/*", "inspect/internal/*", "internal/corpus", "internal/oci"}},
			{"internal/eval/written", []string{"inspect", "inspect/internal/unpack", "internal/testimage", "internal/oci"}},
			{"internal/eval", []string{"policy", "internal/eval/written", "internal/corpus", "inspect", "inspect/*", "inspect/internal/*", "internal/testimage", "internal/oci"}},
			{"internal/depcheck", nil},
			{"internal/pin", nil},
			{"deploy/...", nil},
			{"e2e/...", nil},
		},
		Monopolies: []Monopoly{
			{ggcr + "/pkg/v1/remote/...", []string{"proxy/upstream"}},
			{ggcr + "/...", []string{"proxy/upstream", "cmd/lazaret"}}, // cmd: the targets of scan
			{"github.com/redis/...", []string{"cache"}},
			{"github.com/hashicorp/golang-lru/...", []string{"cache"}},
			{distribution + "/registry/storage/...", []string{"cache", "internal/testhub", "internal/bench/pullthrough"}},
			{distribution + "/registry/api/...", []string{"proxy"}},
			{distribution + "/...", []string{"internal/testhub", "internal/bench/pullthrough"}},
			{"modernc.org/sqlite/...", []string{"cache", "internal/records"}},
			{"github.com/jackc/pgx/...", []string{"internal/records"}},
			{"database/sql/...", []string{"cache", "internal/records"}},
			{"github.com/pressly/goose/...", []string{"internal/records"}},
			{"github.com/zricethezav/gitleaks/...", []string{"inspect/secret"}},
			{"github.com/caarlos0/env/...", []string{"config"}},
			{"github.com/cloudevents/sdk-go/...", []string{"internal/notify"}},
			{"cel.dev/cel-go/...", []string{"policy"}},
			{"github.com/google/cel-go/...", nil}, // its name of old
			{"github.com/danielgtaylor/huma/...", []string{"internal/admin"}},
			{"github.com/oapi-codegen/runtime/...", []string{"internal/admin/client"}},
			{"github.com/spf13/cobra", []string{"cmd/lazaret"}},
			{"github.com/tailscale/hujson", []string{"internal/enrol"}},
			{"github.com/coreos/go-oidc/...", []string{"internal/admin/auth", "internal/login"}},
			{"golang.org/x/oauth2/...", []string{"internal/login"}},
			{"github.com/zitadel/oidc/...", []string{"internal/testop"}},
			{"github.com/schollz/progressbar/...", []string{"cmd/lazaret"}},
			{"golang.org/x/term", []string{"cmd/lazaret"}},
			// The demo has the test hub in the binary, which must not bring these along.
			{"testing/...", []string{"cache/cachetest", "inspect/internal/detecttest", "internal/clamd/clamdtest"}},
			{"net/http/httptest", []string{"internal/bench/..."}},
			{"github.com/google/go-cmp/...", []string{"cache/cachetest", "inspect/internal/detecttest"}},
			{"cache/cachetest", nil}, // tests alone use these
			{"inspect/internal/detecttest", nil},
			{"internal/clamd/clamdtest", nil},
			{"C", nil}, // pure Go
		},
		Bans: []Ban{
			{"policy/...", []string{ // pure: no I/O, no cancellation; that it asks for no time is checked apart
				"context", "database/sql/...", "io/...", "log/...", "math/rand/...", "net", "net/http/...", "os/...", "syscall",
				"github.com/prometheus/...",
			}},
			{"inspect/...", []string{"net", "net/http/...", "net/rpc/...", "net/smtp", "os/exec", "database/sql/...", "github.com/prometheus/..."}},
			{"internal/oci", []string{"context", "net", "net/http/...", "os/...", "database/sql/..."}},
			{"cache/...", []string{"net/http/..."}},
			{"config", []string{"net/http/...", "os/exec"}},
		},
		Exempt: []string{"internal/pin"},
	}
}
