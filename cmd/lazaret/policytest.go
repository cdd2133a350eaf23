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
	cmd := d.command("test", "Say what another policy would have made of the pulls on record", exactArgs(0), func(ctx context.Context, cfg config.Config, r *records.Records, _ []string) (listing, error) {
		if file == "" {
			return listing{}, usage(errors.New("which policy? Give --policy FILE"))
		}
		span, err := parseSpan(since)
		if err != nil {
			return listing{}, usage(fmt.Errorf("--since: %w", err))
		}
		rules, err := readRules(file)
		if err != nil {
			return listing{}, err
		}
		p, err := newReplayer(ctx, t, cfg, r, rules)
		if err != nil {
			return listing{}, err
		}
		defer p.stored.close(ctx)
		got, err := p.run(ctx, r, time.Now().Add(-span))
		if err != nil {
			return listing{}, err
		}
		return replayed(got, file), nil
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

// A replayer has the policy in force, another one, and what a mirror keeps.
type replayer struct {
	stored   *stored
	old, new *policy.Policy
}

// newReplayer opens what the mirror keeps, with the policy in force and another.
func newReplayer(ctx context.Context, t terminal, cfg config.Config, r *records.Records, rules *policy.Rules) (*replayer, error) {
	log := newLogger(t.stderr, cfg)
	s, err := openStored(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	p := &replayer{stored: s}
	if err := p.open(ctx, cfg, r, rules); err != nil {
		s.close(ctx)
		return nil, err
	}
	return p, nil
}

func (p *replayer) open(ctx context.Context, cfg config.Config, r *records.Records, rules *policy.Rules) (err error) {
	a := p.stored.app
	if a.feeds, err = openFeeds(ctx, cfg, a.log, nil); err != nil {
		return err
	}
	if a.clamd, err = openAntivirus(ctx, cfg, a.log); err != nil {
		return err
	}
	if a.allowed, err = allowlist.New(ctx, allowlist.Config{Records: r, Log: a.log, Now: time.Now}); err != nil {
		return err
	}
	if err := a.makeServer(prometheus.NewRegistry(), r); err != nil {
		return err
	}
	if p.old, err = newPolicy(cfg, policy.Enforce, a.feeds); err != nil {
		return err
	}
	p.new, err = policyOf(cfg, policy.Enforce, rules, a.feeds)
	return err
}

func (p *replayer) run(ctx context.Context, r *records.Records, since time.Time) (replay.Result, error) {
	return replay.Run(ctx, replay.Config{Records: r, InForce: p.old, Tried: p.new, Since: since, Reopen: reopener(p.stored.app.server)})
}

// reopener opens cases of a server's images as a replay takes them.
func reopener(s *proxy.Server) func(context.Context, string, string, oci.Digest) (replay.Case, error) {
	return func(ctx context.Context, registry, repository string, d oci.Digest) (replay.Case, error) {
		return s.Reopen(ctx, registry, repository, d, false)
	}
}

// replayed shows what another policy, in a file, would have made of the pulls on record.
func replayed(r replay.Result, file string) listing {
	return listing{value: r, head: []string{"CHANGE", "REPOSITORY", "TAGS", "DIGEST", "WAS", "NOW", "BY", "FINDING", "CLIENTS", "PULLS", "LAST"}, rows: replayedRows(r), note: replayedNote(r, file)}
}

func replayedRows(r replay.Result) (rows [][]string) {
	for _, c := range r.Changes {
		var who []string
		pulls := 0
		for _, client := range c.Clients {
			who = append(who, cmp.Or(client.Name, client.Address))
			pulls += client.Pulls
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
			c.Change, c.Repository, strings.Join(c.Tags, " "), c.Digest.String(), c.Was, c.Now, c.Policy, finding,
			strings.Join(who, " "), strconv.Itoa(pulls), clock(c.Clients[0].Last),
		})
	}
	return rows
}

// replayedNote sums it up.
func replayedNote(r replay.Result, file string) string {
	count := map[string]int{}
	clients := map[string]bool{}
	for _, c := range r.Changes {
		count[c.Change]++
		if c.Change == replay.Refused {
			for _, client := range c.Clients {
				clients[client.Address] = true
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
