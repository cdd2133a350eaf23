package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lazaret/lazaret/config"
)

var oidc = []string{"LAZARET_OIDC_ISSUER=https://login.acme.example/realm", "LAZARET_OIDC_CLIENT_ID=lazaret"}

func TestOIDC(t *testing.T) {
	const roles = "groups:security=admin,https://acme.example/roles:a=b=viewer,realm_access.roles:mirror=reviewer"
	c, err := config.Load(append([]string{"LAZARET_OIDC_ROLES=" + strings.ReplaceAll(roles, ",", " , "), "LAZARET_OIDC_SCOPES=openid, groups"}, oidc...))
	if err != nil {
		t.Fatal(err)
	}
	want := config.OIDCRoles{
		{Claim: "groups", Value: "security", Role: "admin"}, {Claim: "https://acme.example/roles", Value: "a=b", Role: "viewer"},
		{Claim: "realm_access.roles", Value: "mirror", Role: "reviewer"},
	}
	if diff := cmp.Diff(want, c.OIDCRoles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	var b bytes.Buffer
	if err := config.Print(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"LAZARET_OIDC_ROLES=" + roles, "LAZARET_OIDC_SCOPES=openid,groups", "LAZARET_OIDC_NAME=email"} {
		if !strings.Contains(b.String(), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, b.String())
		}
	}
}

func TestBadOIDC(t *testing.T) {
	for setting, want := range map[string]string{
		"LAZARET_OIDC_ROLES=admin":                         "not a list of roles",
		"LAZARET_OIDC_ROLES=groups=admin":                  "not a list of roles",
		"LAZARET_OIDC_ROLES=:security=admin":               "not a list of roles",
		"LAZARET_OIDC_ROLES=groups:=admin":                 "not a list of roles",
		"LAZARET_OIDC_ROLES=groups:security":               "not a list of roles",
		"LAZARET_OIDC_ROLES=groups:security=admin,":        "not a list of roles",
		"LAZARET_OIDC_ROLES=groups:security=root":          "not a role (viewer, reviewer, admin)",
		"LAZARET_OIDC_SCOPES=email":                        "without openid",
		"LAZARET_OIDC_SCOPES=openid,,email":                "not a list of words",
		"LAZARET_OIDC_ISSUER=http://login.acme.example":    "not the URL of an issuer",
		"LAZARET_OIDC_ISSUER=https://me:x@acme.example":    "not the URL of an issuer",
		"LAZARET_OIDC_ISSUER=login.acme.example":           "not the URL of an issuer",
		"LAZARET_OIDC_ISSUER=https://acme.example/?tenant": "not the URL of an issuer",
		"LAZARET_OIDC_CLIENT_ID=":                          "LAZARET_OIDC_ISSUER is set without it",
		"LAZARET_SERVER=mirror:5001":                       "not the URL of a server",
		"LAZARET_SERVER=https://me:secret@mirror":          "not the URL of a server",
		"LAZARET_TOKEN=two words":                          "holds a space",
	} {
		_, err := config.Load(append(append([]string{}, oidc...), setting))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "two words") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", setting, err, want)
		}
	}
	for _, setting := range []string{"LAZARET_OIDC_CLIENT_ID=x", "LAZARET_OIDC_ROLES=groups:a=admin"} {
		if _, err := config.Load([]string{setting}); err == nil || !strings.Contains(err.Error(), "is set without LAZARET_OIDC_ISSUER") {
			t.Errorf("%s alone: %v", setting, err)
		}
	}
	for _, issuer := range []string{"http://127.0.0.1:9000", "http://[::1]:9000/x", "http://localhost:9000"} {
		if _, err := config.Load([]string{"LAZARET_OIDC_ISSUER=" + issuer, "LAZARET_OIDC_CLIENT_ID=x"}); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}
