package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
)

func tokenCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Say who may use the Admin API: create, list, revoke tokens",
		Long: `Keep the API's tokens. Each has a name, which the audit log has, and a role:

  viewer    sees everything
  reviewer  and makes exceptions, and decides on quarantine and requests
  admin     and makes tokens`,
	}
	cmd.AddCommand(d.tokenCreate(), d.tokenList(), d.tokenRevoke())
	return cmd
}

func (d *desk) tokenCreate() *cobra.Command {
	var b client.NewToken
	var role string
	var ends lifetime
	cmd := d.authored(d.command("create NAME", "Make a token and show it, this once", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		b.Name, b.Role = args[0], client.NewTokenRole(role)
		var err error
		if b.For, b.Expires, err = ends.read(); err != nil {
			return listing{}, err
		}
		switch {
		case role == "":
			return listing{}, usage(errors.New("what may it do? Give --role viewer, reviewer or admin"))
		case b.NoExpiry && (ends.span != "" || ends.date != ""):
			return listing{}, usage(errors.New("--no-expiry, --for and --expires: one is enough"))
		}
		made, err := made(s.api.CreateTokenWithResponse(ctx, b))
		if err != nil {
			return listing{}, err
		}
		until := "until it is revoked"
		if !made.Expires.IsZero() {
			until = "until " + clock(made.Expires)
		}
		return listing{value: made, notes: []string{
			made.Token, "", fmt.Sprintf("Token %d of %s, for the role %s, %s. It is not shown again.", made.ID, made.Name, made.Role, until),
		}}, nil
	}))
	f := cmd.Flags()
	f.StringVar(&role, "role", "", "viewer, reviewer or admin; required")
	ends.flags(cmd, "for how long: 7d, 12h; 90d without it", "until when, instead: 2026-12-31, or a time of RFC 3339")
	f.BoolVar(&b.NoExpiry, "no-expiry", false, "until it is revoked")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions([]string{"viewer", "reviewer", "admin"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

// listTokens reads all that there are.
func listTokens(ctx context.Context, s *session, all bool) ([]client.Token, error) {
	return pages(0, func(cursor string, limit int64) ([]client.Token, string, error) {
		page, err := got(s.api.ListTokensWithResponse(ctx, &client.ListTokensParams{Cursor: cursor, Limit: limit, All: all}))
		return page.Items, page.Next, err
	})
}

func (d *desk) tokenList() *cobra.Command {
	var all bool
	cmd := d.command("list", "List the tokens in force, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		got, err := listTokens(ctx, s, all)
		return tokens(got, got...), err
	})
	cmd.Flags().BoolVar(&all, "all", false, "those that have expired or were revoked as well")
	return cmd
}

func (d *desk) tokenRevoke() *cobra.Command {
	cmd := d.authored(d.command("revoke ID", "End a token now", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		one, err := got(s.api.RevokeTokenWithResponse(ctx, id))
		return tokens(one, one), err
	}))
	return d.complete(cmd, func(ctx context.Context, s *session) (out []string, err error) {
		all, err := listTokens(ctx, s, false)
		for _, t := range all {
			out = append(out, candidate(t.ID, t.Name+", "+string(t.Role)))
		}
		return out, err
	})
}

// tokens shows some, with value as their JSON.
func tokens(value any, all ...client.Token) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "NAME", "ROLE", "AUTHOR", "CREATED", "EXPIRES", "LAST USED"}}
	for _, t := range all {
		out.rows = append(out.rows, []string{
			strconv.FormatInt(t.ID, 10), string(t.State), t.Name, string(t.Role), t.Author, clock(t.Created), clock(t.Expires), clock(t.LastUsed),
		})
	}
	return out
}
