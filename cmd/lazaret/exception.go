package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/internal/admin/client"
)

func exceptionCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{
		Use:   "exception",
		Short: "Let pass what the policy would refuse: add, list, revoke, renew, import",
		Long: `Keep the allowlist. Each change acts on every replica within 2 seconds, downloads nothing,
and leaves a row in the audit log.`,
	}
	cmd.AddCommand(d.exceptionAdd(), d.exceptionList(), d.exceptionRevoke(), d.exceptionRenew(), d.exceptionImport())
	return cmd
}

func (d *desk) exceptionAdd() *cobra.Command {
	var n client.NewException
	var ends lifetime
	cmd := d.authored(d.command("add [IMAGE]", "Add an exception", maximumArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		var err error
		if n.For, n.Expires, err = ends.read(); err != nil {
			return listing{}, err
		}
		switch {
		case len(args) == 1 && (n.Scope.Repository != "" || n.Scope.Digest != ""):
			return listing{}, usage(errors.New("IMAGE says the repository and the digest: leave --repository and --digest out"))
		case len(args) == 1:
			n.Image = args[0]
		case n.FollowTag:
			return listing{}, usage(errors.New("--follow-tag needs an IMAGE with a tag"))
		}
		if n.Reason == "" {
			return listing{}, usage(errors.New("an exception needs an author and a reason: --reason"))
		}
		e, err := made(s.api.CreateExceptionWithResponse(ctx, nil, n))
		return exceptions(e, e), err
	}))
	cmd.Long = `Add an exception: what it covers is let pass until it expires. Each part that is given
must match; "lazaret explain" and the refusal say the rule, the path and the digest.

IMAGE is a name with a tag or a digest (nginx:1.27, acme/app@sha256:...). A tag stands for the
digest that was last pulled by it: what is pushed under it later is not covered,
unless --follow-tag is given.`
	f := cmd.Flags()
	f.StringVar(&n.Scope.Repository, "repository", "", `repository, or a pattern of them: "acme/*", "ghcr.io/acme/*" (* is within one part)`)
	f.StringVar(&n.Scope.Digest, "digest", "", "digest of an image, of an index that lists it, or of a layer")
	f.StringVar(&n.Scope.Rule, "rule", "", "rule of the finding: miner/binary")
	f.StringVar(&n.Scope.Path, "path", "", `path of the file, or a pattern: "usr/share/doc/*"`)
	f.StringVar(&n.Scope.Fingerprint, "fingerprint", "", "fingerprint of the finding")
	f.StringVar(&n.Scope.Client, "client", "", "address or network of the client (192.0.2.0/24), or the name that the policy has for it")
	f.StringVar(&n.Reason, "reason", "", "why; required")
	f.StringVar(&n.Ticket, "ticket", "", "where it was discussed")
	ends.flags(cmd, "for how long: 7d, 12h; 30d without it, LAZARET_EXCEPTION_MAX_TTL at most", "until when, instead: 2026-12-31, or a time of RFC 3339")
	f.BoolVar(&n.FollowTag, "follow-tag", false, "cover whatever the tag points at, later too")
	return cmd
}

// listExceptions reads all that there are.
func listExceptions(ctx context.Context, s *session, p client.ListExceptionsParams) ([]client.Exception, error) {
	return pages(0, func(cursor string, limit int64) ([]client.Exception, string, error) {
		p.Cursor, p.Limit = cursor, limit
		page, err := got(s.api.ListExceptionsWithResponse(ctx, &p))
		return page.Items, page.Next, err
	})
}

func (d *desk) exceptionList() *cobra.Command {
	var p client.ListExceptionsParams
	cmd := d.command("list", "List the exceptions in force, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		all, err := listExceptions(ctx, s, p)
		return exceptions(all, all...), err
	})
	cmd.Flags().BoolVar(&p.All, "all", false, "those that have expired or were revoked as well")
	cmd.Flags().StringVar(&p.Source, "source", "", `"hand", or "import NAME"`)
	return cmd
}

// completeExceptions offers the IDs of what is in force.
func (d *desk) completeExceptions(cmd *cobra.Command) *cobra.Command {
	return d.complete(cmd, func(ctx context.Context, s *session) (out []string, err error) {
		all, err := listExceptions(ctx, s, client.ListExceptionsParams{})
		for _, e := range all {
			out = append(out, candidate(e.ID, covers(e.Scope)))
		}
		return out, err
	})
}

func (d *desk) exceptionRevoke() *cobra.Command {
	return d.completeExceptions(d.authored(d.command("revoke ID", "End an exception now", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		e, err := got(s.api.RevokeExceptionWithResponse(ctx, id))
		return exceptions(e, e), err
	})))
}

func (d *desk) exceptionRenew() *cobra.Command {
	var ends lifetime
	cmd := d.completeExceptions(d.authored(d.command("renew ID", "Let an exception hold for longer, or for less", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		var l client.Lifetime
		if l.For, l.Expires, err = ends.read(); err != nil {
			return listing{}, err
		}
		e, err := got(s.api.RenewExceptionWithResponse(ctx, id, l))
		return exceptions(e, e), err
	})))
	ends.flags(cmd, "as of add, from now", "as of add")
	return cmd
}

