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

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

func exceptionCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{
		Use:   "exception",
		Short: "Let pass what the policy would refuse: add, list, revoke, renew, import",
		Long: `Keep the allowlist. Each change acts on every replica within 2 seconds, downloads nothing,
and leaves a row in the audit log.

These commands work on the database of the settings: run them where the mirror runs, or
with its LAZARET_DATABASE_URL.`,
	}
	cmd.AddCommand(d.exceptionAdd(), d.exceptionList(), d.exceptionRevoke(), d.exceptionRenew(), d.exceptionImport())
	return cmd
}

func (d *desk) exceptionAdd() *cobra.Command {
	var n records.NewException
	var span, date, digest string
	cmd := d.authored(d.command("add [IMAGE]", "Add an exception", cobra.MaximumNArgs(1), func(ctx context.Context, cfg config.Config, r *records.Records, args []string) (listing, error) {
		who, err := d.actor()
		if err != nil {
			return listing{}, err
		}
		n.Scope.Digest = oci.Digest(digest)
		if len(args) == 1 {
			if n.Scope.Repository != "" || digest != "" {
				return listing{}, usage(errors.New("IMAGE says the repository and the digest: leave --repository and --digest out"))
			}
			ref, err := ownImage(cfg, args[0])
			if err != nil {
				return listing{}, err
			}
			n.Scope.Repository, n.Scope.Tag, n.Scope.Digest = oci.FullName(ref.Registry, ref.Repository), ref.Tag, ref.Digest
			if ref.Digest != "" {
				n.Scope.Tag = ""
			}
		} else if n.FollowTag {
			return listing{}, usage(errors.New("--follow-tag needs an IMAGE with a tag"))
		} else if n.Scope.Repository, err = ownRepository(cfg, n.Scope.Repository); err != nil {
			return listing{}, err
		}
		if n.Expires, err = until(span, date, time.Now()); err != nil {
			return listing{}, err
		}
		e, err := r.AddException(ctx, who, n)
		return exceptions(e, e), err
	}))
	cmd.Long = `Add an exception: what it covers is let pass until it expires. Each part that is given
must match; "lazaret explain" and the refusal say the rule, the path and the digest.

IMAGE is a name with a tag or a digest (nginx:1.27, acme/app@sha256:...). A tag stands for the
digest that was last pulled by it: what is pushed under it later is not covered,
unless --follow-tag is given.`
	f := cmd.Flags()
	f.StringVar(&n.Scope.Repository, "repository", "", `repository, or a pattern of them: "acme/*", "ghcr.io/acme/*" (* is within one part)`)
	f.StringVar(&digest, "digest", "", "digest of an image, of an index that lists it, or of a layer")
	f.StringVar(&n.Scope.Rule, "rule", "", "rule of the finding: miner/binary")
	f.StringVar(&n.Scope.Path, "path", "", `path of the file, or a pattern: "usr/share/doc/*"`)
	f.StringVar(&n.Scope.Fingerprint, "fingerprint", "", "fingerprint of the finding")
	f.StringVar(&n.Scope.Client, "client", "", "address or network of the client (192.0.2.0/24), or the name that the policy has for it")
	f.StringVar(&n.Reason, "reason", "", "why; required")
	f.StringVar(&n.Ticket, "ticket", "", "where it was discussed")
	f.StringVar(&span, "for", "", "for how long: 7d, 12h; 30d without it, LAZARET_EXCEPTION_MAX_TTL at most")
	f.StringVar(&date, "expires", "", "until when, instead: 2026-12-31, or a time of RFC 3339")
	f.BoolVar(&n.FollowTag, "follow-tag", false, "cover whatever the tag points at, later too")
	return cmd
}

func (d *desk) exceptionList() *cobra.Command {
	var f records.ExceptionFilter
	var all bool
	cmd := d.command("list", "List the exceptions in force, newest first", exactArgs(0), func(ctx context.Context, _ config.Config, r *records.Records, _ []string) (listing, error) {
		f.InForce = !all
		var got []records.Exception
		for {
			page, err := r.Exceptions(ctx, f)
			if err != nil {
				return listing{}, err
			}
			got = append(got, page...)
			if len(page) < f.Limit {
				break
			}
			last := page[len(page)-1]
			f.Before = records.Key{At: last.At, ID: last.ID}
		}
		return exceptions(append([]records.Exception{}, got...), got...), nil
	})
	f.Limit = 1000
	cmd.Flags().BoolVar(&all, "all", false, "those that have expired or were revoked as well")
	cmd.Flags().StringVar(&f.Source, "source", "", `"hand", or "import NAME"`)
	return cmd
}

