package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/oci"
)

func exposureCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	var p client.ListExposuresParams
	var limit int
	cmd := d.command("exposure [DIGEST]", "List who has what would be refused now", maximumArgs(1),
		func(ctx context.Context, s *session, args []string) (listing, error) {
			if len(args) == 1 {
				digest, err := oci.ParseDigest(args[0])
				if err != nil {
					return listing{}, usage(err)
				}
				p.Digest = digest.String()
			}
			all, err := pages(limit, func(cursor string, limit int64) ([]client.Exposure, string, error) {
				p.Cursor, p.Limit = cursor, limit
				page, err := got(s.api.ListExposuresWithResponse(ctx, &p))
				return page.Items, page.Next, err
			})
			if p.Digest != "" {
				return exposedClients(all), err
			}
			return exposures(all), err
		})
	cmd.Long = `List images that were given to clients and would be refused now, since rules, feeds, the policy or
exceptions have changed; and those of which that is not known, since what is known of them is of
older rules ("to be re-inspected"). With a DIGEST, list the clients that have that image.

The mirror finds them after each change and once an hour, and downloads nothing for it.`
	cmd.Flags().BoolVar(&p.All, "all", false, "those that would pass again as well")
	cmd.Flags().IntVar(&limit, "limit", 1000, "how many; 0 for all")
	return cmd
}

// exposureState is a state in words.
func exposureState(x client.Exposure) string {
	if x.State == "unknown" {
		return "to be re-inspected"
	}
	return string(x.State)
}

func exposures(all []client.Exposure) listing {
	out := listing{value: all, head: []string{"STATE", "SINCE", "IMAGE", "DIGEST", "VERDICT", "WHY", "CLIENTS", "FIRST PULL", "LAST PULL"}}
	for _, x := range all {
		var span client.Holder // of all clients
		for _, c := range x.Clients {
			if span.First.IsZero() || c.First.Before(span.First) {
				span.First = c.First
			}
			if c.Last.After(span.Last) {
				span.Last = c.Last
			}
		}
		out.rows = append(out.rows, []string{
			exposureState(x), clock(x.At), oci.FullName(x.Registry, x.Repository), x.Digest, x.Verdict, because(x.Reasons),
			strconv.Itoa(len(x.Clients)), clock(span.First), clock(span.Last),
		})
	}
	return out
}

func exposedClients(all []client.Exposure) listing {
	out := listing{value: all, head: []string{"STATE", "IMAGE", "VERDICT", "WHY", "CLIENT", "PULLS", "FIRST PULL", "LAST PULL"}}
	for _, x := range all {
		row := []string{exposureState(x), oci.FullName(x.Registry, x.Repository), x.Verdict, because(x.Reasons)}
		if len(x.Clients) == 0 {
			out.rows = append(out.rows, append(row, "", "", "", ""))
		}
		for _, c := range x.Clients {
			out.rows = append(out.rows, append(row[:4:4], clientWords(c.Client, c.Name), strconv.FormatInt(c.Pulls, 10), clock(c.First), clock(c.Last)))
		}
	}
	return out
}
