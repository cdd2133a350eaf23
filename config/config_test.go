package config_test

import (
	"bytes"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/config"
)

var update = flag.Bool("update", false, "write docs/configuration.md instead of comparing with it")

func TestDefaults(t *testing.T) {
	got, err := config.Load([]string{"HOME=/root", "LAZARET_MODE="})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		ClientAuth: config.ClientAuthNone, Addr: "127.0.0.1:5000", AdminAddr: "127.0.0.1:5001", FirstTokenTTL: 7, ShutdownTimeout: 30 * time.Second,
		Upstream: "https://registry-1.docker.io", UpstreamRegistry: "docker.io", UpstreamRetries: 3,
		Registries:            []config.Upstream{{Registry: "docker.io", URL: "https://registry-1.docker.io"}},
		UpstreamHeaderTimeout: 10 * time.Second, UpstreamMaxRetryAfter: 5 * time.Second, TagTTL: time.Minute,
		Mode: config.ModeEnforce, HoldBytes: 64 << 10, ManifestWait: 5 * time.Second, Trickle: 30 * time.Second, StickyDenials: true, RefuseIndex: "any",
		HelpText: "To ask for an exception, send this message to the people who run this mirror.",
		DataDir:  "./lazaret-data", SpoolDir: "lazaret-data/spool", StorageDriver: "filesystem", PullRetention: 90, ExceptionMaxTTL: 90, QuarantineRetention: 30, Reinspect: true,
		RedisPrefix: "lazaret:", LRUSize: 10000, MaxDownloads: 16, MaxInspections: 16, MaxBlobBytes: 16 << 30,
		DownloadIdleTimeout: time.Minute, DownloadDeadline: 2 * time.Hour, InspectMaxBytes: 32 << 30, InspectTimeout: 30 * time.Minute,
		FeedsRefresh: 6 * time.Hour, FeedsTimeout: time.Minute, FeedsMaxBytes: 64 << 20, NewDomainDays: 30,
		HubAPI: "https://hub.docker.com", HubWait: time.Second,
		ClamdUnavailable: "wait", ClamdPatience: 2 * time.Minute, ClamdTimeout: time.Minute, ClamdConnections: 8, ClamdMaxFile: 25 << 20,
		OIDCName: "email", OIDCScopes: config.Words{"openid", "email", "profile", "offline_access"},
		WebhookSource: "/lazaret", WebhookTimeout: 10 * time.Second, WebhookPatience: 72 * time.Hour, NotificationRetention: 30, ExceptionNotice: 7,
		LogLevel: slog.LevelInfo, LogFormat: "json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	got, err := config.Load([]string{
		"LAZARET_ADDR=:0", "LAZARET_ADMIN_ADDR=:0", "LAZARET_MODE=hold", "LAZARET_HOLD_BYTES=1MiB", "LAZARET_MANIFEST_WAIT=20s",
		"LAZARET_STORAGE_DRIVER=s3", "LAZARET_STORAGE_PARAMETERS=bucket=b, region=eu-west-1,secretkey=a+b/c==",
		"LAZARET_LOG_LEVEL=debug", "LAZARET_STICKY_DENIALS=false", "LAZARET_REFUSE_INDEX=all", "LAZARET_DATA_DIR=/var/lib/lazaret",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode != config.ModeHold || got.HoldBytes != 1<<20 || got.ManifestWait != 20*time.Second || got.StickyDenials || got.RefuseIndex != "all" ||
		got.LogLevel != slog.LevelDebug || got.SpoolDir != "/var/lib/lazaret/spool" {
		t.Errorf("got %+v", got)
	}
	want := map[string]any{"bucket": "b", "region": "eu-west-1", "secretkey": "a+b/c=="}
	if diff := cmp.Diff(want, got.StorageParameters.Map()); diff != "" {
		t.Errorf("storage parameters (-want +got):\n%s", diff)
	}
}