func (d *desk) exceptionRevoke() *cobra.Command {
	return d.authored(d.command("revoke ID", "End an exception now", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, err := d.actor()
		if err != nil {
			return listing{}, err
		}
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		e, err := r.Revoke(ctx, who, id)
		return exceptions(e, e), err
	}))
}

func (d *desk) exceptionRenew() *cobra.Command {
	var span, date string
	cmd := d.authored(d.command("renew ID", "Let an exception hold for longer, or for less", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, err := d.actor()
		if err != nil {
			return listing{}, err
		}
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		expires, err := until(span, date, time.Now())
		if err != nil {
			return listing{}, err
		}
		e, err := r.Renew(ctx, who, id, expires)
		return exceptions(e, e), err
	}))
	cmd.Flags().StringVar(&span, "for", "", "as of add, from now")
	cmd.Flags().StringVar(&date, "expires", "", "as of add")
	return cmd
}

func (d *desk) exceptionImport() *cobra.Command {
	var source string
	cmd := d.authored(d.command("import FILE", "Put the exceptions of a YAML file in force, and end those it no longer has", exactArgs(1), func(ctx context.Context, cfg config.Config, r *records.Records, args []string) (listing, error) {
		who, err := d.actor()
		if err != nil {
			return listing{}, err
		}
		in := records.Import{Source: cmp.Or(source, filepath.Base(args[0]))}
		if in.Exceptions, err = readExceptions(cfg, args[0]); err != nil {
			return listing{}, err
		}
		got, err := r.Import(ctx, who, in)
		if err != nil {
			return listing{}, err
		}
		out := listing{value: got, head: []string{"CHANGE", "EXCEPTION"}}
		for _, group := range []struct {
			what  string
			names []string
		}{{"added", got.Added}, {"revoked", got.Revoked}, {"expired, ignored", got.Expired}, {"kept", got.Kept}} {
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
func readExceptions(cfg config.Config, file string) ([]records.NamedException, error) {
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
	var out []records.NamedException
	for i, e := range content.Exceptions {
		if e.Repository, err = ownRepository(cfg, e.Repository); err != nil {
			return nil, usage(fmt.Errorf("%s: exception %s: %w", file, cmp.Or(e.Name, strconv.Itoa(i+1)), err))
		}
		n := records.NamedException{Name: e.Name, NewException: records.NewException{
			Reason: e.Reason, Ticket: e.Ticket, FollowTag: e.FollowTag,
			Scope: records.Scope{
				Repository: e.Repository, Tag: e.Tag, Digest: oci.Digest(e.Digest), Rule: e.Rule,
				Path: e.Path, Fingerprint: e.Fingerprint, Client: e.Client,
			},
		}}
		if e.Expires != "" {
			if n.Expires, err = parseTime(e.Expires); err != nil {
				return nil, usage(fmt.Errorf("%s: exception %s: expires: %w", file, cmp.Or(e.Name, strconv.Itoa(i+1)), err))
			}
		}
		out = append(out, n)
	}
	return out, nil
}

// exceptions shows some, with value as their JSON.
func exceptions(value any, all ...records.Exception) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "EXPIRES", "SOURCE", "AUTHOR", "COVERS", "REASON", "TICKET"}}
	now := time.Now()
	for _, e := range all {
		source := e.Source
		if e.Name != "" {
			source += ": " + e.Name
		}
		out.rows = append(out.rows, []string{strconv.FormatInt(e.ID, 10), e.State(now), clock(e.Expires), source, e.Author, covers(e.Scope), e.Reason, e.Ticket})
	}
	return out
}

// covers says a scope in a line.
func covers(s records.Scope) string {
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"repository", s.Repository}, {"tag", s.Tag}, {"digest", s.Digest.String()}, {"rule", s.Rule},
		{"path", s.Path}, {"fingerprint", s.Fingerprint}, {"client", s.Client},
	} {
		if p.value != "" {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	return strings.Join(parts, " ")
}
