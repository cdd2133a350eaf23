package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
)

func notificationsCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{
		Use:   "notifications",
		Short: "Look at what webhooks are told, and deliver anew what was given up: list, show, replay",
		Long: `Look at what the webhooks of LAZARET_WEBHOOKS are told. What one does not take for
LAZARET_WEBHOOK_PATIENCE is dead, until it is replayed.`,
	}
	cmd.AddCommand(d.notificationsList(), d.notificationsShow(), d.notificationsReplay())
	return cmd
}

// dead is the state of notifications that were given up.
const dead = "dead"

// listNotifications reads some of those in a state and of a type; "" for all.
func listNotifications(ctx context.Context, s *session, state, kind string, limit int) ([]client.Notification, error) {
	return pages(limit, func(cursor string, limit int64) ([]client.Notification, string, error) {
		page, err := got(s.api.ListNotificationsWithResponse(ctx, &client.ListNotificationsParams{
			Cursor: cursor, Limit: limit, State: client.ListNotificationsParamsState(state), Type: kind,
		}))
		return page.Items, page.Next, err
	})
}

// completeDead offers the IDs of those that were given up.
func (d *desk) completeDead(cmd *cobra.Command) *cobra.Command {
	return d.complete(cmd, func(ctx context.Context, s *session) (out []string, err error) {
		all, err := listNotifications(ctx, s, dead, "", 100)
		for _, n := range all {
			out = append(out, candidate(n.ID, n.Type+" "+n.Subject))
		}
		return out, err
	})
}

func (d *desk) notificationsList() *cobra.Command {
	states := []string{"new", "unwanted", "queued", "delivered", dead}
	var state, kind string
	var limit int
	cmd := d.command("list", "List notifications, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		if state != "" && !slices.Contains(states, state) {
			return listing{}, usage(fmt.Errorf("--state %.40q is none", state))
		}
		all, err := listNotifications(ctx, s, state, kind, limit)
		return notifications(all, all...), err
	})
	cmd.Flags().StringVar(&state, "state", "", "new, unwanted, queued, delivered or dead; all without it")
	cmd.Flags().StringVar(&kind, "type", "", "those of a type: pull.refused")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many; 0 for all")
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func (d *desk) notificationsShow() *cobra.Command {
	return d.completeDead(d.command("show ID", "Show what a notification says, and its deliveries", exactArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		n, err := got(s.api.GetNotificationWithResponse(ctx, id))
		if err != nil {
			return listing{}, err
		}
		data, err := json.Marshal(n.Data)
		out := listing{value: n, head: []string{"WEBHOOK", "STATE", "SINCE", "ATTEMPTS", "NEXT", "ENDED", "ERROR"}, notes: []string{"", n.Type + " " + n.UID + ": " + string(data)}}
		for _, x := range n.Deliveries {
			out.rows = append(out.rows, []string{x.Webhook, string(x.State), clock(x.Since), strconv.FormatInt(x.Attempts, 10), clock(x.Next), clock(x.Ended), x.Error})
		}
		return out, err
	}))
}

func (d *desk) notificationsReplay() *cobra.Command {
	var all bool
	cmd := d.completeDead(d.authored(d.command("replay [ID]", "Deliver anew what was given up", maximumArgs(1), func(ctx context.Context, s *session, args []string) (listing, error) {
		if all == (len(args) == 1) {
			return listing{}, usage(errors.New("give an ID, or --all for every notification that is dead"))
		}
		if all {
			done, err := replayAll(ctx, s)
			return notifications(done, done...), err
		}
		id, err := number(args[0])
		if err != nil {
			return listing{}, err
		}
		n, err := got(s.api.ReplayNotificationWithResponse(ctx, id))
		return notifications(n, n), err
	})))
	cmd.Flags().BoolVar(&all, "all", false, "every notification that is dead")
	return cmd
}

// replayAll replays what is dead now.
func replayAll(ctx context.Context, s *session) ([]client.Notification, error) {
	all, err := listNotifications(ctx, s, dead, "", 0)
	done := []client.Notification{} // none is [] in JSON
	for _, n := range all {
		res, err := s.api.ReplayNotificationWithResponse(ctx, n.ID)
		if err == nil && (res.StatusCode() == http.StatusConflict || res.StatusCode() == http.StatusNotFound) {
			continue // somebody else did, or it was removed
		}
		n, err := got(res, err)
		if err != nil {
			return done, err
		}
		done = append(done, n)
	}
	return done, err
}

// notifications shows some, with value as their JSON.
func notifications(value any, all ...client.Notification) listing {
	out := listing{value: value, head: []string{"ID", "STATE", "AT", "TYPE", "SUBJECT", "DELIVERED", "ERROR"}}
	for _, n := range all {
		delivered, failure := 0, ""
		for _, x := range n.Deliveries {
			if x.State == "delivered" {
				delivered++
			} else if x.Error != "" {
				failure = x.Webhook + ": " + x.Error
			}
		}
		out.rows = append(out.rows, []string{
			strconv.FormatInt(n.ID, 10), string(n.State), clock(n.At), n.Type, n.Subject, fmt.Sprintf("%d of %d", delivered, len(n.Deliveries)), failure,
		})
	}
	return out
}
