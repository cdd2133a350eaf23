package admin

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/records"
	"github.com/lazaret/lazaret/policy"
)

// A Finding is something that was seen in an image.
type Finding struct {
	Rule        string `json:"rule"`
	Category    string `json:"category"`
	Severity    string `json:"severity"`
	Confidence  string `json:"confidence"`
	Layer       string `json:"layer" doc:"The blob it is in, a config or manifest too; empty of a name."`
	Path        string `json:"path" doc:"Empty of a blob as a whole."`
	Line        int    `json:"line" doc:"From 1; 0 where lines mean nothing."`
	Offset      int64  `json:"offset" doc:"Bytes from the start of the file."`
	Evidence    string `json:"evidence" doc:"What was seen, redacted."`
	CreatedBy   string `json:"created_by" doc:"The entry of the image's history that made the layer."`
	Fingerprint string `json:"fingerprint" doc:"Names this finding in an exception."`
}

func findingOf(f inspect.Finding) Finding {
	return Finding{f.Rule, string(f.Category), f.Severity.String(), f.Confidence.String(), f.Layer.String(), f.Path, f.Line, f.Offset, f.Evidence, f.CreatedBy, f.Fingerprint()}
}

// A Reason is a finding that a rule of the policy minds.
type Reason struct {
	Action  string  `json:"action" doc:"block, quarantine, or allow for a warning."`
	Policy  string  `json:"policy" doc:"The policy's rule."`
	Message string  `json:"message,omitempty" doc:"What it tells a developer."`
	Audit   bool    `json:"audit,omitempty" doc:"The rule is in mode audit: the action is not taken."`
	Finding Finding `json:"finding"`
}

// reasonsOf reads the reasons of a row. What cannot be read is not there.
func reasonsOf(b []byte) []Reason {
	var all []policy.Reason
	if json.Unmarshal(b, &all) != nil {
		all = nil
	}
	out := make([]Reason, 0, len(all))
	for _, r := range all {
		out = append(out, Reason{r.Action.String(), r.Rule, r.Message, r.Audit, findingOf(r.Finding)})
	}
	return out
}

// Refused is what was refused: an image, or a name of which no digest came to be known.
type Refused struct {
	RequestID  string   `json:"request_id" doc:"Of the refusal."`
	Client     string   `json:"client"`
	Registry   string   `json:"registry"`
	Repository string   `json:"repository"`
	Reference  string   `json:"reference" doc:"The tag or digest as it was asked for; empty if a blob's refusal was the first."`
	Digest     string   `json:"digest,omitempty"`
	Reasons    []Reason `json:"reasons" nullable:"false" doc:"Worst first."`
}

func refusedOf(f records.Refused) Refused {
	return Refused{f.RequestID, f.Client, f.Registry, f.Repository, f.Reference, f.Digest.String(), reasonsOf(f.Reasons)}
}

// A Decision is what became of it.
type Decision struct {
	Decided   time.Time `json:"decided,omitzero"`
	By        string    `json:"by,omitempty"`
	Word      string    `json:"word,omitempty" doc:"What they said."`
	Exception int64     `json:"exception,omitempty" doc:"The one that was made."`
}

func decisionOf(d records.Decision) Decision { return Decision{d.Decided, d.By, d.Word, d.Exception} }

// A Quarantined is an image that is refused until a person has looked.
type Quarantined struct {
	ID    int64     `json:"id"`
	State string    `json:"state" enum:"waiting,released,rejected,cleared"`
	At    time.Time `json:"at" doc:"Of the first refusal."`
	Last  time.Time `json:"last" doc:"Of the last one."`
	Times int64     `json:"times" doc:"How many there were."`
	Refused
	Decision
}

func quarantinedOf(x records.Quarantined) Quarantined {
	return Quarantined{x.ID, x.State, x.At, x.Last, x.Times, refusedOf(x.Refused), decisionOf(x.Decision)}
}

// A Release makes an exception.
type Release struct {
	Reason string `json:"reason" minLength:"1" maxLength:"512"`
	Ticket string `json:"ticket,omitempty" maxLength:"512"`
	Lifetime
}

// A Rejection leaves an image refused.
type Rejection struct {
	Reason string `json:"reason" minLength:"1" maxLength:"512"`
}

func (a *api) bindQuarantine() {
	register(a, "list-quarantine", func(ctx context.Context, in *struct {
		Paging
		State string `query:"state" enum:"waiting,released,rejected,cleared" doc:"Those in this state; all without it."`
	}) (*page[Quarantined], error) {
		before, err := in.before()
		if err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Quarantine(ctx, records.StateFilter{State: in.State, Before: before, Limit: in.Limit})
		return paged(&in.Paging, rows, quarantinedOf, func(x records.Quarantined) string { return place(x.At, x.ID) }), err
	})
	register(a, "get-quarantined", func(ctx context.Context, in *ByID) (*answer[Quarantined], error) {
		x, err := a.cfg.Records.GetQuarantined(ctx, in.ID)
		return answerOf(quarantinedOf(x), err)
	})
	register(a, "get-evidence", a.getEvidence)
	register(a, "release-quarantined", func(ctx context.Context, in *struct {
		ByID
		Body Release
	}) (*answer[Quarantined], error) {
		until, err := in.Body.until(a.now())
		if err != nil {
			return nil, err
		}
		x, err := a.cfg.Records.Release(ctx, actorOf(ctx), in.ID, in.Body.Reason, in.Body.Ticket, until)
		return answerOf(quarantinedOf(x), err)
	})
	register(a, "reject-quarantined", func(ctx context.Context, in *struct {
		ByID
		Body Rejection
	}) (*answer[Quarantined], error) {
		x, err := a.cfg.Records.Reject(ctx, actorOf(ctx), in.ID, in.Body.Reason)
		return answerOf(quarantinedOf(x), err)
	})
}
