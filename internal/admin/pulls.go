package admin

import (
	"context"
	"net/netip"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// A Pull is one answer to a client.
type Pull struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	RequestID  string    `json:"request_id"`
	Client     string    `json:"client" doc:"Its address."`
	ClientName string    `json:"client_name,omitempty" doc:"That the policy had for it."`
	UserAgent  string    `json:"user_agent"`
	Registry   string    `json:"registry"`
	Repository string    `json:"repository"`
	Reference  string    `json:"reference" doc:"The tag or digest as it was asked for."`
	Digest     string    `json:"digest" doc:"What was answered with; empty if it came to none."`
	Image      string    `json:"image" doc:"The manifest that it is about."`
	Kind       string    `json:"kind" enum:"manifest,blob"`
	Verdict    string    `json:"verdict" doc:"allow, warn, stream, quarantine, block; empty if there was none."`
	Judged     string    `json:"judged" doc:"The same if the mode were not audit."`
	Reasons    []Reason  `json:"reasons" nullable:"false"`
	Bytes      int64     `json:"bytes" doc:"Of body sent."`
	HeldMS     int64     `json:"held_ms" doc:"Milliseconds that the answer waited for its verdict."`
	Source     string    `json:"source" doc:"store or upstream."`
	Status     int       `json:"status" doc:"HTTP's."`
}

func pullOf(p records.Pull) Pull {
	return Pull{
		p.ID, p.At, p.RequestID, p.Client, p.ClientName, p.UserAgent, p.Registry, p.Repository, p.Reference, p.Digest, p.Image, p.Kind, p.Verdict, p.Judged,
		reasonsOf([]byte(p.Reasons)), p.Bytes, p.HeldMS, p.Source, p.Status,
	}
}

// An Exposure is an image that was given to clients and would not be now.
type Exposure struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at" doc:"When it came into its state."`
	Registry   string    `json:"registry"`
	Repository string    `json:"repository"`
	Digest     string    `json:"digest"`
	State      string    `json:"state" enum:"exposed,unknown,resolved" doc:"unknown: it is to be inspected again under the rules in force."`
	Verdict    string    `json:"verdict,omitempty" doc:"block or quarantine."`
	Reasons    []Reason  `json:"reasons" nullable:"false"`
	Rules      string    `json:"rules" doc:"The rule set that said so."`
	Policy     string    `json:"policy" doc:"The policy's revision."`
	Clients    []Holder  `json:"clients" nullable:"false" doc:"Who has it."`
}

// A Holder is a client that was given an image.
type Holder struct {
	Client string    `json:"client"`
	Name   string    `json:"name,omitempty"`
	First  time.Time `json:"first" doc:"Pull."`
	Last   time.Time `json:"last"`
	Pulls  int64     `json:"pulls"`
}

func exposureOf(x records.Exposure) Exposure {
	out := Exposure{x.ID, x.At, x.Registry, x.Repository, x.Digest.String(), x.State, x.Verdict, reasonsOf(x.Reasons), x.Rules, x.Policy, []Holder{}}
	for _, h := range x.Clients {
		out.Clients = append(out.Clients, Holder(h))
	}
	return out
}

type pullsInput struct {
	Paging
	Digest     string `query:"digest" maxLength:"200" doc:"Of a manifest or blob."`
	Image      string `query:"image" maxLength:"200" doc:"Rows about the image with this digest, its blobs included."`
	Repository string `query:"repository" maxLength:"512" doc:"Of this repository."`
	Client     string `query:"client" maxLength:"512" doc:"Of this client: its address, or the name that the policy has for it."`
	Verdict    string `query:"verdict" enum:"allow,warn,stream,quarantine,block" doc:"With this verdict."`
	Request    string `query:"request" maxLength:"512" doc:"The one with this request ID."`
	Since      string `query:"since" maxLength:"64" doc:"Not older than this: 30d, 12h, or a time of RFC 3339."`
}

// filter reads what is asked for.
func (a *api) filter(in *pullsInput) (f records.Filter, err error) {
	f = records.Filter{Verdict: in.Verdict, RequestID: in.Request, Limit: in.Limit}
	if f.Digest, err = digest(in.Digest); err != nil {
		return f, err
	}
	if f.Image, err = digest(in.Image); err != nil {
		return f, err
	}
	if in.Repository != "" {
		ref, err := a.image(in.Repository)
		if err != nil {
			return f, err
		}
		f.Registry, f.Repository = ref.Registry, ref.Repository
	}
	if _, err := netip.ParseAddr(in.Client); err == nil {
		f.Client = in.Client
	} else {
		f.ClientName = in.Client
	}
	if f.Since, err = since(in.Since, a.now()); err != nil {
		return f, err
	}
	f.Before, err = in.before()
	return f, err
}

func (a *api) bindPulls() {
	register(a, "list-pulls", func(ctx context.Context, in *pullsInput) (*page[Pull], error) {
		f, err := a.filter(in)
		if err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Pulls(ctx, f)
		return paged(&in.Paging, rows, pullOf, func(p records.Pull) string { return place(p.At, p.ID) }), err
	})
	register(a, "list-exposures", func(ctx context.Context, in *struct {
		Paging
		All    bool   `query:"all" doc:"Those that would pass again as well; so it is with a digest."`
		State  string `query:"state" enum:"exposed,unknown,resolved" doc:"Those in this state."`
		Digest string `query:"digest" maxLength:"200" doc:"Of the image with this digest."`
	}) (*page[Exposure], error) {
		f := records.ExposureFilter{State: in.State, Unresolved: !in.All && in.Digest == "" && in.State == "", Limit: in.Limit}
		var err error
		if f.Digest, err = digest(in.Digest); err != nil {
			return nil, err
		}
		if f.Before, err = in.before(); err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Exposures(ctx, f)
		return paged(&in.Paging, rows, exposureOf, func(x records.Exposure) string { return place(x.At, x.ID) }), err
	})
}
