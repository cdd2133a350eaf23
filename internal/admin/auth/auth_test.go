package auth_test

import (
	"testing"

	"github.com/lazaret/lazaret/internal/admin/auth"
)

func TestRoles(t *testing.T) {
	if !(0 < auth.Viewer && auth.Viewer < auth.Reviewer && auth.Reviewer < auth.Admin) {
		t.Fatal("the roles are not in the order of what they may")
	}
	for _, r := range []auth.Role{auth.Viewer, auth.Reviewer, auth.Admin} {
		got, err := auth.ParseRole(r.String())
		if err != nil || got != r {
			t.Errorf("ParseRole(%q) = %v, %v", r.String(), got, err)
		}
	}
	for _, s := range []string{"", "none", "Admin", "root"} {
		if r, err := auth.ParseRole(s); err == nil || r != 0 {
			t.Errorf("ParseRole(%q) = %v, %v, want an error and no role", s, r, err)
		}
	}
	if s := auth.Role(0).String() + auth.Role(9).String(); s != "nonenone" {
		t.Errorf("what is no role goes by %q", s)
	}
}
