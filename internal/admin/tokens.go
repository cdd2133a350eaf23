package admin

import (
	"context"
	"time"

	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/records"
)

// A Token is an API token, without what opens anything.
type Token struct {
	ID        int64     `json:"id"`
	State     string    `json:"state" enum:"in force,expired,revoked"`
	Created   time.Time `json:"created"`
	Name      string    `json:"name" doc:"As the audit log has it."`
	Role      string    `json:"role" enum:"viewer,reviewer,admin"`
	Author    string    `json:"author"`
	Expires   time.Time `json:"expires,omitzero" doc:"Absent if it does not."`
	LastUsed  time.Time `json:"last_used,omitzero" doc:"To the minute; absent if it never was."`
	Revoked   time.Time `json:"revoked,omitzero" doc:"When it was; absent if it was not."`
	RevokedBy string    `json:"revoked_by,omitempty"`
}

func (a *api) token(t records.Token) Token {
	return Token{t.ID, t.State(a.now()), t.At, t.Name, t.Role, t.Author, t.Expires, t.Used, t.Revoked, t.RevokedBy}
}

// A NewToken is what is asked for.
type NewToken struct {
	Name string `json:"name" minLength:"1" maxLength:"512" doc:"Of whoever or whatever it is for. No two tokens in force have the same."`
	Role string `json:"role" enum:"viewer,reviewer,admin"`
	Lifetime
	NoExpiry bool `json:"no_expiry,omitempty" doc:"It holds until it is revoked. Without this, for or expires it holds for 90 days."`
}

// tokenTTL is for how long a token holds that says nothing.
const tokenTTL = 90 * 24 * time.Hour

// A MadeToken has the token itself, this once.
type MadeToken struct {
	Token
	Secret string `json:"token" doc:"What to send in the header Authorization, after Bearer. It is shown now and never again."`
}

// A Person is who sends a request.
type Person struct {
	Name string `json:"name"`
	Role string `json:"role" enum:"viewer,reviewer,admin"`
	Via  string `json:"via" doc:"token NUMBER, oidc ISSUER, or local."`
}

// A LoginWay says how people come to a token by themselves.
type LoginWay struct {
	OIDC *Issuer `json:"oidc,omitempty" doc:"The OpenID Connect issuer whose ID tokens are taken; absent if there is none."`
}

// An Issuer is where people log in.
type Issuer struct {
	URL      string   `json:"url"`
	ClientID string   `json:"client_id" doc:"A public client, with PKCE or the device flow."`
	Scopes   []string `json:"scopes" nullable:"false"`
}

func (a *api) bindTokens() {
	register(a, "list-tokens", func(ctx context.Context, in *struct {
		Paging
		All bool `query:"all" doc:"Those that have expired or were revoked as well."`
	}) (*page[Token], error) {
		before, err := in.before()
		if err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Tokens(ctx, records.TokenFilter{InForce: !in.All, Before: before, Limit: in.Limit})
		return paged(&in.Paging, rows, a.token, func(t records.Token) string { return place(t.At, t.ID) }), err
	})
	register(a, "create-token", a.createToken)
	register(a, "revoke-token", func(ctx context.Context, in *ByID) (*answer[Token], error) {
		t, err := a.cfg.Records.RevokeToken(ctx, actorOf(ctx), in.ID)
		return answerOf(a.token(t), err)
	})
	register(a, "who-am-i", func(ctx context.Context, _ *struct{}) (*answer[Person], error) {
		c := callerOf(ctx)
		return answerOf(Person{c.Name, c.Role.String(), c.Via}, nil)
	})
	register(a, "get-login", func(context.Context, *struct{}) (*answer[LoginWay], error) {
		return answerOf(LoginWay{a.cfg.Issuer}, nil)
	})
}

// createToken knows no idempotency key: what could answer the same again would have to keep
// the token. That the name is in use tells whoever lost the answer which one to revoke.
func (a *api) createToken(ctx context.Context, in *struct{ Body NewToken }) (*answer[MadeToken], error) {
	until, err := in.Body.until(a.now())
	if err != nil {
		return nil, err
	}
	switch {
	case in.Body.NoExpiry && !until.IsZero():
		return nil, invalid("no_expiry, for and expires: one is enough")
	case !in.Body.NoExpiry && until.IsZero():
		until = a.now().Add(tokenTTL)
	}
	secret, hash := auth.NewToken()
	t, err := a.cfg.Records.AddToken(ctx, actorOf(ctx), records.NewToken{Name: in.Body.Name, Role: in.Body.Role, Hash: hash, Expires: until})
	if err != nil {
		return nil, err
	}
	return answerOf(MadeToken{a.token(t), secret}, nil)
}
