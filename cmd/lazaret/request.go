package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/records"
)

func requestCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	var why string
	cmd := d.authored(d.command("request REQUEST-ID", "Ask for an exception for what was refused; list, approve or decline what was asked", exactArgs(1),
		func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
			who, err := d.actor()
			if err != nil {
				return listing{}, err
			}
			q, err := r.Ask(ctx, who, args[0], why, records.Once{})
			return requests(q, q), err
		}))
	cmd.Long = `Ask for an exception. REQUEST-ID is what stands at the end of the refusal, after "Request".
Whoever looks after the mirror sees it by "lazaret request list", and answers by "lazaret request
approve ID" or "lazaret request decline ID".`
	cmd.Flags().StringVar(&why, "why", "", "what it is needed for; required")
	cmd.AddCommand(d.requestList(), d.requestApprove(), d.requestDecline())
	return cmd
}

func (d *desk) requestList() *cobra.Command {
	f := records.StateFilter{}
	var all bool
	cmd := d.command("list", "List the requests that nobody has answered, newest first", exactArgs(0), func(ctx context.Context, _ config.Config, r *records.Records, _ []string) (listing, error) {
		f.State = records.Asked
		if all {
			f.State = ""
		}
		got, err := r.Requests(ctx, f)
		return requests(append([]records.Request{}, got...), got...), err
	})
	cmd.Flags().BoolVar(&all, "all", false, "those that were answered as well")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "how many, 1000 at most")
	return cmd
}

func (d *desk) requestApprove() *cobra.Command {
	var word, span, date string
	cmd := d.authored(d.command("approve ID", "Make an exception of a request", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, id, expires, err := d.decision(args[0], span, date)
		if err != nil {
			return listing{}, err
		}
		q, err := r.Approve(ctx, who, id, word, expires)
		return requests(q, q), err
	}))
	cmd.Flags().StringVar(&word, "word", "", "what to tell who asked")
	cmd.Flags().StringVar(&span, "for", "", "as of exception add")
	cmd.Flags().StringVar(&date, "expires", "", "as of exception add")
	return cmd
}

func (d *desk) requestDecline() *cobra.Command {
	var word string
	cmd := d.authored(d.command("decline ID", "Answer a request without an exception", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, id, _, err := d.decision(args[0], "", "")
		if err != nil {
			return listing{}, err
		}
		q, err := r.Decline(ctx, who, id, word)
		return requests(q, q), err
	}))
	cmd.Flags().StringVar(&word, "word", "", "what to tell who asked; required")
	return cmd
}

// requests shows some, with value as their JSON.
func requests(value any, all ...records.Request) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "AT", "ASKER", "IMAGE", "WHY", "REFUSED FOR", "ANSWER", "EXCEPTION"}}
	for _, q := range all {
		exception := ""
		if q.Exception > 0 {
			exception = strconv.FormatInt(q.Exception, 10)
		}
		out.rows = append(out.rows, []string{
			strconv.FormatInt(q.ID, 10), q.State, clock(q.At), q.Asker, imageName(q.Refused), q.Why, because(q.Reasons), q.Word, exception,
		})
	}
	return out
}
