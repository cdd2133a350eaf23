package admin

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// A Notification is something that somebody is to be told.
type Notification struct {
	ID         int64          `json:"id"`
	UID        string         `json:"uid" doc:"The ID of its CloudEvent."`
	At         time.Time      `json:"at" doc:"When it happened."`
	Type       string         `json:"type" doc:"That of its CloudEvent, without io.lazaret."`
	Subject    string         `json:"subject"`
	State      string         `json:"state" enum:"new,unwanted,queued,delivered,dead" doc:"It follows from the deliveries: dead if one is, else queued if one is."`
	Data       map[string]any `json:"data" doc:"What it says, as its CloudEvent does."`
	Deliveries []Delivery     `json:"deliveries" nullable:"false" doc:"One for each webhook that is to have it."`
}

// A Delivery is a notification on its way to one webhook.
type Delivery struct {
	Webhook  string    `json:"webhook" doc:"Its kind, its host, and 8 digits that tell two of one host apart."`
	State    string    `json:"state" enum:"queued,delivered,dead"`
	Since    time.Time `json:"since" doc:"When it was queued."`
	Attempts int64     `json:"attempts" doc:"That were begun."`
	Next     time.Time `json:"next,omitzero" doc:"When it may be tried; while it is tried, when another mirror may take it over."`
	Ended    time.Time `json:"ended,omitzero" doc:"When it was delivered or given up."`
	Error    string    `json:"error,omitempty" doc:"Of the last attempt that failed."`
}

func notificationOf(n records.Notification) Notification {
	out := Notification{n.ID, n.UID, n.At, n.Type, n.Subject, n.State, map[string]any{}, []Delivery{}}
	if json.Unmarshal(n.Data, &out.Data) != nil { // what cannot be read is not there
		out.Data = map[string]any{}
	}
	for _, d := range n.Deliveries {
		out.Deliveries = append(out.Deliveries, Delivery{d.Target, d.State, d.Since, d.Attempts, d.Next, d.Ended, d.Error})
	}
	return out
}

func (a *api) bindNotifications() {
	register(a, "list-notifications", func(ctx context.Context, in *struct {
		Paging
		State string `query:"state" enum:"new,unwanted,queued,delivered,dead" doc:"Those in this state; all without it."`
		Type  string `query:"type" maxLength:"64" doc:"Those of this type: pull.refused."`
	}) (*page[Notification], error) {
		before, err := in.before()
		if err != nil {
			return nil, err
		}
		rows, err := a.cfg.Records.Notifications(ctx, records.NotificationFilter{State: in.State, Type: in.Type, Before: before, Limit: in.Limit})
		return paged(&in.Paging, rows, notificationOf, func(n records.Notification) string { return place(n.At, n.ID) }), err
	})
	register(a, "get-notification", func(ctx context.Context, in *ByID) (*answer[Notification], error) {
		n, err := a.cfg.Records.GetNotification(ctx, in.ID)
		return answerOf(notificationOf(n), err)
	})
	register(a, "replay-notification", func(ctx context.Context, in *ByID) (*answer[Notification], error) {
		n, err := a.cfg.Records.Replay(ctx, actorOf(ctx), in.ID)
		return answerOf(notificationOf(n), err)
	})
}
