package admin

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/lazaret/lazaret/internal/admin/auth"
)

// anyone may call an operation without saying who they are. Whoever says it must say it right.
const anyone auth.Role = -1

// An operation is a row of the table of all there is.
type operation struct {
	id      string
	method  string
	path    string // below Prefix
	least   auth.Role
	summary string
}

// operations is the table of all operations, with the least role of each. What is not here
// cannot be called: register looks up here, and admit asks nothing else.
func operations() []operation {
	const get, post = http.MethodGet, http.MethodPost
	return []operation{
		{"list-exceptions", get, "/exceptions", auth.Viewer, "List exceptions, newest first"},
		{"get-exception", get, "/exceptions/{id}", auth.Viewer, "Show an exception"},
		{"create-exception", post, "/exceptions", auth.Reviewer, "Add an exception"},
		{"renew-exception", post, "/exceptions/{id}/renew", auth.Reviewer, "Let an exception hold for longer, or for less"},
		{"revoke-exception", post, "/exceptions/{id}/revoke", auth.Reviewer, "End an exception now"},
		{"import-exceptions", post, "/exceptions/import", auth.Reviewer, "Put the exceptions of a source in force, and end those it no longer has"},

		{"list-quarantine", get, "/quarantine", auth.Viewer, "List what is or was in quarantine, newest first"},
		{"get-quarantined", get, "/quarantine/{id}", auth.Viewer, "Show an image in quarantine with the findings it is there for"},
		{"get-evidence", get, "/quarantine/{id}/evidence", auth.Reviewer, "Look at the bytes that a finding is about; each look is in the audit log"},
		{"release-quarantined", post, "/quarantine/{id}/release", auth.Reviewer, "Make an exception for an image in quarantine"},
		{"reject-quarantined", post, "/quarantine/{id}/reject", auth.Reviewer, "Leave an image refused, and take it from the list of what waits"},

		{"create-request", post, "/requests", anyone, "Ask for an exception for what was refused"},
		{"list-requests", get, "/requests", auth.Viewer, "List requests, newest first"},
		{"get-request", get, "/requests/{id}", auth.Viewer, "Show a request"},
		{"approve-request", post, "/requests/{id}/approve", auth.Reviewer, "Make an exception of a request"},
		{"decline-request", post, "/requests/{id}/decline", auth.Reviewer, "Answer a request without an exception"},

		{"list-pulls", get, "/pulls", auth.Viewer, "List who pulled what, newest first"},
		{"list-exposures", get, "/exposures", auth.Viewer, "List images that clients have and that would be refused now, newest first"},

		{"list-notifications", get, "/notifications", auth.Viewer, "List what webhooks are told, newest first"},
		{"get-notification", get, "/notifications/{id}", auth.Viewer, "Show a notification and its deliveries"},
		{"replay-notification", post, "/notifications/{id}/replay", auth.Reviewer, "Deliver anew what was given up"},

		{"list-images", get, "/images", auth.Viewer, "List images that clients asked for, by their names"},
		{"explain-image", get, "/images/{digest}", auth.Viewer, "Show every finding on an image or a blob, and what the policy makes of it"},
		{"get-report", get, "/reports/{digest}", auth.Viewer, "Show what is known of one blob under the rule set in force"},

		{"get-policy", get, "/policy", auth.Viewer, "Show the policy in force"},
		{"validate-policy", post, "/policy/validate", auth.Viewer, "Check a policy file"},
		{"test-policy", post, "/policy/test", auth.Reviewer, "Say what another policy would have made of the pulls on record"},

		{"list-rules", get, "/rules", auth.Viewer, "List what is looked for"},
		{"list-feeds", get, "/feeds", auth.Viewer, "List the feeds, and how fresh they are"},
		{"get-status", get, "/status", auth.Viewer, "Show what is in force, and whether all of it is well"},

		{"list-audit", get, "/audit", auth.Viewer, "List changes, newest first"},
		{"verify-audit", get, "/audit/verify", auth.Viewer, "Read the whole audit log and say whether it is what was written"},

		{"list-tokens", get, "/tokens", auth.Admin, "List API tokens, newest first"},
		{"create-token", post, "/tokens", auth.Admin, "Make an API token; the answer shows it, this once"},
		{"revoke-token", post, "/tokens/{id}/revoke", auth.Admin, "End an API token now"},
		{"who-am-i", get, "/whoami", auth.Viewer, "Say who sends the request, and what they may"},
		{"get-login", get, "/login", anyone, "Say where people log in"},
	}
}

// maxBody bounds the body of a request, in bytes, and maxFile that of one which has a file in it:
// a policy of policy.MaxFile, each byte of which JSON may write as two.
const (
	maxBody = 64 << 10
	maxFile = 2<<20 + maxBody
)

// describe puts the operation as huma takes it.
func (o operation) describe() huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	out := huma.Operation{
		OperationID: o.id, Method: o.method, Path: Prefix + o.path, Summary: o.summary, Tags: []string{tag},
		MaxBodyBytes: maxBody, BodyReadTimeout: 10 * time.Second,
	}
	switch o.id {
	case "get-evidence":
		out.Responses = binary()
	case "import-exceptions", "validate-policy", "test-policy":
		out.MaxBodyBytes = maxFile
	}
	if strings.HasPrefix(o.id, "create-") {
		out.DefaultStatus = http.StatusCreated
	}
	if o.least == anyone {
		out.Description = "Nobody needs a role for this."
		out.Security = []map[string][]string{{}, {"bearer": {}}}
		return out
	}
	out.Description = "The least role is " + o.least.String() + "."
	out.Security = []map[string][]string{{"bearer": {}}}
	return out
}

// admit lets a request through to its operation if whoever sends it may call that.
func (a *api) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	least, ok := a.least[ctx.Operation().OperationID]
	if !ok { // it was registered past the table
		a.refuse(ctx, http.StatusForbidden, "nobody may do this")
		return
	}
	c := caller{from: origin(r.RemoteAddr), w: w}
	var err error
	switch c.Identity, err = a.cfg.Auth.Authenticate(r); {
	case errors.Is(err, auth.ErrNoCredentials) && least == anyone:
		c.Identity = auth.Identity{}
	case errors.Is(err, auth.ErrNoCredentials):
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="lazaret"`)
		a.refuse(ctx, http.StatusUnauthorized, "say who you are: Authorization: Bearer TOKEN")
		return
	case errors.Is(err, auth.ErrBadCredentials):
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="lazaret", error="invalid_token"`)
		a.refuse(ctx, http.StatusUnauthorized, "the token is not valid, or not any more")
		return
	case err != nil:
		a.log.ErrorContext(r.Context(), "who asks could not be found out", "operation", ctx.Operation().OperationID, "error", err.Error())
		a.refuse(ctx, http.StatusServiceUnavailable, "who you are could not be found out; try again")
		return
	case c.Role < least:
		a.refuse(ctx, http.StatusForbidden, "this takes the role "+least.String()+", and yours is "+c.Role.String())
		return
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

func (a *api) refuse(ctx huma.Context, status int, detail string) {
	_ = huma.WriteErr(a.huma, ctx, status, detail) // a client that is gone needs no error
}
