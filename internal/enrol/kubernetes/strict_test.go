// Package kubernetes_test reads the manifests of lazaret enrol as an API server does that is told
// to be strict: no field that a type has not, none twice, each of its type.
package kubernetes_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

// decoder knows the types that the manifests are of.
func decoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apps.AddToScheme, core.AddToScheme, networking.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// manifests are what the goldens of package enrol have that lazaret enrol prints, by golden.
func manifests(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../testdata/kubernetes*.txtar")
	if err != nil || len(files) < 2 {
		t.Fatalf("goldens: %v, %v", files, err)
	}
	out := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, text, ok := strings.Cut(string(b), "\n-- manifest --\n")
		if !ok {
			t.Fatalf("%s has no manifest", file)
		}
		text, _, _ = strings.Cut(text, "\n-- ")
		out[filepath.Base(file)] = text
	}
	return out
}

func TestManifestsAreStrict(t *testing.T) {
	d := decoder(t)
	for name, text := range manifests(t) {
		kinds := map[string]int{}
		for i, doc := range strings.Split(text, "\n---\n") {
			_, kind, err := d.Decode([]byte(doc), nil, nil)
			if err != nil {
				t.Errorf("%s, document %d: %v", name, i+1, err)
				continue
			}
			kinds[kind.Kind]++
		}
		want := []string{"ConfigMap", "DaemonSet", "Namespace", "NetworkPolicy"}
		if !strings.Contains(text, "ca.crt") {
			want = want[1:]
		}
		if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
	}
}

// What is wrong in such a manifest is found.
func TestMistakesAreFound(t *testing.T) {
	d := decoder(t)
	good := manifests(t)["kubernetes.txtar"]
	for what, change := range map[string][2]string{
		"a field that is not":  {"readOnlyRootFilesystem", "readonlyRootFilesystem"},
		"a field at no place":  {"      automountServiceAccountToken", "  automountServiceAccountToken"},
		"a number for a text":  {"{app: lazaret-enrol}", "{app: 1}"},
		"a key twice":          {"      automountServiceAccountToken: false\n", "      automountServiceAccountToken: false\n      automountServiceAccountToken: false\n"},
		"a version that is no": {"networking.k8s.io/v1", "networking.k8s.io/v2"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s: there is no %q in the manifest", what, change[0])
		}
		found := false
		for _, doc := range strings.Split(bad, "\n---\n") {
			_, _, err := d.Decode([]byte(doc), nil, nil)
			found = found || err != nil
		}
		if !found {
			t.Errorf("%s was not found", what)
		}
	}
}
