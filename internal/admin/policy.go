package admin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lazaret/lazaret/internal/replay"
	"github.com/lazaret/lazaret/policy"
)

// Policies are the policy in force, and trials of others.
type Policies interface {
	InForce(ctx context.Context) (InForce, error)
	// Replay decides again on the pulls since a time, by the policy in force and by other rules.
	Replay(ctx context.Context, rules *policy.Rules, since time.Time) (replay.Result, error)
}

// InForce is the policy in force.
type InForce struct {
	Policy  *policy.Policy
	Rules   *policy.Rules
	File    string // that it was read from; "" of the default
	Text    string
	Refused error // of what the file holds now, if that is not in force
}

// A Policy is a policy file.
type Policy struct {
	Revision string       `json:"revision" doc:"Changes with everything that a verdict hangs on, but exceptions; it is the ETag too."`
	Mode     string       `json:"mode" enum:"enforce,hold,audit"`
	File     string       `json:"file,omitempty" doc:"Where it was read from; absent of the default."`
	Rules    []PolicyRule `json:"rules" nullable:"false" doc:"The first that holds counts."`
	Text     string       `json:"text" doc:"The file."`
	Refused  string       `json:"refused,omitempty" doc:"Why what the file holds now is not in force."`
}

// A PolicyRule is a rule of a policy file.
type PolicyRule struct {
	Name    string `json:"name"`
	When    string `json:"when" doc:"A CEL expression."`
	Action  string `json:"action" enum:"allow,warn,quarantine,block"`
	Message string `json:"message,omitempty"`
	Audit   bool   `json:"audit,omitempty"`
}

// A PolicyText is a policy file to try.
type PolicyText struct {
	Text string `json:"text" minLength:"1" doc:"The file, YAML."`
}

// A Checked says whether a policy file could be in force.
type Checked struct {
	Valid  bool    `json:"valid"`
	Rules  int     `json:"rules" doc:"How many it has."`
	Errors []Fault `json:"errors" nullable:"false"`
}

// A Fault is what is wrong with a policy file.
type Fault struct {
	Line    int    `json:"line" doc:"0 of the file as a whole."`
	Message string `json:"message"`
	Snippet string `json:"snippet,omitempty" doc:"Of the expression, and a mark below it."`
}

// faults takes the error of policy.ParseRules apart.
func faults(err error) []Fault {
	out := []Fault{}
	for _, f := range policy.FileErrors(err) {
		out = append(out, Fault{f.Line, f.What, f.Snippet})
	}
	return out
}

// A Trial is a policy file, and how far back to look.
type Trial struct {
	PolicyText
	Since string `json:"since,omitempty" maxLength:"64" doc:"30d, 12h, or a time of RFC 3339; 30d without it."`
}

// A Replay says what another policy would have made of the pulls on record.
type Replay struct {
	Policy  string        `json:"policy" doc:"The revision in force."`
	Tried   string        `json:"tried" doc:"That of the policy that was tried."`
	Pulls   int           `json:"pulls"`
	Images  int           `json:"images"`
	Changes []Difference  `json:"changes" nullable:"false"`
	Unknown []UnknownName `json:"unknown" nullable:"false" doc:"Images without all reports: what is said of them is not all."`
}

// A Difference is an image that another verdict would be given on.
type Difference struct {
	Change     string         `json:"change" enum:"refused,audited,allowed"`
	Repository string         `json:"repository"`
	Digest     string         `json:"digest" doc:"Empty of what was asked for by a name alone."`
	Was        string         `json:"was"`
	Now        string         `json:"now"`
	Policy     string         `json:"policy" doc:"The rule that makes the difference."`
	Rule       string         `json:"rule" doc:"Of the finding that it minds."`
	Path       string         `json:"path"`
	Message    string         `json:"message" doc:"What a developer would be told."`
	Tags       []string       `json:"tags" nullable:"false"`
	Clients    []ReplayClient `json:"clients" nullable:"false"`
}

// A ReplayClient is one that asked for it.
type ReplayClient struct {
	Address string    `json:"address"`
	Name    string    `json:"name" doc:"By the policy that was tried."`
	Pulls   int       `json:"pulls"`
	Last    time.Time `json:"last"`
}

// An UnknownName is an image of which not all is known.
type UnknownName struct {
	Repository string `json:"repository"`
	Digest     string `json:"digest"`
}

