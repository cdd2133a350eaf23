package oci_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/internal/oci"
)

var (
	sha256Hex = strings.Repeat("0123456789abcdef", 4)
	sha512Hex = strings.Repeat(sha256Hex, 2)
	digestA   = oci.DigestOf([]byte("a"))
	digestB   = oci.DigestOf([]byte("b"))
)

func TestParseDigest(t *testing.T) {
	for _, tt := range []struct {
		in string
		ok bool
	}{
		{"sha256:" + sha256Hex, true},
		{"sha512:" + sha512Hex, true},
		{"", false},
		{"sha256:", false},
		{"sha256", false},
		{sha256Hex, false},
		{"sha256:" + sha256Hex[1:], false},
		{"sha256:" + sha256Hex + "0", false},
		{"sha256:" + strings.ToUpper(sha256Hex), false},
		{"SHA256:" + sha256Hex, false},
		{"sha256:" + sha256Hex + "\n", false},
		{" sha256:" + sha256Hex, false},
		{"sha256:../../" + sha256Hex[6:], false},
		{"sha512:" + sha256Hex, false},
		{"sha384:" + strings.Repeat("0", 96), false}, // known to Go, but not registered by OCI
		{"md5:" + strings.Repeat("0", 32), false},
		{"sha256+b64:" + sha256Hex, false},
	} {
		d, err := oci.ParseDigest(tt.in)
		switch {
		case tt.ok && (err != nil || d.String() != tt.in):
			t.Errorf("ParseDigest(%q) = %q, %v", tt.in, d, err)
		case !tt.ok && (!errors.Is(err, oci.ErrDigest) || d != ""):
			t.Errorf("ParseDigest(%q) = %q, %v; want ErrDigest", tt.in, d, err)
		}
	}
}

func TestDigestOf(t *testing.T) {
	// FIPS 180-4's example for "abc".
	const want = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := oci.DigestOf([]byte("abc")); got.String() != want {
		t.Errorf("DigestOf(abc) = %s, want %s", got, want)
	}
}

func TestParseRepository(t *testing.T) {
	long := strings.Repeat("a", oci.MaxNameLength-len("library/"))
	for _, tt := range []struct {
		in, want string // want is empty for an error
	}{
		{"ubuntu", "library/ubuntu"},
		{"library/ubuntu", "library/ubuntu"},
		{"bitnami/redis", "bitnami/redis"},
		{"a/b/c/d", "a/b/c/d"},
		{"a.b_c__d-e---f/0", "a.b_c__d-e---f/0"},
		{long, "library/" + long},
		{"a/" + strings.Repeat("b", oci.MaxNameLength-2), "a/" + strings.Repeat("b", oci.MaxNameLength-2)},

		{"", ""},
		{long + "a", ""}, // one more than fits with its namespace
		{"a/" + strings.Repeat("b", oci.MaxNameLength-1), ""},
		{"Ubuntu", ""},
		{"/ubuntu", ""},
		{"ubuntu/", ""},
		{"a//b", ""},
		{"..", ""},
		{"a/../b", ""},
		{"a/./b", ""},
		{".a", ""},
		{"a.", ""},
		{"a..b", ""},
		{"a___b", ""},
		{"a._b", ""},
		{"-a", ""},
		{"a b", ""},
		{"a\x00b", ""},
		{"a\nb", ""},
		{"ubuntu\n", ""},
		{"a%2fb", ""},
		{"a:b", ""},
		{"a@b", ""},
		{"nginх", ""}, // the last letter is Cyrillic
	} {
		got, err := oci.ParseRepository(tt.in)
		if got != tt.want {
			t.Errorf("ParseRepository(%.60q) = %.60q, want %.60q", tt.in, got, tt.want)
		}
		if tt.want == "" && !errors.Is(err, oci.ErrName) || tt.want != "" && err != nil {
			t.Errorf("ParseRepository(%.60q): error %v", tt.in, err)
		}
		if tt.want == "" {
			continue
		}
		if again, err := oci.ParseRepository(got); err != nil || again != got {
			t.Errorf("ParseRepository(%.60q) = %.60q, %v; a canonical name must stay as it is", got, again, err)
		}
	}
}

