package admin

import (
	"context"
	"time"

	"github.com/lazaret/lazaret/inspect"
)

// A RuleSet is all that is looked for.
type RuleSet struct {
	Ruleset inspect.SetID
	Policy  string // its revision, which covers correlations and names
	Rules   []inspect.Rule
}

// Rules are all that is looked for.
type Rules struct {
	Version string `json:"version" doc:"Of the program."`
	Ruleset string `json:"ruleset" doc:"Changes with every rule, limit and feed."`
	Policy  string `json:"policy" doc:"The policy's revision, which covers what findings prove together and what is known of names."`
	Rules   []Rule `json:"rules" nullable:"false"`
}

// A Rule is something that is looked for.
type Rule struct {
	ID         string `json:"id"`
	Category   string `json:"category"`
	Severity   string `json:"severity"`
	Confidence string `json:"confidence" doc:"The most that a finding of it claims."`
	What       string `json:"what"`
	Source     string `json:"source,omitempty" doc:"Where that is known from."`
}

// A Feed is a list of what others know to be bad.
type Feed struct {
	Name     string    `json:"name" doc:"Where it comes from, without what may be secret of that."`
	Category string    `json:"category"`
	Entries  int       `json:"entries" doc:"In force."`
	LeftOut  int       `json:"left_out" doc:"They would match too much, or cannot be read."`
	Fetched  time.Time `json:"fetched,omitzero" doc:"When what is in force came in; absent of a file, and of what never came."`
	Failed   bool      `json:"failed" doc:"The last look did not succeed."`
}

// Feeds are all of them.
type Feeds struct {
	Feeds []Feed `json:"feeds" nullable:"false"`
}

// A Status says what is in force, and whether all of it is well.
type Status struct {
	Version    string            `json:"version" doc:"Of the program."`
	Started    time.Time         `json:"started"`
	Registries []string          `json:"registries" nullable:"false" doc:"That are mirrored; the first is that of names without one."`
	Upstream   string            `json:"upstream" doc:"Of the first registry."`
	Mode       string            `json:"mode" enum:"enforce,hold,audit"`
	Ruleset    string            `json:"ruleset"`
	Policy     string            `json:"policy" doc:"Its revision."`
	Ready      string            `json:"ready" enum:"ok,degraded,not ready" doc:"As /readyz has it."`
	Parts      map[string]string `json:"parts" doc:"ok or failed, by part."`
}

func (a *api) bindStatus() {
	register(a, "list-rules", func(ctx context.Context, _ *struct{}) (*answer[Rules], error) {
		if a.cfg.Rules == nil {
			return nil, errAbsent
		}
		set, err := a.cfg.Rules(ctx)
		out := Rules{a.cfg.Version, string(set.Ruleset), set.Policy, []Rule{}}
		for _, r := range set.Rules {
			out.Rules = append(out.Rules, Rule{r.ID, string(r.Category), r.Severity.String(), r.Confidence.String(), r.What, r.Source})
		}
		return answerOf(out, err)
	})
	register(a, "list-feeds", func(context.Context, *struct{}) (*answer[Feeds], error) {
		if a.cfg.Feeds == nil {
			return nil, errAbsent
		}
		return answerOf(Feeds{append([]Feed{}, a.cfg.Feeds()...)}, nil)
	})
	register(a, "get-status", func(ctx context.Context, _ *struct{}) (*answer[Status], error) {
		if a.cfg.Status == nil {
			return nil, errAbsent
		}
		out := a.cfg.Status(ctx)
		out.Version, out.Registries = a.cfg.Version, append([]string{a.cfg.Registry}, a.cfg.Others...)
		return answerOf(out, nil)
	})
}
