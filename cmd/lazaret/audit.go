package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/records"
)

func auditCommand(t terminal) *cobra.Command {
	d := &desk{t: t}
	cmd := &cobra.Command{Use: "audit", Short: "Who changed what: list the audit log, and verify that it is whole"}
	cmd.AddCommand(d.auditList(), d.auditVerify())
	return cmd
}

func (d *desk) auditList() *cobra.Command {
	var limit int
	cmd := d.command("list", "List changes, newest first", exactArgs(0), func(ctx context.Context, _ config.Config, r *records.Records, _ []string) (listing, error) {
		rows, err := r.Audit(ctx, 0, limit)
		out := listing{value: append([]records.AuditRow{}, rows...), head: []string{"ID", "AT", "WHO", "FROM", "WHAT", "ROW"}}
		for _, a := range rows {
			out.rows = append(out.rows, []string{strconv.FormatInt(a.ID, 10), clock(a.At), a.Actor, a.Origin, a.Action, a.Object})
		}
		return out, err
	})
	cmd.Flags().IntVar(&limit, "limit", 100, "how many, 1000 at most")
	return cmd
}

func (d *desk) auditVerify() *cobra.Command {
	var kept string
	cmd := d.command("verify", "Find a row of the audit log that was altered, put in or taken out", exactArgs(0), func(ctx context.Context, _ config.Config, r *records.Records, _ []string) (listing, error) {
		var head records.AuditHead
		if kept != "" {
			id, hash, ok := strings.Cut(kept, ":")
			var err error
			if head.ID, err = number(id); err != nil || !ok {
				return listing{}, usage(fmt.Errorf("--head %.100q is not the head of an audit log, ID:HASH", kept))
			}
			head.Hash = hash
		}
		now, err := r.VerifyAudit(ctx, head)
		return listing{value: now, note: fmt.Sprintf("%d rows, whole. Head: %d:%s", now.ID, now.ID, now.Hash)}, err
	})
	cmd.Long = `Read the whole audit log and compare each row with its hash, which covers the row before too.

Keep the head that this prints somewhere else, and give it at the next time by --head:
it shows what the log alone cannot, that its end was cut or that it was written anew. The exit code is
1 if the log was tampered with.`
	cmd.Flags().StringVar(&kept, "head", "", "the head, ID:HASH, that an earlier verification printed")
	return cmd
}