func TestFullName(t *testing.T) {
	for _, tt := range []struct{ registry, repository, full string }{
		{oci.DockerHub, "library/nginx", "library/nginx"},
		{"", "library/nginx", "library/nginx"},
		{"ghcr.io", "owner/name", "ghcr.io/owner/name"},
		{"ghcr.io", "name", "ghcr.io/name"},
		{"registry.example.com:5000", "a/b/c", "registry.example.com:5000/a/b/c"},
		{"localhost", "a", "localhost/a"},
		{oci.DockerHub, "dot.ted/name", "docker.io/dot.ted/name"},
	} {
		if got := oci.FullName(tt.registry, tt.repository); got != tt.full {
			t.Errorf("%s of %s: %s", tt.repository, tt.registry, got)
		}
		registry, repository := oci.SplitName(tt.full)
		if tt.registry == "" {
			tt.registry = oci.DockerHub
		}
		if registry != tt.registry || repository != tt.repository {
			t.Errorf("%s: %s of %s", tt.full, repository, registry)
		}
	}
	for of, want := range map[string]string{oci.DockerHub: "library/nginx", "ghcr.io": "nginx"} {
		if got, err := oci.ParseRepositoryOf(of, "nginx"); err != nil || got != want {
			t.Errorf("nginx of %s: %s, %v", of, got, err)
		}
	}
}

func TestNewReference(t *testing.T) {
	for _, tt := range []struct {
		name, last string
		want       oci.Reference
		err        error
	}{
		{"ubuntu", "22.04", oci.Reference{Registry: oci.DockerHub, Repository: "library/ubuntu", Tag: "22.04"}, nil},
		{"a/b", digestA.String(), oci.Reference{Registry: oci.DockerHub, Repository: "a/b", Digest: digestA}, nil},
		{"a/b", strings.Repeat("t", 128), oci.Reference{Registry: oci.DockerHub, Repository: "a/b", Tag: strings.Repeat("t", 128)}, nil},
		{"a/b", strings.Repeat("t", 129), oci.Reference{}, oci.ErrReference},
		{"a/b", "", oci.Reference{}, oci.ErrReference},
		{"a/b", ".hidden", oci.Reference{}, oci.ErrReference},
		{"a/b", "-x", oci.Reference{}, oci.ErrReference},
		{"a/b", "..", oci.Reference{}, oci.ErrReference},
		{"a/b", "x/y", oci.Reference{}, oci.ErrReference},
		{"a/b", "x\n", oci.Reference{}, oci.ErrReference},
		{"a/b", "sha256:beef", oci.Reference{}, oci.ErrDigest},
		{"a/b", ":", oci.Reference{}, oci.ErrDigest},
		{"A/b", "latest", oci.Reference{}, oci.ErrName},
	} {
		got, err := oci.NewReference(tt.name, tt.last)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("NewReference(%q, %.60q): (-want +got)\n%s", tt.name, tt.last, diff)
		}
		if !errors.Is(err, tt.err) {
			t.Errorf("NewReference(%q, %.60q): error %v, want %v", tt.name, tt.last, err, tt.err)
		}
	}
}

