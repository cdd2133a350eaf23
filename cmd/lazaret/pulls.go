package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/oci"
)

func pullsCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	var p client.ListPullsParams
	var verdict string
	var limit int
	cmd := d.command("pulls", "List who pulled what, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		for _, d := range []string{p.Digest, p.Image} {
			if d == "" {
				continue
			}
			if _, err := oci.ParseDigest(d); err != nil {
				return listing{}, usage(err)
			}
		}
		if p.Since != "" {
			if _, err := admin.ParseSpan(p.Since); err != nil {
				return listing{}, usage(fmt.Errorf("--since: %w", err))
			}
		}
		p.Verdict = client.ListPullsParamsVerdict(verdict)
		all, err := pages(limit, func(cursor string, limit int64) ([]client.Pull, string, error) {
			p.Cursor, p.Limit = cursor, limit
			page, err := got(s.api.ListPullsWithResponse(ctx, &p))
			return page.Items, page.Next, err
		})
		return pulls(all), err
	})
	flags := cmd.Flags()
	flags.StringVar(&p.Digest, "digest", "", "of a manifest or blob")
	flags.StringVar(&p.Image, "image", "", "rows about the image with this digest, its blobs included")
	flags.StringVar(&p.Repository, "repository", "", "of this repository")
	flags.StringVar(&p.Client, "client", "", "of this client: its address, or the name that the policy has for it")
	flags.StringVar(&verdict, "verdict", "", "with this verdict: allow, warn, stream, quarantine, block")
	flags.StringVar(&p.Request, "request", "", "the one with this request ID")
	flags.StringVar(&p.Since, "since", "", "not older than this: 30d, 12h")
	flags.IntVar(&limit, "limit", 100, "how many; 0 for all")
	_ = cmd.RegisterFlagCompletionFunc("verdict", cobra.FixedCompletions([]string{"allow", "warn", "stream", "quarantine", "block"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

// clientWords is a client for people.
func clientWords(address, name string) string {
	if name == "" {
		return address
	}
	return address + " (" + name + ")"
}

func pulls(all []client.Pull) listing {
	out := listing{value: all, head: []string{"AT", "CLIENT", "REPOSITORY", "REFERENCE", "KIND", "VERDICT", "WHY", "BYTES", "HELD", "SOURCE", "STATUS", "REQUEST"}}
	for _, p := range all {
		out.rows = append(out.rows, []string{
			clock(p.At), clientWords(p.Client, p.ClientName), oci.FullName(p.Registry, p.Repository), p.Reference, string(p.Kind), p.Verdict, because(p.Reasons), strconv.FormatInt(p.Bytes, 10),
			(time.Duration(p.HeldMs) * time.Millisecond).String(), p.Source, strconv.FormatInt(p.Status, 10), p.RequestID,
		})
	}
	return out
}
