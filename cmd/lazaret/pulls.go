package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// A pullRow is a pull as JSON.
type pullRow struct {
	ID         int64           `json:"id"`
	At         time.Time       `json:"at"`
	RequestID  string          `json:"request_id"`
	Client     string          `json:"client"`
	ClientName string          `json:"client_name,omitempty"`
	UserAgent  string          `json:"user_agent"`
	Registry   string          `json:"registry"`
	Repository string          `json:"repository"`
	Reference  string          `json:"reference"`
	Digest     string          `json:"digest"`
	Image      string          `json:"image"`
	Kind       string          `json:"kind"`
	Verdict    string          `json:"verdict"`
	Judged     string          `json:"judged"`
	Reasons    json.RawMessage `json:"reasons"`
	Bytes      int64           `json:"bytes"`
	HeldMS     int64           `json:"held_ms"`
	Source     string          `json:"source"`
	Status     int             `json:"status"`
}

func pullsCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	var f records.Filter
	var repository, since string
	cmd := d.command("pulls", "List who pulled what, newest first", exactArgs(0), func(ctx context.Context, cfg config.Config, r *records.Records, _ []string) (listing, error) {
		for _, d := range []oci.Digest{f.Digest, f.Image} {
			if d == "" {
				continue
			}
			if _, err := oci.ParseDigest(d.String()); err != nil {
				return listing{}, usage(err)
			}
		}
		if repository != "" {
			ref, err := ownImage(cfg, repository)
			if err != nil {
				return listing{}, err
			}
			f.Registry, f.Repository = ref.Registry, ref.Repository
		}
		if since != "" {
			span, err := parseSpan(since)
			if err != nil {
				return listing{}, usage(fmt.Errorf("--since: %w", err))
			}
			f.Since = time.Now().Add(-span)
		}
		if _, err := netip.ParseAddr(f.Client); err != nil {
			f.Client, f.ClientName = "", f.Client
		}
		got, err := r.Pulls(ctx, f)
		return pulls(got), err
	})
	flags := cmd.Flags()
	flags.StringVar((*string)(&f.Digest), "digest", "", "of a manifest or blob")
	flags.StringVar((*string)(&f.Image), "image", "", "rows about the image with this digest, its blobs included")
	flags.StringVar(&repository, "repository", "", "of this repository")
	flags.StringVar(&f.Client, "client", "", "of this client: its address, or the name that the policy has for it")
	flags.StringVar(&f.Verdict, "verdict", "", "with this verdict: allow, warn, stream, quarantine, block, test (of the canary)")
	flags.StringVar(&f.RequestID, "request", "", "the one with this request ID")
	flags.StringVar(&since, "since", "", "not older than this: 30d, 12h")
	flags.IntVar(&f.Limit, "limit", 100, "how many, 1000 at most")
	return cmd
}

// clientWords is a client for people.
func clientWords(address, name string) string {
	if name == "" {
		return address
	}
	return address + " (" + name + ")"
}

func pulls(all []records.Pull) listing {
	rows := []pullRow{}
	out := listing{head: []string{"AT", "CLIENT", "REPOSITORY", "REFERENCE", "KIND", "VERDICT", "WHY", "BYTES", "HELD", "SOURCE", "STATUS", "REQUEST"}}
	for _, p := range all {
		reasons := json.RawMessage(p.Reasons)
		if !json.Valid(reasons) {
			reasons = json.RawMessage("[]")
		}
		rows = append(rows, pullRow{
			p.ID, p.At, p.RequestID, p.Client, p.ClientName, p.UserAgent, p.Registry, p.Repository, p.Reference, p.Digest, p.Image, p.Kind, p.Verdict, p.Judged, reasons,
			p.Bytes, p.HeldMS, p.Source, p.Status,
		})
		out.rows = append(out.rows, []string{
			clock(p.At), clientWords(p.Client, p.ClientName), oci.FullName(p.Registry, p.Repository), p.Reference, p.Kind, p.Verdict, because(reasons), strconv.FormatInt(p.Bytes, 10),
			(time.Duration(p.HeldMS) * time.Millisecond).String(), p.Source, strconv.Itoa(p.Status), p.RequestID,
		})
	}
	out.value = rows
	return out
}