func replayOf(r replay.Result) Replay {
	out := Replay{Policy: r.Policy, Tried: r.Tried, Pulls: r.Pulls, Images: r.Images, Changes: []Difference{}, Unknown: []UnknownName{}}
	for _, c := range r.Changes {
		d := Difference{c.Change, c.Repository, c.Digest.String(), c.Was, c.Now, c.Policy, c.Rule, c.Path, c.Message, append([]string{}, c.Tags...), []ReplayClient{}}
		for _, who := range c.Clients {
			d.Clients = append(d.Clients, ReplayClient(who))
		}
		out.Changes = append(out.Changes, d)
	}
	for _, u := range r.Unknown {
		out.Unknown = append(out.Unknown, UnknownName{u.Repository, u.Digest.String()})
	}
	return out
}

func (a *api) bindPolicy() {
	register(a, "get-policy", func(ctx context.Context, in *struct {
		IfNoneMatch []string `header:"If-None-Match" doc:"ETags; 304 if the policy in force has one of them."`
	}) (*tagged[Policy], error) {
		now, err := a.inForce(ctx)
		if err != nil {
			return nil, err
		}
		tag := etag(now)
		if matches(in.IfNoneMatch, tag) {
			return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"Etag": {tag}})
		}
		return &tagged[Policy]{ETag: tag, Body: policyOf(now)}, nil
	})
	register(a, "validate-policy", func(_ context.Context, in *struct{ Body PolicyText }) (*answer[Checked], error) {
		rules, err := policy.ParseRules("policy.yaml", []byte(in.Body.Text))
		out := Checked{Valid: err == nil, Errors: faults(err)}
		if err == nil {
			out.Rules = len(rules.All())
		}
		return answerOf(out, nil)
	})
	register(a, "test-policy", a.testPolicy)
}

// A tagged is a body with what names its state.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func (a *api) inForce(ctx context.Context) (InForce, error) {
	if a.cfg.Policies == nil {
		return InForce{}, errAbsent
	}
	return a.cfg.Policies.InForce(ctx)
}

func etag(p InForce) string { return `"` + p.Policy.Revision() + `"` }

// matches reports whether a header with entity tags has one.
func matches(all []string, tag string) bool {
	for _, t := range all {
		if t = strings.TrimSpace(t); t == "*" || t == tag || t == "W/"+tag {
			return true
		}
	}
	return false
}

func policyOf(p InForce) Policy {
	out := Policy{Revision: p.Policy.Revision(), Mode: string(p.Policy.Mode()), File: p.File, Text: p.Text, Rules: []PolicyRule{}}
	if p.Refused != nil {
		out.Refused = p.Refused.Error()
	}
	for _, r := range p.Rules.All() {
		out.Rules = append(out.Rules, PolicyRule{r.Name, r.When, string(r.Action), r.Message, r.Audit})
	}
	return out
}

// testPolicy tries one policy at a time: it reads every pull and report there is.
func (a *api) testPolicy(ctx context.Context, in *struct {
	IfMatch []string `header:"If-Match" doc:"ETags; 412 if the policy in force, that it is compared with, has none of them."`
	Body    Trial
}) (*answer[Replay], error) {
	now, err := a.inForce(ctx)
	if err != nil {
		return nil, err
	}
	if len(in.IfMatch) > 0 && !matches(in.IfMatch, etag(now)) {
		return nil, huma.NewError(http.StatusPreconditionFailed, "another policy is in force: "+etag(now))
	}
	rules, err := policy.ParseRules("policy.yaml", []byte(in.Body.Text))
	if err != nil {
		return nil, huma.NewError(http.StatusUnprocessableEntity, "the policy does not compile", faultErrors(err)...)
	}
	if in.Body.Since == "" {
		in.Body.Since = "30d"
	}
	from, err := since(in.Body.Since, a.now())
	if err != nil {
		return nil, err
	}
	select {
	case a.trial <- struct{}{}:
		defer func() { <-a.trial }()
	default:
		return nil, errBusy
	}
	got, err := a.cfg.Policies.Replay(ctx, rules, from)
	return answerOf(replayOf(got), err)
}

// faultErrors are faults as details of a problem.
func faultErrors(err error) (out []error) {
	for _, f := range policy.FileErrors(err) {
		out = append(out, errors.New(f.Error()))
	}
	return out
}
