// Package replay says what another policy would have made of the pulls on record.
//
// It decides again on each pull as it was asked for (its client, its tag, its time), by the policy
// in force and by another one. Both see the same: the reports that are kept, the exceptions in
// force now. It promises to download nothing, to inspect nothing and to change no record. It is handed what
// reopens images, and trusts the records to know who pulled what.
package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// A Case is an image with what is known of it; *proxy.Case is one.
type Case interface {
	// DecideBy returns the verdict of a policy on it, as a client asked for it by a tag, or
	// by its digest if that is "", at a time.
	DecideBy(ctx context.Context, p *policy.Policy, client, tag string, at time.Time) policy.Verdict
	// Partial reports whether it is not known what the image is made of.
	Partial() bool
}

// Config is what Run needs.
type Config struct {
	Records *records.Records
	InForce *policy.Policy
	Tried   *policy.Policy
	Since   time.Time // pulls before are left alone
	// Reopen opens the case of an image, or with no digest that of a repository's name.
	Reopen func(ctx context.Context, registry, repository string, d oci.Digest) (Case, error)
}

// A Result is what would be otherwise.
type Result struct {
	Policy  string  `json:"policy"` // revisions
	Tried   string  `json:"tried"`
	Pulls   int     `json:"pulls"`
	Images  int     `json:"images"`
	Changes []Image `json:"changes"`
	Unknown []Name  `json:"unknown"` // reports are missing
}

// An Image is one that another verdict would be given on.
type Image struct {
	Difference
	Tags    []string `json:"tags"`
	Clients []Client `json:"clients"` // last pull first
}

// A Difference is how it would be otherwise.
type Difference struct {
	Change     string     `json:"change"` // Refused, Allowed or Audited
	Repository string     `json:"repository"`
	Digest     oci.Digest `json:"digest"` // "" of what was asked for by a name alone
	Was        string     `json:"was"`
	Now        string     `json:"now"`
	Policy     string     `json:"policy"`  // the rule that makes the difference: the new one's, or the old one's of what is allowed
	Rule       string     `json:"rule"`    // of the finding that it minds
	Path       string     `json:"path"`    // and where that is
	Message    string     `json:"message"` // what a developer would be told
}

// What the policy that is tried would do and the one in force does not.
const (
	Refused = "refused" // refuse what passes
	Audited = "audited" // let it pass, by a rule in mode audit that would otherwise refuse it
	Allowed = "allowed" // let pass what is refused
)

// A Client is one that asked for it.
type Client struct {
	Address string    `json:"address"`
	Name    string    `json:"name"` // by the policy that is tried
	Pulls   int       `json:"pulls"`
	Last    time.Time `json:"last"`
}

// A Name is an image of which not all is known.
type Name struct {
	Repository string     `json:"repository"`
	Digest     oci.Digest `json:"digest"`
}

// A replay decides again on pulls.
type replay struct {
	Config
	pulls   int               // rows
	asked   map[asked]*holder // how each image was asked for
	changes map[Difference]*impact
	images  map[imageOf]bool
	unknown map[imageOf]bool // neither policy can be asked about them: reports are missing
}

// Run decides again on the pulls since a time.
func Run(ctx context.Context, cfg Config) (Result, error) {
	if cfg.Records == nil || cfg.InForce == nil || cfg.Tried == nil || cfg.Reopen == nil {
		return Result{}, errors.New("replay: a part is missing")
	}
	p := &replay{Config: cfg, asked: map[asked]*holder{}, changes: map[Difference]*impact{}, images: map[imageOf]bool{}, unknown: map[imageOf]bool{}}
	if err := p.read(ctx); err != nil {
		return Result{}, err
	}
	if err := p.run(ctx); err != nil {
		return Result{}, err
	}
	return p.result(), nil
}

type imageOf struct {
	registry, repository string
	digest               oci.Digest
}

// name is the repository's, with its registry.
func (i imageOf) name() string { return oci.FullName(i.registry, i.repository) }

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

type impact struct {
	clients map[string]*holder
	tags    map[string]bool
}

