// Package auth says who asks the Admin API, and what they may.
//
// Who stands behind a request is found by an Authenticator, from its Authorization header
// alone: nothing that a browser sends by itself counts. What each operation asks for is a
// least role; roles are ordered, and the zero Role may do nothing.
package auth

import (
	"errors"
	"fmt"
	"net/http"
)

// A Role is what somebody may do. Each may do all that the one before it may.
type Role int

// The roles. Zero is none of them.
const (
	Viewer   Role = iota + 1 // reads
	Reviewer                 // decides on quarantine and requests; makes, renews and revokes exceptions
	Admin                    // tokens and policy
)

// String is the role's name, as settings and the API write it; "none" of what is no role.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Reviewer:
		return "reviewer"
	case Admin:
		return "admin"
	}
	return "none"
}

// ParseRole is the inverse of String; "none" is not a role that anybody can be given.
func ParseRole(s string) (Role, error) {
	for _, r := range []Role{Viewer, Reviewer, Admin} {
		if s == r.String() {
			return r, nil
		}
	}
	return 0, fmt.Errorf("auth: %.80q is not a role: viewer, reviewer or admin", s)
}

// An Identity is somebody whose credentials were checked.
type Identity struct {
	Name string // as the audit log has it
	Role Role
	Via  string // how they are known: "token 3", "oidc https://issuer", "local"
}

// Errors of an Authenticator. Any other error means that it could not find out.
var (
	ErrNoCredentials  = errors.New("auth: no credentials")
	ErrBadCredentials = errors.New("auth: these credentials are not valid, or not any more")
)

// An Authenticator says who sends a request.
type Authenticator interface {
	Authenticate(r *http.Request) (Identity, error)
}
