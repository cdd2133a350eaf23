package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseSpan reads a duration, which may be in days: 7d, 12h.
func ParseSpan(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%.80q is not a duration (7d, 12h, 30m)", s)
	}
	return d, nil
}

// A Lifetime says when something ends; without either, after the time that is usual.
type Lifetime struct {
	For     string    `json:"for,omitempty" maxLength:"32" doc:"For how long from now: 7d, 12h."`
	Expires time.Time `json:"expires,omitzero" doc:"Until when, instead."`
}

// until is when it ends, zero for what is usual.
func (l Lifetime) until(now time.Time) (time.Time, error) {
	switch {
	case l.For != "" && !l.Expires.IsZero():
		return time.Time{}, invalid("for and expires: one is enough")
	case l.For != "":
		d, err := ParseSpan(l.For)
		if err != nil {
			return time.Time{}, invalid("for: %v", err)
		}
		return now.Add(d), nil
	}
	return l.Expires, nil
}

// since is the begin of a time that lasts until now, from a duration or a time of RFC 3339;
// zero of "".
func since(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	d, err := ParseSpan(s)
	if err != nil {
		return time.Time{}, invalid("since: %v, nor a time (2026-12-31T18:00:00Z)", err)
	}
	return now.Add(-d), nil
}
