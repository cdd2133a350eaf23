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
		p, err := newReplay(ctx, t, cfg, r, rules)
		if err != nil {
			return listing{}, err
		}
		defer p.stored.close(ctx)
		if err := p.run(ctx, r, time.Now().Add(-span)); err != nil {
			return listing{}, err
		}
		return p.listing(file), nil
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

// A replay decides again on pulls.
type replay struct {
	stored   *stored
	old, new *policy.Policy

	pulls   int                // rows
	asked   map[asked]*holder  // how each image was asked for
	changes map[change]*impact // what would be otherwise
	images  map[imageOf]bool
	unknown map[imageOf]bool // neither policy can be asked about them: reports are missing
}

type imageOf struct {
	repository string
	digest     oci.Digest
}

// asked is one way in which an image was asked for. The time counts by the hour: a policy
// that tells minutes apart is not worth a decision for each pull.
type asked struct {
	imageOf
	tag, client string
	hour        int64
}

type holder struct {
	last  time.Time
	pulls int
}

// A change is an image that another verdict would be given on.
type change struct {
	Change     string     `json:"change"` // refused, allowed or audited
	Repository string     `json:"repository"`
	Digest     oci.Digest `json:"digest"` // "" of what was asked for by a name alone
	Was        string     `json:"was"`
	Now        string     `json:"now"`
	Policy     string     `json:"policy"`  // the rule that makes the difference: the new one's, or the old one's of what is allowed
	Rule       string     `json:"rule"`    // of the finding that it minds
	Path       string     `json:"path"`    // and where that is
	Message    string     `json:"message"` // what a developer would be told
}

type impact struct {
	clients map[string]*holder
	tags    map[string]bool
}