// read takes in the pulls, from the latest on.
func (p *replay) read(ctx context.Context) error {
	f := records.Filter{Since: p.Since, Limit: 1000}
	for {
		rows, err := p.Records.Pulls(ctx, f)
		if err != nil {
			return err
		}
		for i := range rows {
			p.note(&rows[i])
		}
		if len(rows) < f.Limit {
			return nil
		}
		last := rows[len(rows)-1]
		f.Before = records.Key{At: last.At, ID: last.ID}
	}
}

// run decides on each way in which an image was asked for.
func (p *replay) run(ctx context.Context) error {
	// Image by image, since an image's reports are read once.
	ways := make([]asked, 0, len(p.asked))
	for a := range p.asked {
		ways = append(ways, a)
	}
	slices.SortFunc(ways, func(a, b asked) int {
		return cmp.Or(strings.Compare(a.registry, b.registry), strings.Compare(a.repository, b.repository), strings.Compare(a.digest.String(), b.digest.String()),
			strings.Compare(a.tag, b.tag), strings.Compare(a.client, b.client), cmp.Compare(a.hour, b.hour))
	})
	var c Case
	for i, a := range ways {
		if i == 0 || a.imageOf != ways[i-1].imageOf {
			var err error
			if c, err = p.Reopen(ctx, a.registry, a.repository, a.digest); err != nil {
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
	a := asked{imageOf: imageOf{row.Registry, row.Repository, oci.Digest(row.Image)}, client: row.Client, hour: row.At.Unix() / 3600}
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
func (p *replay) decide(ctx context.Context, c Case, a asked) {
	h := p.asked[a]
	was, now := c.DecideBy(ctx, p.InForce, a.client, a.tag, h.last), c.DecideBy(ctx, p.Tried, a.client, a.tag, h.last)
	ch := Difference{Repository: a.name(), Digest: a.digest, Was: word(was), Now: word(now)}
	why := now
	switch {
	case now.Action.Refuses() && !was.Action.Refuses():
		ch.Change = Refused
	case was.Action.Refuses() && !now.Action.Refuses():
		ch.Change, why = Allowed, was
	case now.Judged.Refuses() && !was.Judged.Refuses():
		ch.Change = Audited
	}
	// What is missing could still refuse what does not yet.
	if known := len(now.Missing)+len(was.Missing) == 0 && !c.Partial(); !known && (!now.Action.Refuses() || !was.Action.Refuses()) {
		p.unknown[a.imageOf] = true
		if ch.Change != Refused {
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

// result puts it in order.
func (p *replay) result() Result {
	out := Result{Policy: p.InForce.Revision(), Tried: p.Tried.Revision(), Pulls: p.pulls, Images: len(p.images), Changes: []Image{}, Unknown: []Name{}}
	for ch, hit := range p.changes {
		one := Image{Difference: ch, Tags: []string{}}
		for tag := range hit.tags {
			one.Tags = append(one.Tags, tag)
		}
		slices.Sort(one.Tags)
		for address, h := range hit.clients {
			one.Clients = append(one.Clients, Client{address, p.Tried.Client(address).Name, h.pulls, h.last})
		}
		slices.SortFunc(one.Clients, func(a, b Client) int {
			return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.Address, b.Address))
		})
		out.Changes = append(out.Changes, one)
	}
	order := []string{Refused, Audited, Allowed}
	slices.SortFunc(out.Changes, func(a, b Image) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)), strings.Compare(a.Repository, b.Repository),
			strings.Compare(a.Digest.String(), b.Digest.String()), strings.Compare(a.Policy+a.Rule+a.Path+a.Was, b.Policy+b.Rule+b.Path+b.Was))
	})
	for i := range p.unknown {
		out.Unknown = append(out.Unknown, Name{i.name(), i.digest})
	}
	slices.SortFunc(out.Unknown, func(a, b Name) int {
		return cmp.Or(strings.Compare(a.Repository, b.Repository), strings.Compare(a.Digest.String(), b.Digest.String()))
	})
	return out
}