func TestBadValues(t *testing.T) {
	for _, tc := range []struct{ env, want string }{
		{"LAZARET_HOLD_BYTES=64 KB", `LAZARET_HOLD_BYTES: "64 KB": not a size in bytes (64KiB, 1MiB, 65536)`},
		{"LAZARET_HOLD_BYTES=-1", `LAZARET_HOLD_BYTES: "-1": not a size in bytes (64KiB, 1MiB, 65536)`},
		{"LAZARET_HOLD_BYTES=9999999TiB", `LAZARET_HOLD_BYTES: "9999999TiB": not a size in bytes (64KiB, 1MiB, 65536)`},
		{"LAZARET_HOLD_BYTES=0", `LAZARET_HOLD_BYTES: "0": must be 1 byte or more`},
		{"LAZARET_MANIFEST_WAIT=21s", `LAZARET_MANIFEST_WAIT: "21s": not between 0s and 20s`},
		{"LAZARET_MANIFEST_WAIT=5", `LAZARET_MANIFEST_WAIT: "5": not a duration (500ms, 30s, 5m, 1h30m)`},
		{"LAZARET_MODE=strict", `LAZARET_MODE: "strict": not a mode (enforce, hold, audit)`},
		{"LAZARET_STICKY_DENIALS=maybe", `LAZARET_STICKY_DENIALS: "maybe": not true or false`},
		{"LAZARET_REFUSE_INDEX=most", `LAZARET_REFUSE_INDEX: "most": not when to refuse an index (any, all, never)`},
		{"LAZARET_MAX_DOWNLOADS=ten", `LAZARET_MAX_DOWNLOADS: "ten": not a whole number, or too large`},
		{"LAZARET_MAX_DOWNLOADS=0", `LAZARET_MAX_DOWNLOADS: "0": not between 1 and 10000`},
		{"LAZARET_LOG_LEVEL=loud", `LAZARET_LOG_LEVEL: "loud": not a level (debug, info, warn, error)`},
		{"LAZARET_LOG_FORMAT=xml", `LAZARET_LOG_FORMAT: "xml": not a log format (json, text)`},
		{"LAZARET_ADDR=5000", `LAZARET_ADDR: "5000": not an address to listen on (127.0.0.1:5000, :5000, [::1]:5000)`},
		{"LAZARET_ADDR=:http", `LAZARET_ADDR: ":http": not an address to listen on (127.0.0.1:5000, :5000, [::1]:5000)`},
		{"LAZARET_ADMIN_ADDR=127.0.0.1:5000", `LAZARET_ADMIN_ADDR: "127.0.0.1:5000": the same as LAZARET_ADDR; the admin listener has its own`},
		{"LAZARET_UPSTREAM=registry-1.docker.io", `LAZARET_UPSTREAM: "registry-1.docker.io": not the URL of a registry (https://registry-1.docker.io)`},
		{"LAZARET_UPSTREAM=https://hub/v2/", `LAZARET_UPSTREAM: "https://hub/v2/": must be a scheme and a host alone`},
		{"LAZARET_UPSTREAM_REGISTRY=a/b", `LAZARET_UPSTREAM_REGISTRY: "a/b": not the name of a registry (docker.io, registry.example.com:5000)`},
		{"LAZARET_UPSTREAM_USERNAME=me", `LAZARET_UPSTREAM_PASSWORD: LAZARET_UPSTREAM_USERNAME is set without it`},
		{"LAZARET_CLIENT_AUTH=some", `LAZARET_CLIENT_AUTH: "some": not whether clients are asked (none, optional, required)`},
		{"LAZARET_CLIENT_AUTH=required", `LAZARET_CLIENT_AUTH: "required": there is nothing to know clients by: LAZARET_TLS_CLIENT_CA, LAZARET_CLIENT_PASSWORDS`},
		{"LAZARET_TLS_CLIENT_CA=ca.pem", `LAZARET_TLS_CLIENT_CA: "ca.pem": needs a certificate of the mirror's own (LAZARET_TLS_CERT, LAZARET_TLS_DIR)`},
		{"LAZARET_CLIENT_PASSWORDS=p", `LAZARET_CLIENT_PASSWORDS: "p": LAZARET_CLIENT_AUTH is none`},
		{"LAZARET_TOKEN_REALM=https://auth.docker.io", `LAZARET_TOKEN_REALM: "https://auth.docker.io": not the URL of a token service, with a path that is not of the API (https://auth.docker.io/token)`},
		{"LAZARET_TOKEN_REALM=https://a.example.com/v2/token", `LAZARET_TOKEN_REALM: "https://a.example.com/v2/token": not the URL of a token service, with a path that is not of the API (https://auth.docker.io/token)`},
		{"LAZARET_TLS_CERT=c.pem", `LAZARET_TLS_KEY: "": LAZARET_TLS_CERT is set without it`},
		{"LAZARET_REDIS_URL=http://h", `LAZARET_REDIS_URL: not the URL of a Redis (redis://host:6379/0, rediss://user:password@host:6379)`},
		{"LAZARET_DATABASE_URL=mysql://h/d", `LAZARET_DATABASE_URL: not the URL of a PostgreSQL database (postgres://user:password@host:5432/lazaret)`},
		{"LAZARET_STORAGE_DRIVER=s3", `LAZARET_STORAGE_PARAMETERS: s3 needs the parameter bucket`},
		{"LAZARET_STORAGE_DRIVER=ftp", `LAZARET_STORAGE_DRIVER: "ftp": not a storage driver (filesystem, inmemory, s3)`},
		{"LAZARET_STORAGE_PARAMETERS=bucket", `LAZARET_STORAGE_PARAMETERS: not a list of parameters (key=value,key=value)`},
		{"LAZARET_REPORT_KEY=short", `LAZARET_REPORT_KEY: shorter than 32 characters`},
		{"LAZARET_HELP_TEXT=two\nlines", `LAZARET_HELP_TEXT: "two\nlines": longer than 500 bytes, or more than one line`},
		{"LAZARET_HOLD_BYTE=1", `LAZARET_HOLD_BYTE: no such setting; did you mean LAZARET_HOLD_BYTES?`},
		{"LAZARET_MANIFESTWAIT=1s", `LAZARET_MANIFESTWAIT: no such setting; did you mean LAZARET_MANIFEST_WAIT?`},
		{"LAZARET_FLAVOUR=1", `LAZARET_FLAVOUR: no such setting`},
	} {
		t.Run(tc.env, func(t *testing.T) {
			got, err := config.Load([]string{tc.env})
			if err == nil {
				t.Fatalf("no error, want %s", tc.want)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if !reflect.DeepEqual(got, config.Config{}) {
				t.Errorf("a config beside the error: %+v", got)
			}
		})
	}
}

func TestEveryBadValueHasItsLine(t *testing.T) {
	_, err := config.Load([]string{"LAZARET_HOLD_BYTES=x", "LAZARET_MODE=y", "LAZARET_XYZZYXYZZY=z"})
	want := "LAZARET_XYZZYXYZZY: no such setting\n" +
		"LAZARET_MODE: \"y\": not a mode (enforce, hold, audit)\n" +
		"LAZARET_HOLD_BYTES: \"x\": not a size in bytes (64KiB, 1MiB, 65536)"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// Kubernetes sets these in every container of a namespace that has a service "lazaret" or "lazaret-redis".
func TestKubernetesServiceVariablesPass(t *testing.T) {
	_, err := config.Load([]string{
		"LAZARET_SERVICE_HOST=10.0.0.1", "LAZARET_SERVICE_PORT=5000", "LAZARET_SERVICE_PORT_REGISTRY=5000",
		"LAZARET_PORT=tcp://10.0.0.1:5000", "LAZARET_PORT_5000_TCP=tcp://10.0.0.1:5000", "LAZARET_PORT_5000_TCP_ADDR=10.0.0.1",
		"LAZARET_REDIS_SERVICE_HOST=10.0.0.2", "LAZARET_REDIS_PORT_6379_TCP_PROTO=tcp",
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	secret := func() string { return rand.Text() + rand.Text() }
	password, redis, key, s3, token := secret(), secret(), secret(), secret(), secret()
	environ := []string{
		"LAZARET_UPSTREAM_USERNAME=robot", "LAZARET_UPSTREAM_PASSWORD=" + password,
		"LAZARET_REDIS_URL=rediss://app:" + redis + "@redis.example:6380/1?password=" + redis + "&pool_size=9",
		"LAZARET_REPORT_KEY=" + key, "LAZARET_TOKEN=" + token,
		"LAZARET_STORAGE_DRIVER=s3", "LAZARET_STORAGE_PARAMETERS=bucket=b,region=r,accesskey=AK,secretkey=" + s3,
	}
	c, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	if string(c.UpstreamPassword) != password || string(c.ReportKey) != key || c.StorageParameters["secretkey"] != s3 {
		t.Fatal("a secret was not read")
	}
	var out bytes.Buffer
	if err := config.Print(&out, c); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"LAZARET_UPSTREAM_PASSWORD=[redacted]",
		"LAZARET_REDIS_URL=rediss://app:[redacted]@redis.example:6380/1?password=[redacted]&pool_size=9",
		"LAZARET_STORAGE_PARAMETERS=accesskey=AK,bucket=b,region=r,secretkey=[redacted]",
		"LAZARET_UPSTREAM_USERNAME=robot",
	} {
		if !strings.Contains(out.String(), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", c, "password", c.UpstreamPassword, "parameters", c.StorageParameters)
	fmt.Fprintf(&out, "%v %+v %#v %s", c, c, c, c.UpstreamPassword)
	// An error about one value must not show another, nor itself.
	for _, bad := range []string{"LAZARET_REDIS_URL=redis//" + redis, "LAZARET_STORAGE_PARAMETERS=" + s3, "LAZARET_REDIS_URL=redis://x:" + redis + "@%zz", "LAZARET_UPSTREAM=https://u:" + redis + "@hub"} {
		_, err := config.Load(append(environ, bad))
		if err == nil {
			t.Errorf("%s: no error", bad)
		}
		fmt.Fprintln(&out, err)
	}
	for name, s := range map[string]string{"password": password, "redis": redis, "key": key, "s3": s3, "token": token} {
		if strings.Contains(out.String(), s) {
			t.Errorf("the %s is shown", name)
		}
	}
}

// What Print writes, read back as an environment, gives the same Config.
func TestPrintReadsBack(t *testing.T) {
	for _, environ := range [][]string{nil, {"LAZARET_TAG_TTL=90m", "LAZARET_HOLD_BYTES=65537", "LAZARET_TRICKLE=1m30s", "LAZARET_LOG_LEVEL=WARN", "LAZARET_PULL_RETENTION=0"}} {
		want, err := config.Load(environ)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := config.Print(&out, want); err != nil {
			t.Fatal(err)
		}
		var again []string
		for line := range strings.Lines(out.String()) {
			if !strings.HasPrefix(line, "#") && strings.TrimSpace(line) != "" {
				again = append(again, strings.TrimSuffix(line, "\n"))
			}
		}
		got, err := config.Load(again)
		if err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
	}
}

func TestEveryFieldIsDeclaredWhole(t *testing.T) {
	seen := map[string]bool{}
	for f := range reflect.TypeFor[config.Config]().Fields() {
		name := f.Tag.Get("env")
		if f.Name == "Registries" && f.Tag == "" {
			continue // made of others
		}
		if !strings.HasPrefix(name, "LAZARET_") || seen[name] || f.Tag.Get("unit") == "" || f.Tag.Get("doc") == "" {
			t.Errorf("field %s: tags %s", f.Name, f.Tag)
		}
		seen[name] = true
		// A setting named like this could be set by Kubernetes instead of its owner.
		if strings.HasSuffix(name, "_PORT") || strings.HasSuffix(name, "_SERVICE_HOST") {
			t.Errorf("%s has the name of a Kubernetes service variable", name)
		}
	}
}

func TestReferenceIsCommitted(t *testing.T) {
	const path = "../docs/configuration.md"
	var want bytes.Buffer
	if err := config.Reference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not what the settings say; run `go test ./config -update` (-want +got):\n%s", diff)
	}
}

func FuzzBytes(f *testing.F) {
	for _, s := range []string{"0", "1", "64KiB", "16GiB", "8388608TiB", "1 KiB", "-1", "0x10", "1e3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b config.Bytes
		if b.UnmarshalText([]byte(s)) != nil {
			return
		}
		var again config.Bytes
		if err := again.UnmarshalText([]byte(b.String())); err != nil || again != b || b < 0 {
			t.Errorf("%q is %d, written %q, read back %d (%v)", s, b, b.String(), again, err)
		}
	})
}
