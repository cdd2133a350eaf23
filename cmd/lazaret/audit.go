package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin/client"
)

func auditCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{Use: "audit", Short: "Who changed what: list the audit log, and verify that it is whole"}
	cmd.AddCommand(d.auditList(), d.auditVerify())
	return cmd
}

func (d *desk) auditList() *cobra.Command {
	var limit int
	cmd := d.command("list", "List changes, newest first", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		all, err := pages(limit, func(cursor string, limit int64) ([]client.Change, string, error) {
			page, err := got(s.api.ListAuditWithResponse(ctx, &client.ListAuditParams{Cursor: cursor, Limit: limit}))
			return page.Items, page.Next, err
		})
		out := listing{value: all, head: []string{"ID", "AT", "WHO", "FROM", "WHAT", "ROW"}}
		for _, a := range all {
			out.rows = append(out.rows, []string{strconv.FormatInt(a.ID, 10), clock(a.At), a.Actor, a.Origin, a.Action, a.Object})
		}
		return out, err
	})
	cmd.Flags().IntVar(&limit, "limit", 100, "how many; 0 for all")
	return cmd
}

func (d *desk) auditVerify() *cobra.Command {
	var kept string
	cmd := d.command("verify", "Find a row of the audit log that was altered, put in or taken out", exactArgs(0), func(ctx context.Context, s *session, _ []string) (listing, error) {
		if kept != "" {
			id, _, ok := strings.Cut(kept, ":")
			if _, err := number(id); err != nil || !ok {
				return listing{}, usage(fmt.Errorf("--head %.100q is not the head of an audit log, ID:HASH", kept))
			}
		}
		v, err := got(s.api.VerifyAuditWithResponse(ctx, &client.VerifyAuditParams{Head: kept}))
		if err == nil && !v.Whole {
			err = fmt.Errorf("the audit log was tampered with at row %d: %s", v.Tampered, v.Why)
		}
		return listing{value: v, notes: []string{fmt.Sprintf("%d rows, whole. Head: %d:%s", v.ID, v.ID, v.Hash)}}, err
	})
	cmd.Long = `Read the whole audit log and compare each row with its hash, which covers the row before too.

Keep the head that this prints somewhere else, and give it at the next time by --head:
it shows what the log alone cannot, that its end was cut or that it was written anew. The exit code is
1 if the log was tampered with.`
	cmd.Flags().StringVar(&kept, "head", "", "the head, ID:HASH, that an earlier verification printed")
	return cmd
}