// newReplay opens what the mirror keeps, with the policy in force and another.
func newReplay(ctx context.Context, t terminal, cfg config.Config, r *records.Records, rules *policy.Rules) (*replay, error) {
	log := newLogger(t.stderr, cfg)
	s, err := openStored(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	p := &replay{stored: s, asked: map[asked]*holder{}, changes: map[change]*impact{}, images: map[imageOf]bool{}, unknown: map[imageOf]bool{}}
	if err := p.open(ctx, cfg, r, rules); err != nil {
		s.close(ctx)
		return nil, err
	}
	return p, nil
}

func (p *replay) open(ctx context.Context, cfg config.Config, r *records.Records, rules *policy.Rules) (err error) {
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

// run reads the pulls since a time, and decides on each way in which an image was asked for.
func (p *replay) run(ctx context.Context, r *records.Records, since time.Time) error {
	f := records.Filter{Since: since, Limit: 1000}
	for {
		rows, err := r.Pulls(ctx, f)
		if err != nil {
			return err
		}
		for i := range rows {
			p.note(&rows[i])
		}
		if len(rows) < f.Limit {
			break
		}
		last := rows[len(rows)-1]
		f.Before = records.Key{At: last.At, ID: last.ID}
	}
	// Image by image, since an image's reports are read once.
	ways := make([]asked, 0, len(p.asked))
	for a := range p.asked {
		ways = append(ways, a)
	}
	slices.SortFunc(ways, func(a, b asked) int {
		return cmp.Or(strings.Compare(a.repository, b.repository), strings.Compare(a.digest.String(), b.digest.String()),
			strings.Compare(a.tag, b.tag), strings.Compare(a.client, b.client), cmp.Compare(a.hour, b.hour))
	})
	var c *proxy.Case
	for i, a := range ways {
		if i == 0 || a.imageOf != ways[i-1].imageOf {
			var err error
			if c, err = p.stored.app.server.Reopen(ctx, a.repository, a.digest, false); err != nil {
				return err
			}
		}
		p.decide(ctx, c, a)
	}
	return nil
}

// note takes a row in. Blobs follow their manifests.
func (p *replay) note(row *records.Pull) {
	if row.Kind != "manifest" || row.Repository == "" {
		return
	}
	a := asked{imageOf: imageOf{row.Repository, oci.Digest(row.Image)}, client: row.Client, hour: row.At.Unix() / 3600}
	if !strings.Contains(row.Reference, ":") {
		a.tag = row.Reference
	}
	h := p.asked[a]
	if h == nil {
		h = &holder{}
		p.asked[a] = h
	}
	h.add(row.At, 1)
	p.pulls++
	p.images[a.imageOf] = true
}

func (h *holder) add(at time.Time, pulls int) {
	h.pulls += pulls
	if at.After(h.last) {
		h.last = at
	}
}

// decide asks both policies.
func (p *replay) decide(ctx context.Context, c *proxy.Case, a asked) {
	h := p.asked[a]
	ask := proxy.Asking{Client: a.client, Tag: a.tag, At: h.last}
	was, now := c.DecideBy(ctx, p.old, ask), c.DecideBy(ctx, p.new, ask)
	ch := change{Repository: a.repository, Digest: a.digest, Was: word(was), Now: word(now)}
	why := now
	switch {
	case now.Action.Refuses() && !was.Action.Refuses():
		ch.Change = "refused"
	case was.Action.Refuses() && !now.Action.Refuses():
		ch.Change, why = "allowed", was
	case now.Judged.Refuses() && !was.Judged.Refuses():
		ch.Change = "audited"
	}
	// What is missing could still refuse what does not yet.
	if known := len(now.Missing)+len(was.Missing) == 0 && !c.Partial(); !known && (!now.Action.Refuses() || !was.Action.Refuses()) {
		p.unknown[a.imageOf] = true
		if ch.Change != "refused" {
			return
		}
	}
	if ch.Change == "" {
		return
	}
	if len(why.Reasons) > 0 {
		r := why.Reasons[0]
		ch.Policy, ch.Rule, ch.Path, ch.Message = r.Rule, r.Finding.Rule, r.Finding.Path, r.Message
	}
	hit := p.changes[ch]
	if hit == nil {
		hit = &impact{clients: map[string]*holder{}, tags: map[string]bool{}}
		p.changes[ch] = hit
	}
	if hit.clients[a.client] == nil {
		hit.clients[a.client] = &holder{}
	}
	hit.clients[a.client].add(h.last, h.pulls)
	if a.tag != "" {
		hit.tags[a.tag] = true
	}
}

// word is a verdict in one.
func word(v policy.Verdict) string {
	if v.Warned() {
		return "warn"
	}
	return v.Action.String()
}

// What is printed, as JSON.
type (
	replayed struct {
		Policy  string          `json:"policy"` // revisions
		Tried   string          `json:"tried"`
		Pulls   int             `json:"pulls"`
		Images  int             `json:"images"`
		Changes []replayedImage `json:"changes"`
		Unknown []replayedName  `json:"unknown"` // reports are missing
	}
	replayedImage struct {
		change
		Tags    []string         `json:"tags"`
		Clients []replayedClient `json:"clients"`
	}
	replayedClient struct {
		Address string    `json:"address"`
		Name    string    `json:"name"` // by the new policy
		Pulls   int       `json:"pulls"`
		Last    time.Time `json:"last"`
	}
	replayedName struct {
		Repository string     `json:"repository"`
		Digest     oci.Digest `json:"digest"`
	}
)

func (p *replay) listing(file string) listing {
	out := replayed{Policy: p.old.Revision(), Tried: p.new.Revision(), Pulls: p.pulls, Images: len(p.images), Changes: []replayedImage{}, Unknown: []replayedName{}}
	for ch, hit := range p.changes {
		one := replayedImage{change: ch, Tags: []string{}}
		for tag := range hit.tags {
			one.Tags = append(one.Tags, tag)
		}
		slices.Sort(one.Tags)
		for address, h := range hit.clients {
			one.Clients = append(one.Clients, replayedClient{address, p.new.Client(address).Name, h.pulls, h.last})
		}
		slices.SortFunc(one.Clients, func(a, b replayedClient) int {
			return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.Address, b.Address))
		})
		out.Changes = append(out.Changes, one)
	}
	order := []string{"refused", "audited", "allowed"}
	slices.SortFunc(out.Changes, func(a, b replayedImage) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)), strings.Compare(a.Repository, b.Repository),
			strings.Compare(a.Digest.String(), b.Digest.String()), strings.Compare(a.Policy+a.Rule+a.Path+a.Was, b.Policy+b.Rule+b.Path+b.Was))
	})
	for i := range p.unknown {
		out.Unknown = append(out.Unknown, replayedName{i.repository, i.digest})
	}
	slices.SortFunc(out.Unknown, func(a, b replayedName) int {
		return cmp.Or(strings.Compare(a.Repository, b.Repository), strings.Compare(a.Digest.String(), b.Digest.String()))
	})
	return listing{value: out, head: []string{"CHANGE", "REPOSITORY", "TAGS", "DIGEST", "WAS", "NOW", "BY", "FINDING", "CLIENTS", "PULLS", "LAST"}, rows: out.rows(), note: out.note(file)}
}

func (r *replayed) rows() (rows [][]string) {
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

// note sums it up.
func (r *replayed) note(file string) string {
	count := map[string]int{}
	clients := map[string]bool{}
	for _, c := range r.Changes {
		count[c.Change]++
		if c.Change == "refused" {
			for _, client := range c.Clients {
				clients[client.Address] = true
			}
		}
	}
	s := fmt.Sprintf("%d pulls of %d images: %s would newly refuse %d, for %d clients, and newly allow %d", r.Pulls, r.Images, file, count["refused"], len(clients), count["allowed"])
	if n := count["audited"]; n > 0 {
		s += fmt.Sprintf("; rules in mode audit would refuse %d more", n)
	}
	if n := len(r.Unknown); n > 0 {
		s += fmt.Sprintf("; %d lack reports under the rule set in force, and what is said of them is not all", n)
	}
	return s
}
