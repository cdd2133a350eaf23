package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/oci"
)

func quarantineCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "Look at what is refused until a person has looked: list, show, release, reject",
		Long: `Look at the images that a policy put in quarantine. They are refused; what was downloaded of
them waits in the store, so that a release fetches nothing.`,
	}
	cmd.AddCommand(d.quarantineList(), d.quarantineShow(), d.quarantineRelease(), d.quarantineReject())
	return cmd
}

// listQuarantine reads some of what is in a state; "" for all.
func listQuarantine(ctx context.Context, s *session, state string, limit int) ([]client.Quarantined, error) {
	return pages(limit, func(cursor string, limit int64) ([]client.Quarantined, string, error) {
		page, err := got(s.api.ListQuarantineWithResponse(ctx, &client.ListQuarantineParams{Cursor: cursor, Limit: limit, State: client.ListQuarantineParamsState(state)}))
		return page.Items, page.Next, err
	})
}

// completeQuarantine offers the IDs of what waits.
func (d *desk) completeQuarantine(cmd *cobra.Command) *cobra.Command {
	return d.complete(cmd, func(ctx context.Context, s *session) (out []string, err error) {
		all, err := listQuarantine(ctx, s, waiting, 100)
		for _, x := range all {
			out = append(out, candidate(x.ID, imageName(x.Registry, x.Repository, x.Reference)+" "+because(x.Reasons)))
		}
		return out, err
	})
}

// States by which lists are asked for.
const (
	waiting = "waiting" // in quarantine
	open    = "open"    // of a request
)

func (d *desk) quarantineList() *cobra.Command {
	var all bool
	var limit int
	cmd := d.command("list", "List what waits for a person, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		state := waiting
		if all {
			state = ""
		}
		got, err := listQuarantine(ctx, s, state, limit)
		return quarantined(got, got...), err
	})
	cmd.Flags().BoolVar(&all, "all", false, "what was released, rejected or cleared as well")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many; 0 for all")
	return cmd
}

func (d *desk) quarantineShow() *cobra.Command {
	return d.completeQuarantine(d.command("show ID", "Show the findings on an image in quarantine", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		x, err := got(s.api.GetQuarantinedWithResponse(ctx, id))
		out := findings(x.Reasons)
		out.value = x
		out.notes = []string{"", fmt.Sprintf("%s is %s; refused %d times, first at %s, last at %s. All findings: lazaret explain %s", oci.FullName(x.Registry, x.Repository), x.State, x.Times, clock(x.At), clock(x.Last), x.Digest)}
		return out, err
	}))
}

func (d *desk) quarantineRelease() *cobra.Command {
	var b client.Release
	var ends lifetime
	cmd := d.completeQuarantine(d.authored(d.command("release ID", "Make an exception for an image in quarantine", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		if b.For, b.Expires, err = ends.read(); err != nil {
			return listing{}, err
		}
		if b.Reason == "" {
			return listing{}, usage(errors.New("an exception needs an author and a reason: --reason"))
		}
		x, err := got(s.api.ReleaseQuarantinedWithResponse(ctx, id, b))
		return quarantined(x, x), err
	})))
	cmd.Flags().StringVar(&b.Reason, "reason", "", "why; required")
	cmd.Flags().StringVar(&b.Ticket, "ticket", "", "where it was discussed")
	ends.flags(cmd, "as of exception add", "as of exception add")
	return cmd
}

func (d *desk) quarantineReject() *cobra.Command {
	var b client.Rejection
	cmd := d.completeQuarantine(d.authored(d.command("reject ID", "Leave an image refused, and take it from the list of what waits", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		if b.Reason == "" {
			return listing{}, usage(errors.New("a rejection needs a reason: --reason"))
		}
		x, err := got(s.api.RejectQuarantinedWithResponse(ctx, id, b))
		return quarantined(x, x), err
	})))
	cmd.Flags().StringVar(&b.Reason, "reason", "", "why; required")
	return cmd
}

// quarantined shows some, with value as their JSON.
func quarantined(value any, all ...client.Quarantined) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "SINCE", "LAST", "TIMES", "IMAGE", "DIGEST", "WHY", "DECIDED BY"}}
	for _, x := range all {
		out.rows = append(out.rows, []string{
			strconv.FormatInt(x.ID, 10), string(x.State), clock(x.At), clock(x.Last), strconv.FormatInt(x.Times, 10),
			imageName(x.Registry, x.Repository, x.Reference), x.Digest, because(x.Reasons), x.By,
		})
	}
	return out
}

// imageName is what was refused, as it was asked for.
func imageName(registry, repository, reference string) string {
	name := oci.FullName(registry, repository)
	if reference == "" || strings.Contains(reference, ":") { // a digest has its own column
		return name
	}
	return name + ":" + reference
}

// because is the first reason in a line.
func because(all []client.Reason) string {
	if len(all) == 0 {
		return ""
	}
	s := all[0].Finding.Rule
	if p := all[0].Finding.Path; p != "" {
		s += " in " + p
	}
	if n := len(all) - 1; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// findings shows why something was refused.
func findings(all []client.Reason) listing {
	out := listing{head: []string{"ACTION", "POLICY", "RULE", "LAYER", "PATH", "EVIDENCE", "FINGERPRINT"}}
	for _, why := range all {
		x := why.Finding
		out.rows = append(out.rows, []string{why.Action, why.Policy, x.Rule, x.Layer, x.Path, x.Evidence, x.Fingerprint})
	}
	return out
}
