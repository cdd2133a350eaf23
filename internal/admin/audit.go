package admin

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lazaret/lazaret/internal/records"
)

// A Change is a row of the audit log.
type Change struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Origin   string    `json:"origin" doc:"From where, and by which credentials."`
	Action   string    `json:"action"`
	Object   string    `json:"object" doc:"The number of the row that was changed."`
	Before   string    `json:"before,omitempty" doc:"JSON."`
	After    string    `json:"after,omitempty" doc:"JSON."`
	Previous string    `json:"previous" doc:"The hash of the row before."`
	Hash     string    `json:"hash"`
}

// A Verification says whether the audit log is what was written.
type Verification struct {
	Whole    bool   `json:"whole"`
	ID       int64  `json:"id" doc:"Of the last row that is as it was written."`
	Hash     string `json:"hash" doc:"Its hash. Keep both elsewhere, and give them as head at the next time."`
	Tampered int64  `json:"tampered,omitempty" doc:"The first row that is not."`
	Why      string `json:"why,omitempty"`
}

func (a *api) bindAudit() {
	register(a, "list-audit", func(ctx context.Context, in *Paging) (*page[Change], error) {
		var before int64
		parts, err := in.keys(1)
		if err == nil && parts != nil {
			before, err = strconv.ParseInt(parts[0], 10, 64)
		}
		if err != nil {
			return nil, errCursor
		}
		rows, err := a.cfg.Records.Audit(ctx, before, in.Limit)
		return paged(in, rows, func(r records.AuditRow) Change { return Change(r) }, func(r records.AuditRow) string { return strconv.FormatInt(r.ID, 10) }), err
	})
	register(a, "verify-audit", func(ctx context.Context, in *struct {
		Head string `query:"head" maxLength:"200" doc:"The head, ID:HASH, of an earlier verification: shows that the end was not cut, nor the log written anew."`
	}) (*answer[Verification], error) {
		var kept records.AuditHead
		if in.Head != "" {
			id, hash, ok := strings.Cut(in.Head, ":")
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil || !ok || n < 1 {
				return nil, invalid("head: %.100q is not the head of an audit log, ID:HASH", in.Head)
			}
			kept = records.AuditHead{ID: n, Hash: hash}
		}
		head, err := a.cfg.Records.VerifyAudit(ctx, kept)
		out := Verification{Whole: err == nil, ID: head.ID, Hash: head.Hash}
		var tampered *records.TamperedError
		if errors.As(err, &tampered) {
			out.Tampered, out.Why, err = tampered.ID, tampered.Why, nil
		}
		return answerOf(out, err)
	})
}
