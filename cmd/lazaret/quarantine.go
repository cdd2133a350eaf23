package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
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

func (d *desk) quarantineList() *cobra.Command {
	f := records.StateFilter{}
	var all bool
	cmd := d.command("list", "List what waits for a person, newest first", exactArgs(0), func(ctx context.Context, _ config.Config, r *records.Records, _ []string) (listing, error) {
		f.State = records.Waiting
		if all {
			f.State = ""
		}
		got, err := r.Quarantine(ctx, f)
		return quarantined(append([]records.Quarantined{}, got...), got...), err
	})
	cmd.Flags().BoolVar(&all, "all", false, "what was released, rejected or cleared as well")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "how many, 1000 at most")
	return cmd
}

func (d *desk) quarantineShow() *cobra.Command {
	return d.command("show ID", "Show the findings on an image in quarantine", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		x, err := r.GetQuarantined(ctx, id)
		out := findings(x.Refused)
		out.value = x
		out.note = fmt.Sprintf("\n%s is %s; refused %d times, first at %s, last at %s. All findings: lazaret explain %s", oci.FullName(x.Registry, x.Repository), x.State, x.Times, clock(x.At), clock(x.Last), x.Digest)
		return out, err
	})
}

func (d *desk) quarantineRelease() *cobra.Command {
	var why, ticket, span, date string
	cmd := d.authored(d.command("release ID", "Make an exception for an image in quarantine", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, id, expires, err := d.decision(args[0], span, date)
		if err != nil {
			return listing{}, err
		}
		x, err := r.Release(ctx, who, id, why, ticket, expires)
		return quarantined(x, x), err
	}))
	cmd.Flags().StringVar(&why, "reason", "", "why; required")
	cmd.Flags().StringVar(&ticket, "ticket", "", "where it was discussed")
	cmd.Flags().StringVar(&span, "for", "", "as of exception add")
	cmd.Flags().StringVar(&date, "expires", "", "as of exception add")
	return cmd
}

func (d *desk) quarantineReject() *cobra.Command {
	var why string
	cmd := d.authored(d.command("reject ID", "Leave an image refused, and take it from the list of what waits", exactArgs(1), func(ctx context.Context, _ config.Config, r *records.Records, args []string) (listing, error) {
		who, id, _, err := d.decision(args[0], "", "")
		if err != nil {
			return listing{}, err
		}
		x, err := r.Reject(ctx, who, id, why)
		return quarantined(x, x), err
	}))
	cmd.Flags().StringVar(&why, "reason", "", "why; required")
	return cmd
}

// decision is who decides about which row, and until when that holds.
func (d *desk) decision(row, span, date string) (who records.Actor, id int64, expires time.Time, err error) {
	if who, err = d.actor(); err == nil {
		if id, err = number(row); err == nil {
			expires, err = until(span, date, time.Now())
		}
	}
	return who, id, expires, err
}

// quarantined shows some, with value as their JSON.
func quarantined(value any, all ...records.Quarantined) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "SINCE", "LAST", "TIMES", "IMAGE", "DIGEST", "WHY", "DECIDED BY"}}
	for _, x := range all {
		out.rows = append(out.rows, []string{
			strconv.FormatInt(x.ID, 10), x.State, clock(x.At), clock(x.Last), strconv.FormatInt(x.Times, 10),
			imageName(x.Refused), x.Digest.String(), because(x.Reasons), x.By,
		})
	}
	return out
}

// imageName is what was refused, as it was asked for.
func imageName(f records.Refused) string {
	name := oci.FullName(f.Registry, f.Repository)
	switch {
	case strings.Contains(f.Reference, ":"):
		return name // by a digest, which has its own column
	case f.Reference != "":
		return name + ":" + f.Reference
	}
	return name
}

// reasonsOf reads the reasons of a row. What cannot be read is not there.
func reasonsOf(b json.RawMessage) []policy.Reason {
	var out []policy.Reason
	if err := json.Unmarshal(b, &out); err != nil {
		return nil
	}
	return out
}

// because is the first reason in a line.
func because(b json.RawMessage) string {
	all := reasonsOf(b)
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
func findings(f records.Refused) listing {
	out := listing{head: []string{"ACTION", "POLICY", "RULE", "LAYER", "PATH", "EVIDENCE", "FINGERPRINT"}}
	for _, why := range reasonsOf(f.Reasons) {
		x := why.Finding
		out.rows = append(out.rows, []string{why.Action.String(), why.Rule, x.Rule, x.Layer.String(), x.Path, x.Evidence, x.Fingerprint()})
	}
	return out
}
