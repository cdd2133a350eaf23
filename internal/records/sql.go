package records

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

func page(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}

// A clause is the WHERE of a query, with its arguments.
type clause struct {
	conditions []string
	args       []any
}

// and adds a condition; each ? in it stands for the next of args.
func (c *clause) and(condition string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.conditions = append(c.conditions, condition)
}

func (c *clause) is(column, value string) {
	if value != "" {
		c.and(column+" = ?", value)
	}
}

// String is the clause, with a limit on rows.
func (c *clause) limited(order string, limit int) string {
	where := ""
	if len(c.conditions) > 0 {
		where = " WHERE " + strings.Join(c.conditions, " AND ")
	}
	return fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, order, page(limit))
}

// A querier is the database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, q querier, what string, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("records: list %s: %w", what, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("records: read %s: %w", what, err)
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("records: list %s: %w", what, err)
	}
	return out, nil
}

// one reads the only row of a query, or the first; ErrNone if it has none.
func one[T any](ctx context.Context, q querier, what string, scan func(*sql.Rows) (T, error), query string, args ...any) (T, error) {
	rows, err := list(ctx, q, what, scan, query, args...)
	if err != nil || len(rows) == 0 {
		var none T
		if err == nil {
			err = ErrNone
		}
		return none, err
	}
	return rows[0], nil
}

func scanInt(rows *sql.Rows) (n int64, err error) {
	err = rows.Scan(&n)
	return n, err
}

func scanText(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

func isHex(s string, digits int) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == digits
}

// isClient reports whether s is an address, a network, or a name: a word that does not look
// like one of those gone wrong.
func isClient(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	return text(s, maxText) == s && !strings.ContainsAny(s, "/: \t\n") && strings.Trim(s, "0123456789.") != ""
}

// fromMicro is the time of a column in which 0 stands for none; micro is its inverse.
func fromMicro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// placeholders makes ($1, $2), ($3, $4) for rows and columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j := range columns {
			if j > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", i*columns+j+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}