func TestParseReference(t *testing.T) {
	hub := func(repository, tag string) oci.Reference {
		return oci.Reference{Registry: oci.DockerHub, Repository: repository, Tag: tag}
	}
	for _, tt := range []struct {
		in   string
		want oci.Reference
		text string // what String makes of it
	}{
		{"nginx", hub("library/nginx", "latest"), "nginx:latest"},
		{"nginx:1.27", hub("library/nginx", "1.27"), "nginx:1.27"},
		{"library/nginx", hub("library/nginx", "latest"), "nginx:latest"},
		{"docker.io/nginx", hub("library/nginx", "latest"), "nginx:latest"},
		{"Docker.IO/nginx", hub("library/nginx", "latest"), "nginx:latest"},
		{"index.docker.io/nginx", hub("library/nginx", "latest"), "nginx:latest"},
		{"registry-1.docker.io/a/b:c", hub("a/b", "c"), "a/b:c"},
		{"bitnami/redis:7", hub("bitnami/redis", "7"), "bitnami/redis:7"},
		{"nginx@" + digestA.String(), oci.Reference{Registry: oci.DockerHub, Repository: "library/nginx", Digest: digestA}, "nginx@" + digestA.String()},
		{"nginx:1.27@" + digestA.String(), oci.Reference{Registry: oci.DockerHub, Repository: "library/nginx", Digest: digestA}, "nginx@" + digestA.String()},
		{"ghcr.io/owner/name:v1", oci.Reference{Registry: "ghcr.io", Repository: "owner/name", Tag: "v1"}, "ghcr.io/owner/name:v1"},
		{"quay.io/single", oci.Reference{Registry: "quay.io", Repository: "single", Tag: "latest"}, "quay.io/single:latest"},
		{"localhost/x", oci.Reference{Registry: "localhost", Repository: "x", Tag: "latest"}, "localhost/x:latest"},
		{"localhost:5000/x", oci.Reference{Registry: "localhost:5000", Repository: "x", Tag: "latest"}, "localhost:5000/x:latest"},
		{"[::1]:5000/x/y", oci.Reference{Registry: "[::1]:5000", Repository: "x/y", Tag: "latest"}, "[::1]:5000/x/y:latest"},
		{"127.0.0.1:5000/x:y", oci.Reference{Registry: "127.0.0.1:5000", Repository: "x", Tag: "y"}, "127.0.0.1:5000/x:y"},
		// Names of Docker Hub that would read as something else without their registry.
		{"docker.io/a.b/c", hub("a.b/c", "latest"), "docker.io/a.b/c:latest"},
		{"docker.io/localhost/c", hub("localhost/c", "latest"), "docker.io/localhost/c:latest"},
		{"docker.io/library/library/c", hub("library/library/c", "latest"), "library/library/c:latest"},
		{"a.b", hub("library/a.b", "latest"), "a.b:latest"},
	} {
		got, err := oci.ParseReference(tt.in)
		if err != nil {
			t.Errorf("ParseReference(%q): %v", tt.in, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("ParseReference(%q): (-want +got)\n%s", tt.in, diff)
		}
		if got.String() != tt.text {
			t.Errorf("ParseReference(%q).String() = %q, want %q", tt.in, got, tt.text)
		}
		if again, err := oci.ParseReference(got.String()); err != nil || again != got {
			t.Errorf("ParseReference(%q) = %+v, %v; want what String was called on", got.String(), again, err)
		}
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	for _, tt := range []struct {
		in  string
		err error
	}{
		{"", oci.ErrName},
		{"/", oci.ErrName},
		{":", oci.ErrName},
		{"@", oci.ErrDigest},
		{"nginx:", oci.ErrReference},
		{"nginx:a b", oci.ErrReference},
		{"nginx@", oci.ErrDigest},
		{"nginx@latest", oci.ErrDigest},
		{"nginx@sha256:beef", oci.ErrDigest},
		{"nginx:@" + digestA.String(), oci.ErrReference},
		{"nginx:-@" + digestA.String(), oci.ErrReference},
		{"nginx@" + digestA.String() + "@" + digestA.String(), oci.ErrDigest},
		{"Bitnami/redis", oci.ErrName},
		{"https://docker.io/nginx", oci.ErrReference},
		{"-a.example/x", oci.ErrReference},
		{"a..example/x", oci.ErrReference},
		{"user:pass@example.com/x", oci.ErrReference},
		{"example.com:port/x", oci.ErrReference},
		{"example.com:123456/x", oci.ErrReference},
		{"./x", oci.ErrReference},
		{"../x", oci.ErrReference},
		{"[::1/x", oci.ErrReference},
		{"exa mple.com/x", oci.ErrReference},
		{"example.com/", oci.ErrName},
		{"example.com/../x", oci.ErrName},
	} {
		got, err := oci.ParseReference(tt.in)
		if !errors.Is(err, tt.err) {
			t.Errorf("ParseReference(%q) = %+v, %v; want %v", tt.in, got, err, tt.err)
		}
		if got != (oci.Reference{}) {
			t.Errorf("ParseReference(%q) returned %+v beside its error", tt.in, got)
		}
	}
}

func TestTagOrDigest(t *testing.T) {
	for _, tt := range []struct {
		ref  oci.Reference
		want string
	}{
		{oci.Reference{Tag: "latest"}, "latest"},
		{oci.Reference{Digest: digestA}, digestA.String()},
		{oci.Reference{Tag: "latest", Digest: digestA}, digestA.String()},
	} {
		if got := tt.ref.TagOrDigest(); got != tt.want {
			t.Errorf("%+v: TagOrDigest = %q, want %q", tt.ref, got, tt.want)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{
		"nginx", "a/b:c", "docker.io/a.b/c", "docker.io/library/library/c", "localhost:5000/x@" + digestA.String(),
		"[::1]:5000/x", "a.b", "index.docker.io/x:y@" + digestB.String(), "x@sha512:" + sha512Hex,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := oci.ParseReference(s)
		if err != nil {
			if !errors.Is(err, oci.ErrName) && !errors.Is(err, oci.ErrDigest) && !errors.Is(err, oci.ErrReference) {
				t.Fatalf("ParseReference(%q): %v is none of the package's errors", s, err)
			}
			return
		}
		if (ref.Tag == "") == (ref.Digest == "") {
			t.Fatalf("ParseReference(%q) = %+v: want a tag or a digest", s, ref)
		}
		if _, err := oci.ParseRepository(ref.Repository); err != nil {
			t.Fatalf("ParseReference(%q) = %+v: %v", s, ref, err)
		}
		again, err := oci.ParseReference(ref.String())
		if err != nil || again != ref {
			t.Fatalf("ParseReference(%q) = %+v, which is written %q and read back as %+v, %v", s, ref, ref.String(), again, err)
		}
	})
}
