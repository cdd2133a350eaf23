package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/internal/admin/client"
	"github.com/lazaret/lazaret/internal/allowlist"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/internal/replay"
	"github.com/lazaret/lazaret/policy"
	"github.com/lazaret/lazaret/proxy"
)

func policyTest(t terminal) *cobra.Command {
	d := &desk{t: t}
	var file, since string
	cmd := d.command("test", "Say what another policy would have made of the pulls on record", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		if file == "" {
			return listing{}, usage(errors.New("which policy? Give --policy FILE"))
		}
		if _, err := admin.ParseSpan(since); err != nil {
			return listing{}, usage(fmt.Errorf("--since: %w", err))
		}
		text, err := readPolicy(file)
		if err != nil {
			return listing{}, err
		}
		if _, err := policy.ParseRules(file, text); err != nil { // with the file's name
			return listing{}, err
		}
		if s.stored != nil { // first, so that what is missing is said as it is
			if err := s.stored.open(ctx); err != nil {
				return listing{}, err
			}
		}
		tried, err := got(s.api.TestPolicyWithResponse(ctx, nil, client.Trial{Text: string(text), Since: since}))
		return replayed(tried, file), err
	})
	cmd.Long = `Decide again on the pulls on record, by the policy in force and by that of a file, each as it
was asked for: its client, its tag, its time. Both see the same: the reports that the mirror
keeps, the exceptions that are in force now. Nothing is downloaded or inspected, and no
record changes.

CHANGE is what the file would do that the policy in force does not:

  refused   refuse what passes
  allowed   let pass what is refused
  audited   let it pass, by a rule in mode audit that would otherwise refuse it

Both are asked as in LAZARET_MODE=enforce. The exit code is 0 whatever the changes.`
	cmd.Flags().StringVar(&file, "policy", "", "the policy file to try")
	cmd.Flags().StringVar(&since, "since", "30d", "how far back: 30d, 12h")
	return cmd
}

// An offline has what a mirror keeps, opened when it is first asked for, and the policy of the
// settings: the mirror itself may not be running.
type offline struct {
	t       terminal
	cfg     config.Config
	records *records.Records
	stored  *stored // nil: not opened
	inForce *policy.Policy
	rules   *policy.Rules
}

func (o *offline) open(ctx context.Context) (err error) {
	if o.stored != nil {
		return nil
	}
	s, err := openStored(ctx, o.cfg, newLogger(o.t.stderr, o.cfg))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.close(ctx)
		}
	}()
	a := s.app
	if a.feeds, err = openFeeds(ctx, o.cfg, a.log, nil); err != nil {
		return err
	}
	if a.clamd, err = openAntivirus(ctx, o.cfg, a.log); err != nil {
		return err
	}
	if a.allowed, err = allowlist.New(ctx, allowlist.Config{Records: o.records, Log: a.log, Now: time.Now}); err != nil {
		return err
	}
	if err := a.makeServer(prometheus.NewRegistry(), o.records); err != nil {
		return err
	}
	if o.rules, err = readRules(o.cfg.Policy); err != nil {
		return err
	}
	if o.inForce, err = policyOf(o.cfg, policy.Enforce, o.rules, a.feeds); err != nil {
		return err
	}
	o.stored = s
	return nil
}

func (o *offline) close(ctx context.Context) {
	if o.stored != nil {
		o.stored.close(ctx)
	}
}

// InForce implements admin.Policies.
func (o *offline) InForce(ctx context.Context) (admin.InForce, error) {
	if err := o.open(ctx); err != nil {
		return admin.InForce{}, err
	}
	return admin.InForce{Policy: o.inForce, Rules: o.rules, File: o.cfg.Policy}, nil
}

// Replay implements admin.Policies.
func (o *offline) Replay(ctx context.Context, rules *policy.Rules, since time.Time) (replay.Result, error) {
	if err := o.open(ctx); err != nil {
		return replay.Result{}, err
	}
	tried, err := policyOf(o.cfg, policy.Enforce, rules, o.stored.app.feeds)
	if err != nil {
		return replay.Result{}, err
	}
	return replay.Run(ctx, replay.Config{Records: o.records, InForce: o.inForce, Tried: tried, Since: since, Reopen: reopener(o.stored.app.server)})
}

// reopener opens cases of a server's images as a replay takes them.
func reopener(s *proxy.Server) func(context.Context, string, string, oci.Digest) (replay.Case, error) {
	return func(ctx context.Context, registry, repository string, d oci.Digest) (replay.Case, error) {
		return s.Reopen(ctx, registry, repository, d, false)
	}
}

// replayed shows what another policy, in a file, would have made of the pulls on record.
func replayed(r client.Replay, file string) listing {
	return listing{value: r, head: []string{"CHANGE", "REPOSITORY", "TAGS", "DIGEST", "WAS", "NOW", "BY", "FINDING", "CLIENTS", "PULLS", "LAST"}, rows: replayedRows(r), notes: []string{replayedNote(r, file)}}
}

func replayedRows(r client.Replay) (rows [][]string) {
	for _, c := range r.Changes {
		var who []string
		pulls := int64(0)
		for _, one := range c.Clients {
			who = append(who, cmp.Or(one.Name, one.Address))
			pulls += one.Pulls
		}
		slices.Sort(who)
		who = slices.Compact(who)
		const most = 5
		if n := len(who) - most; n > 0 {
			who = append(who[:most], fmt.Sprintf("and %d more", n))
		}
		finding := c.Rule
		if c.Path != "" {
			finding += " in " + c.Path
		}
		rows = append(rows, []string{
			string(c.Change), c.Repository, strings.Join(c.Tags, " "), c.Digest, c.Was, c.Now, c.Policy, finding,
			strings.Join(who, " "), strconv.FormatInt(pulls, 10), clock(c.Clients[0].Last),
		})
	}
	return rows
}

// replayedNote sums it up.
func replayedNote(r client.Replay, file string) string {
	count := map[string]int{}
	clients := map[string]bool{}
	for _, c := range r.Changes {
		count[string(c.Change)]++
		if c.Change == replay.Refused {
			for _, one := range c.Clients {
				clients[one.Address] = true
			}
		}
	}
	s := fmt.Sprintf("%d pulls of %d images: %s would newly refuse %d, for %d clients, and newly allow %d", r.Pulls, r.Images, file, count[replay.Refused], len(clients), count[replay.Allowed])
	if n := count[replay.Audited]; n > 0 {
		s += fmt.Sprintf("; rules in mode audit would refuse %d more", n)
	}
	if n := len(r.Unknown); n > 0 {
		s += fmt.Sprintf("; %d lack reports under the rule set in force, and what is said of them is not all", n)
	}
	return s
}
