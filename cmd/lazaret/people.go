package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/auth"
	"github.com/lazaret/lazaret/internal/records"
)

// openPeople makes what knows the people of the Admin API: by their tokens, and by the OIDC
// issuer of the settings if there is one. It does not ask the issuer yet.
func openPeople(cfg config.Config, r *records.Records, log *slog.Logger) (*auth.Bearer, error) {
	c := auth.Config{Records: r, Log: log, Now: time.Now}
	if cfg.OIDCIssuer != "" {
		oidc := auth.OIDCConfig{Issuer: cfg.OIDCIssuer, Audience: cfg.OIDCClientID, Name: cfg.OIDCName, Now: time.Now}
		for _, g := range cfg.OIDCRoles {
			role, err := auth.ParseRole(g.Role)
			if err != nil {
				return nil, err
			}
			oidc.Grants = append(oidc.Grants, auth.Grant{Claim: g.Claim, Value: g.Value, Role: role})
		}
		var err error
		if c.OIDC, err = auth.NewOIDC(oidc); err != nil {
			return nil, err
		}
	}
	return auth.New(c), nil
}

// issuerOf is where people log in by the settings; nil if nowhere.
func issuerOf(cfg config.Config) *admin.Issuer {
	if cfg.OIDCIssuer == "" {
		return nil
	}
	return &admin.Issuer{URL: cfg.OIDCIssuer, ClientID: cfg.OIDCClientID, Scopes: cfg.OIDCScopes}
}

// firstToken makes the first token of the Admin API, for days from now or, if they are 0, until it is
// revoked, and shows it on w, unless there was one ever. Nothing else shows it: the log has the
// row without it.
func firstToken(ctx context.Context, r *records.Records, now time.Time, days int, w io.Writer) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	token, hash := auth.NewToken()
	first := records.NewToken{Name: "first", Role: auth.Admin.String(), Hash: hash}
	if days > 0 {
		first.Expires = now.Add(time.Duration(days) * 24 * time.Hour)
	}
	row, err := r.AddFirstToken(ctx, records.Actor{Name: "lazaret", Origin: "start on " + host}, first)
	if errors.Is(err, records.ErrState) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the first token: %w", err)
	}
	until := "until it is revoked"
	if !row.Expires.IsZero() {
		until = "until " + clock(row.Expires) + " UTC"
	}
	_, err = fmt.Fprintf(w, `
The first token of the Admin API, for the role %s, %s. It is shown this once:

    %s

Log in with it (lazaret login), make a token for each who needs one (lazaret token create), and
revoke this one (lazaret token revoke %d). Where the mirror runs, no token is needed to make another
(lazaret token create NAME --role admin).

`, row.Role, until, token, row.ID)
	if err != nil {
		return fmt.Errorf("show the first token: %w", err)
	}
	return nil
}
