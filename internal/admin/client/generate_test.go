package client_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/records"
)

var update = flag.Bool("update", false, "write the client anew")

// generated is the client, as the OpenAPI document of this program makes it.
func generated(t *testing.T) string {
	t.Helper()
	r, err := records.Open(t.Context(), records.Config{Path: filepath.Join(t.TempDir(), "records.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(t.Context()) })
	w := httptest.NewRecorder()
	api := admin.NewAPI(admin.Config{Records: r, Auth: people{}, Registry: "docker.io", Version: "1"})
	api.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	code, err := codegen.Generate(doc, codegen.Configuration{
		PackageName:   "client",
		Generate:      codegen.GenerateOptions{Client: true, Models: true},
		Compatibility: codegen.CompatibilityOptions{AlwaysPrefixEnumValues: true},
		OutputOptions: codegen.OutputOptions{
			NameNormalizer:            string(codegen.NameNormalizerFunctionToCamelCaseWithInitialisms),
			PreferSkipOptionalPointer: true, PreferSkipOptionalPointerWithOmitzero: true,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ = strings.Cut(code, "\npackage client\n") // the package has its own comment
	return "// Code generated from the OpenAPI document of the Admin API. DO NOT EDIT.\n\npackage client\n" + code
}

// TestGenerated holds the client to the API. -update writes it anew.
func TestGenerated(t *testing.T) {
	const file = "client.gen.go"
	want := generated(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("the client is not that of the API: go test ./internal/admin/client -update\n%s", diff)
	}
}
