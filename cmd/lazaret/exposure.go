package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

func exposureCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	f := records.ExposureFilter{}
	var all bool
	cmd := d.command("exposure [DIGEST]", "List who has what would be refused now", cobra.MaximumNArgs(1),
		func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
			if len(args) == 1 {
				var err error
				if f.Digest, err = oci.ParseDigest(args[0]); err != nil {
					return listing{}, usage(err)
				}
			}
			f.Unresolved = !all && f.Digest == ""
			got, err := r.Exposures(ctx, f)
			got = append([]records.Exposure{}, got...) // none is [] in JSON
			if f.Digest != "" {
				return exposedClients(got), err
			}
			return exposures(got), err
		})
	cmd.Long = `List images that were given to clients and would be refused now, since rules, feeds, the policy or
exceptions have changed; and those of which that is not known, since what is known of them is of
older rules ("to be re-inspected"). With a DIGEST, list the clients that have that image.

The mirror finds them after each change and once an hour, and downloads nothing for it.`
	cmd.Flags().BoolVar(&all, "all", false, "those that would pass again as well")
	cmd.Flags().IntVar(&f.Limit, "limit", 1000, "how many, 1000 at most")
	return cmd
}

// exposureState is a state in words.
func exposureState(x records.Exposure) string {
	if x.State == records.Unknown {
		return "to be re-inspected"
	}
	return x.State
}

func exposures(all []records.Exposure) listing {
	out := listing{value: all, head: []string{"STATE", "SINCE", "IMAGE", "DIGEST", "VERDICT", "WHY", "CLIENTS", "FIRST PULL", "LAST PULL"}}
	for _, x := range all {
		var span records.Holder // of all clients
		for _, c := range x.Clients {
			if span.First.IsZero() || c.First.Before(span.First) {
				span.First = c.First
			}
			if c.Last.After(span.Last) {
				span.Last = c.Last
			}
		}
		out.rows = append(out.rows, []string{
			exposureState(x), clock(x.At), oci.FullName(x.Registry, x.Repository), x.Digest.String(), x.Verdict, because(x.Reasons),
			strconv.Itoa(len(x.Clients)), clock(span.First), clock(span.Last),
		})
	}
	return out
}

func exposedClients(all []records.Exposure) listing {
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
