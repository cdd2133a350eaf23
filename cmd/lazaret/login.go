package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/login"
)

func loginCommand(t terminal) *cobra.Command {
	var stdin, oidc, device bool
	cmd := &cobra.Command{
		Use:   "login URL",
		Short: "Log in to a mirror's Admin API, for the commands after this one",
		Long: `Log in to the Admin API at a URL. The commands that look after a mirror speak to it from then
on, until lazaret logout; LAZARET_SERVER and LAZARET_TOKEN go before it.

The token is asked for, or read from standard input (--token-stdin), or comes from the
server's OpenID Connect issuer (--oidc): by a browser on this machine, or on any other with --device.
It is kept in lazaret/login.json in your configuration directory, which only you can read.`,
		Args: exactArgs(1), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := login.Credentials{Server: strings.TrimSuffix(args[0], "/")}
			if _, err := config.Load([]string{"LAZARET_SERVER=" + c.Server}); err != nil {
				return usage(fmt.Errorf("%.200q is not the URL of a server (https://mirror.example.com:5001)", args[0]))
			}
			if (oidc || device) && stdin {
				return usage(errors.New("--token-stdin and --oidc: one is enough"))
			}
			warnPlain(t, c.Server)
			var err error
			if oidc || device {
				err = t.loginOIDC(cmd.Context(), &c, device)
			} else {
				c.Token, err = t.readToken(cmd.InOrStdin(), stdin)
			}
			if err != nil {
				return err
			}
			return t.keep(cmd.Context(), c)
		},
	}
	cmd.Flags().BoolVar(&stdin, "token-stdin", false, "read the token from standard input")
	cmd.Flags().BoolVar(&oidc, "oidc", false, "log in at the server's OpenID Connect issuer")
	cmd.Flags().BoolVar(&device, "device", false, "with --oidc: by a browser on another machine")
	return cmd
}

// warnPlain says that a token would be readable on its way.
func warnPlain(t terminal, server string) {
	u, err := url.Parse(server)
	if err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		fmt.Fprintf(t.stderr, "lazaret: %s is plain HTTP: whoever is on the way can read the token\n", server)
	}
}

// keep tries the credentials, and keeps them if the server knows them.
func (t terminal) keep(ctx context.Context, c login.Credentials) error {
	token := c.Token
	if c.Session != nil {
		token = c.Session.IDToken
	}
	s, err := access{c.Server, token}.session()
	if err != nil {
		return err
	}
	me, err := got(s.api.WhoAmIWithResponse(ctx))
	if err != nil {
		return err
	}
	if err := login.Save(login.File(t.variable), c); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "%s: you are %s, with the role %s.\n", c.Server, printable(me.Name), me.Role)
	return nil
}

// readToken asks for a token where a person types, who sees nothing of it; else it reads a line.
func (t terminal) readToken(in io.Reader, quietly bool) (string, error) {
	var line string
	if f, ok := in.(*os.File); ok && !quietly && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(t.stderr, "Token: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.stderr)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		line = string(b)
	} else if quietly {
		lines := bufio.NewScanner(in)
		lines.Scan()
		if err := lines.Err(); err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		line = lines.Text()
	} else {
		return "", usage(errors.New("there is no terminal to ask for a token: --token-stdin or --oidc"))
	}
	line = strings.TrimSpace(line)
	if line == "" || strings.ContainsAny(line, " \t") {
		return "", usage(errors.New("that is no token"))
	}
	return line, nil
}

// loginOIDC logs in at the issuer that the server names.
func (t terminal) loginOIDC(ctx context.Context, c *login.Credentials, device bool) error {
	s, err := access{server: c.Server}.session()
	if err != nil {
		return err
	}
	way, err := got(s.api.GetLoginWithResponse(ctx))
	if err != nil {
		return err
	}
	if way.Oidc.URL == "" {
		return fmt.Errorf("%s has no OpenID Connect issuer; log in with a token", c.Server)
	}
	c.Issuer = &login.Issuer{URL: way.Oidc.URL, ClientID: way.Oidc.ClientID, Scopes: way.Oidc.Scopes}
	var session login.Session
	if device {
		session, err = c.Issuer.Device(ctx, func(url, code string) {
			fmt.Fprintf(t.stderr, "Open this address in a browser, on any machine, and enter the code %s:\n\n    %s\n\n", printable(code), printable(url))
		})
	} else {
		session, err = c.Issuer.Browse(ctx, func(url string) {
			fmt.Fprintf(t.stderr, "Open this address in a browser on this machine (or use --device):\n\n    %s\n\n", printable(url))
		})
	}
	if err != nil {
		return &exitCode{exitAccess, err}
	}
	c.Session = &session
	return nil
}

func logoutCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget the login; the token stays good until it is revoked or expires",
		Args:  exactArgs(0), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if err := login.Remove(login.File(t.variable)); err != nil && !errors.Is(err, login.ErrNone) {
				return err
			}
			return nil
		},
	}
}

func whoamiCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	return d.command("whoami", "Say which server commands speak to, as whom, and with which role", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		me, err := got(s.api.WhoAmIWithResponse(ctx))
		return listing{value: struct {
			Server string `json:"server"`
			client.Person
		}{s.server, me}, head: []string{"SERVER", "NAME", "ROLE", "VIA"}, rows: [][]string{{s.server, me.Name, string(me.Role), me.Via}}}, err
	})
}
