package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

// prefix begins the name of every setting.
const prefix = "LAZARET_"

// Load makes a Config of environ, which has the form of os.Environ. The error has
// one line for each variable that is wrong, and no secret.
func Load(environ []string) (Config, error) {
	vars := env.ToMap(environ)
	var c Config
	errs := unknown(vars)
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		errs = append(errs, readable(err, vars)...)
	}
	if len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	if c.SpoolDir == "" {
		c.SpoolDir = filepath.Join(c.DataDir, "spool")
	}
	if err := c.validate(); err != nil {
		return Config{}, err
	}
	var err error
	if c.Registries, err = c.readRegistries(vars); err != nil {
		return Config{}, err
	}
	return c, nil
}

// readable turns the parser's errors, which name fields and types, into lines that
// name variables and say what was expected.
func readable(err error, vars map[string]string) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{fmt.Errorf("reading the environment: %w", err)}
	}
	var out []error
	for _, one := range all.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			out = append(out, fmt.Errorf("reading the environment: %w", one))
			continue
		}
		for _, s := range settings(Config{}) {
			if s.field == parse.Name {
				out = append(out, s.bad(vars[s.name], expected(parse)))
			}
		}
	}
	return out
}

// expected says what a value should have been.
func expected(err env.ParseError) string {
	var number *strconv.NumError
	switch {
	case err.Type.String() == "slog.Level":
		return "not a level (debug, info, warn, error)"
	case err.Type.String() == "time.Duration":
		return "not a duration (500ms, 30s, 5m, 1h30m)"
	case err.Type.Kind().String() == "bool":
		return "not true or false"
	case errors.As(err.Err, &number):
		return "not a whole number, or too large"
	}
	return err.Err.Error()
}

// kubernetes knows the variables that Kubernetes puts into every container for a service
// called lazaret or lazaret-something (kubernetes.io/docs/concepts/services-networking/service,
// "Environment variables"): they begin like settings and are none.
var kubernetes = regexp.MustCompile(`^LAZARET_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// unknown finds variables that were meant as settings: a typing error must not silently leave a default in force.
func unknown(vars map[string]string) []error {
	var names []string
	for _, s := range settings(Config{}) {
		names = append(names, s.name)
	}
	var errs []error
	for name := range vars {
		if !strings.HasPrefix(name, prefix) || slices.Contains(names, name) || kubernetes.MatchString(name) {
			continue
		}
		text := fmt.Sprintf("%.100s: no such setting", name)
		if best, distance := nearest(name, names); distance <= 1+len(name)/6 {
			text += "; did you mean " + best + "?"
		}
		errs = append(errs, errors.New(text))
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// nearest returns the name that takes the fewest edits to make of s, and how many.
func nearest(s string, names []string) (string, int) {
	best, least := "", 1<<30
	for _, name := range names {
		if d := editDistance(s, name); d < least {
			best, least = name, d
		}
	}
	return best, least
}

// editDistance is Levenshtein's, over bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// A check is one rule that a value must pass.
type check struct {
	field string // of Config
	bad   bool
	why   string
}

// validate reports what is out of bounds or at odds, one line each.
func (c Config) validate() error {
	var checks []check
	add := func(field string, bad bool, why string) { checks = append(checks, check{field, bad, why}) }
	between := func(field string, d, low, high time.Duration) {
		add(field, d < low || d > high, "not between "+formatDuration(low)+" and "+formatDuration(high))
	}
	count := func(field string, n, low, high int) {
		add(field, n < low || n > high, fmt.Sprintf("not between %d and %d", low, high))
	}
	c.checkAddresses(add)
	c.checkTexts(add)
	c.checkPeople(add)
	c.checkWebhooks(add)

	count("UpstreamRetries", c.UpstreamRetries, 0, 10)
	count("UpstreamRate", c.UpstreamRate, 0, 1_000_000)
	count("LRUSize", c.LRUSize, 1, 10_000_000)
	count("MaxDownloads", c.MaxDownloads, 1, 10_000)
	count("MaxInspections", c.MaxInspections, 1, 10_000)
	count("PullRetention", c.PullRetention, 0, 36_500)
	count("FirstTokenTTL", c.FirstTokenTTL, 0, 365)
	count("ExceptionMaxTTL", c.ExceptionMaxTTL, 1, 36_500)
	count("NotificationRetention", c.NotificationRetention, 0, 36_500)
	count("ExceptionNotice", c.ExceptionNotice, 0, 365)
	between("WebhookTimeout", c.WebhookTimeout, time.Second, 30*time.Second)
	between("WebhookPatience", c.WebhookPatience, time.Minute, 30*24*time.Hour)
	count("QuarantineRetention", c.QuarantineRetention, 0, 36_500)
	count("NewDomainDays", c.NewDomainDays, 1, 3650)
	for field, b := range map[string]Bytes{"FeedsMaxBytes": c.FeedsMaxBytes, "ClamdMaxFile": c.ClamdMaxFile, "HoldBytes": c.HoldBytes, "MaxBlobBytes": c.MaxBlobBytes, "InspectMaxBytes": c.InspectMaxBytes} {
		add(field, b < 1, "must be 1 byte or more")
	}
	between("ManifestWait", c.ManifestWait, 0, 20*time.Second)
	between("Trickle", c.Trickle, time.Second, 4*time.Minute)
	between("TagTTL", c.TagTTL, 0, 24*time.Hour)
	between("UpstreamHeaderTimeout", c.UpstreamHeaderTimeout, 100*time.Millisecond, 5*time.Minute)
	between("UpstreamMaxRetryAfter", c.UpstreamMaxRetryAfter, 0, 5*time.Minute)
	between("DownloadIdleTimeout", c.DownloadIdleTimeout, time.Second, time.Hour)
	between("DownloadDeadline", c.DownloadDeadline, time.Second, 7*24*time.Hour)
	between("InspectTimeout", c.InspectTimeout, time.Second, 24*time.Hour)
	between("FeedsRefresh", c.FeedsRefresh, time.Minute, 30*24*time.Hour)
	between("FeedsTimeout", c.FeedsTimeout, time.Second, time.Hour)
	between("HubWait", c.HubWait, 0, 5*time.Second)
	between("ClamdTimeout", c.ClamdTimeout, time.Second, time.Hour)
	between("ClamdPatience", c.ClamdPatience, 0, 24*time.Hour)
	count("ClamdConnections", c.ClamdConnections, 1, 1000)
	between("ShutdownTimeout", c.ShutdownTimeout, 0, time.Hour)

	var errs []error
	for _, s := range settings(c) {
		for _, k := range checks {
			if k.field == s.field && k.bad {
				errs = append(errs, s.bad(s.value, k.why))
				break // the first reason is enough
			}
		}
	}
	return errors.Join(errs...)
}
