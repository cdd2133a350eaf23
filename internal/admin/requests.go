package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lazaret/lazaret/internal/records"
)

// A Request asks for an exception for what was refused.
type Request struct {
	ID    int64     `json:"id"`
	State string    `json:"state" enum:"open,approved,declined"`
	At    time.Time `json:"at"`
	Asker string    `json:"asker"`
	Why   string    `json:"why"`
	Refused
	Decision
}

func requestOf(q records.Request) Request {
	return Request{q.ID, q.State, q.At, q.Asker, q.Why, refusedOf(q.Refused), decisionOf(q.Decision)}
}

// A NewRequest is what a developer sends.
type NewRequest struct {
	RequestID string `json:"request_id" minLength:"1" maxLength:"512" doc:"What stands at the end of the refusal, after Request."`
	Why       string `json:"why" minLength:"1" maxLength:"512" doc:"What it is needed for."`
	Asker     string `json:"asker,omitempty" maxLength:"200" doc:"Who asks, of those who send no token; it is put down as their own word."`
}

// An Approval makes an exception of a request.
type Approval struct {
	Word string `json:"word,omitempty" maxLength:"512" doc:"What to tell who asked."`
	Lifetime
}

// A Declining answers a request without one.
type Declining struct {
	Word string `json:"word" minLength:"1" maxLength:"512" doc:"What to tell who asked."`
}

func (a *api) bindRequests() {
	register(a, "create-request", a.createRequest)
	register(a, "list-requests", func(ctx context.Context, in *struct {
		Paging
		State string `query:"state" enum:"open,approved,declined" doc:"Those in this state; all without it."`
	}) (*page[Request], error) {
		before, err := in.before()
		if err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Requests(ctx, records.StateFilter{State: in.State, Before: before, Limit: in.Limit})
		return paged(&in.Paging, rows, requestOf, func(q records.Request) string { return place(q.At, q.ID) }), err
	})
	register(a, "get-request", func(ctx context.Context, in *ByID) (*answer[Request], error) {
		q, err := a.cfg.Records.GetRequest(ctx, in.ID)
		return answerOf(requestOf(q), err)
	})
	register(a, "approve-request", func(ctx context.Context, in *struct {
		ByID
		Body Approval
	}) (*answer[Request], error) {
		until, err := in.Body.until(a.now())
		if err != nil {
			return nil, err
		}
		q, err := a.cfg.Records.Approve(ctx, actorOf(ctx), in.ID, in.Body.Word, until)
		return answerOf(requestOf(q), err)
	})
	register(a, "decline-request", func(ctx context.Context, in *struct {
		ByID
		Body Declining
	}) (*answer[Request], error) {
		q, err := a.cfg.Records.Decline(ctx, actorOf(ctx), in.ID, in.Body.Word)
		return answerOf(requestOf(q), err)
	})
}

// createRequest is open to whoever knows the request ID of a refusal on record: it is random,
// and stands in the refusal alone. What such an asker says of themselves is put down as that.
func (a *api) createRequest(ctx context.Context, in *struct {
	Idempotent
	Body NewRequest
}) (*made[Request], error) {
	c := callerOf(ctx)
	who := c.actor()
	if c.Role == 0 {
		if !a.asks.allow(c.from) {
			return nil, huma.ErrorWithHeaders(huma.NewError(http.StatusTooManyRequests, "too many requests from here; wait a while"), http.Header{"Retry-After": {"60"}})
		}
		who.Name = strings.TrimSpace(in.Body.Asker)
		if who.Name == "" {
			return nil, invalid("say who asks, in asker, or send a token")
		}
		who.Name += " (unverified)"
	} else if in.Body.Asker != "" && in.Body.Asker != who.Name {
		return nil, invalid("who asks is known by the token: leave asker out")
	}
	q, err := a.cfg.Records.Ask(ctx, who, in.Body.RequestID, in.Body.Why, in.of(in.Body))
	return madeOf(requestOf(q), q.ID, "/requests", err)
}
