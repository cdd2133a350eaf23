package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
)

func requestCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	var why string
	cmd := d.authored(d.command("request REQUEST-ID", "Ask for an exception for what was refused; list, approve or decline what was asked", exactArgs(1),
		func(ctx context.Context, s *session, args []string) (listing, error) {
			b := client.NewRequest{RequestID: args[0], Why: why}
			if s.nobody { // no token says who asks
				b.Asker = d.user()
			}
			switch {
			case why == "":
				return listing{}, usage(errors.New("a request needs a name and a reason: --why"))
			case s.nobody && b.Asker == "":
				return listing{}, usage(errNobody)
			}
			q, err := made(s.api.CreateRequestWithResponse(ctx, nil, b))
			return requests(q, q), err
		}))
	cmd.Long = `Ask for an exception. REQUEST-ID is what stands at the end of the refusal, after "Request".
It takes no token: who knows the ID was refused. Whoever looks after the mirror sees it by
"lazaret request list", and answers by "lazaret request approve ID" or "lazaret request decline ID".`
	cmd.Flags().StringVar(&why, "why", "", "what it is needed for; required")
	cmd.AddCommand(d.requestList(), d.requestApprove(), d.requestDecline())
	return cmd
}

// listRequests reads some of those in a state; "" for all.
func listRequests(ctx context.Context, s *session, state string, limit int) ([]client.Request, error) {
	return pages(limit, func(cursor string, limit int64) ([]client.Request, string, error) {
		page, err := got(s.api.ListRequestsWithResponse(ctx, &client.ListRequestsParams{Cursor: cursor, Limit: limit, State: client.ListRequestsParamsState(state)}))
		return page.Items, page.Next, err
	})
}

// completeRequests offers the IDs of those that nobody has answered.
func (d *desk) completeRequests(cmd *cobra.Command) *cobra.Command {
	return d.complete(cmd, func(ctx context.Context, s *session) (out []string, err error) {
		all, err := listRequests(ctx, s, open, 100)
		for _, q := range all {
			out = append(out, candidate(q.ID, q.Asker+": "+imageName(q.Registry, q.Repository, q.Reference)))
		}
		return out, err
	})
}

func (d *desk) requestList() *cobra.Command {
	var all bool
	var limit int
	cmd := d.command("list", "List the requests that nobody has answered, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		state := open
		if all {
			state = ""
		}
		got, err := listRequests(ctx, s, state, limit)
		return requests(got, got...), err
	})
	cmd.Flags().BoolVar(&all, "all", false, "those that were answered as well")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many; 0 for all")
	return cmd
}

func (d *desk) requestApprove() *cobra.Command {
	var b client.Approval
	var ends lifetime
	cmd := d.completeRequests(d.authored(d.command("approve ID", "Make an exception of a request", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		if b.For, b.Expires, err = ends.read(); err != nil {
			return listing{}, err
		}
		q, err := got(s.api.ApproveRequestWithResponse(ctx, id, b))
		return requests(q, q), err
	})))
	cmd.Flags().StringVar(&b.Word, "word", "", "what to tell who asked")
	ends.flags(cmd, "as of exception add", "as of exception add")
	return cmd
}

func (d *desk) requestDecline() *cobra.Command {
	var b client.Declining
	cmd := d.completeRequests(d.authored(d.command("decline ID", "Answer a request without an exception", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		if b.Word == "" {
			return listing{}, usage(errors.New("whoever asked wants to know why not: --word"))
		}
		q, err := got(s.api.DeclineRequestWithResponse(ctx, id, b))
		return requests(q, q), err
	})))
	cmd.Flags().StringVar(&b.Word, "word", "", "what to tell who asked; required")
	return cmd
}

// requests shows some, with value as their JSON.
func requests(value any, all ...client.Request) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "AT", "ASKER", "IMAGE", "WHY", "REFUSED FOR", "ANSWER", "EXCEPTION"}}
	for _, q := range all {
		exception := ""
		if q.Exception > 0 {
			exception = strconv.FormatInt(q.Exception, 10)
		}
		out.rows = append(out.rows, []string{
			strconv.FormatInt(q.ID, 10), string(q.State), clock(q.At), q.Asker, imageName(q.Registry, q.Repository, q.Reference), q.Why, because(q.Reasons), q.Word, exception,
		})
	}
	return out
}