func (d *desk) exceptionImport() *cobra.Command {
	var source string
	cmd := d.authored(d.command("import FILE", "Put the exceptions of a YAML file in force, and end those it no longer has", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		in := client.Import{Source: cmp.Or(source, filepath.Base(args[0]))}
		var err error
		if in.Exceptions, err = readExceptions(args[0]); err != nil {
			return listing{}, err
		}
		done, err := got(s.api.ImportExceptionsWithResponse(ctx, in))
		if err != nil {
			return listing{}, err
		}
		out := listing{value: done, head: []string{"CHANGE", "EXCEPTION"}}
		for _, group := range []struct {
			what  string
			names []string
		}{{"added", done.Added}, {"revoked", done.Revoked}, {"expired, ignored", done.Expired}, {"kept", done.Kept}} {
			for _, name := range group.names {
				out.rows = append(out.rows, []string{group.what, name})
			}
		}
		return out, nil
	}))
	cmd.Long = `Put the exceptions of a YAML file in force, all or none. Exceptions of the same source that
the file has no more are revoked; those added by hand and those of other files are left alone.

    exceptions:
      - name: scanner-team        # within the file
        repository: acme/scan-*   # as the flags of "exception add", each part that is given must match
        rule: hackingtool/tool
        reason: it is what they make
        ticket: SEC-12
        expires: 2027-01-31       # required; a date or a time
      - name: nightly
        repository: acme/app
        tag: nightly              # a tag must be followed, or be a digest
        follow_tag: true
        reason: ours
        expires: 2027-01-31`
	cmd.Flags().StringVar(&source, "source", "", "name of the source; the file's name without it")
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	return cmd
}

// A fileException is an entry of a file of exceptions.
type fileException struct {
	Name        string `yaml:"name"`
	Repository  string `yaml:"repository"`
	Tag         string `yaml:"tag"`
	FollowTag   bool   `yaml:"follow_tag"`
	Digest      string `yaml:"digest"`
	Rule        string `yaml:"rule"`
	Path        string `yaml:"path"`
	Fingerprint string `yaml:"fingerprint"`
	Client      string `yaml:"client"`
	Reason      string `yaml:"reason"`
	Ticket      string `yaml:"ticket"`
	Expires     string `yaml:"expires"`
}

// readExceptions reads a file of exceptions. What it does not know is an error: a scope that
// is misspelt would make an exception wider.
func readExceptions(file string) ([]client.NamedException, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	defer f.Close() // it was only read
	var content struct {
		Exceptions []fileException `yaml:"exceptions"`
	}
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(&content); err != nil {
		return nil, usage(fmt.Errorf("read %s: %w", file, err))
	}
	out := []client.NamedException{} // an empty file ends all that it had
	for i, e := range content.Exceptions {
		name := cmp.Or(e.Name, strconv.Itoa(i+1))
		n := client.NamedException{Name: e.Name, Reason: e.Reason, Ticket: e.Ticket, FollowTag: e.FollowTag, Scope: client.Scope{
			Repository: e.Repository, Tag: e.Tag, Digest: e.Digest, Rule: e.Rule, Path: e.Path, Fingerprint: e.Fingerprint, Client: e.Client,
		}}
		if e.Expires == "" {
			return nil, usage(fmt.Errorf("%s: exception %s does not say when it expires", file, name))
		}
		if n.Expires, err = parseTime(e.Expires); err != nil {
			return nil, usage(fmt.Errorf("%s: exception %s: expires: %w", file, name, err))
		}
		out = append(out, n)
	}
	return out, nil
}

// exceptions shows some, with value as their JSON.
func exceptions(value any, all ...client.Exception) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "EXPIRES", "SOURCE", "AUTHOR", "COVERS", "REASON", "TICKET"}}
	for _, e := range all {
		source := e.Source
		if e.Name != "" {
			source += ": " + e.Name
		}
		out.rows = append(out.rows, []string{strconv.FormatInt(e.ID, 10), string(e.State), clock(e.Expires), source, e.Author, covers(e.Scope), e.Reason, e.Ticket})
	}
	return out
}

// covers says a scope in a line.
func covers(s client.Scope) string {
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"repository", s.Repository}, {"tag", s.Tag}, {"digest", s.Digest}, {"rule", s.Rule},
		{"path", s.Path}, {"fingerprint", s.Fingerprint}, {"client", s.Client},
	} {
		if p.value != "" {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	return strings.Join(parts, " ")
}

// completeWithin is how long a completion may take: somebody waits at the prompt.
const completeWithin = 2 * time.Second

// complete offers the IDs that a command takes. What goes wrong offers nothing.
func (d *desk) complete(cmd *cobra.Command, list func(ctx context.Context, s *session) ([]string, error)) *cobra.Command {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) (out []string, _ cobra.ShellCompDirective) {
		ctx := cmd.Context()
		if ctx == nil {
			ctx = context.Background()
		}
		ctx, cancel := context.WithTimeout(ctx, completeWithin)
		defer cancel()
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if err := d.with(ctx, func(s *session) (err error) {
			out, err = list(ctx, s)
			return err
		}); err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
	return cmd
}

// candidate is an ID with what it is, as shells show it.
func candidate(id int64, what string) string {
	return strconv.FormatInt(id, 10) + "\t" + printable(what)
}
