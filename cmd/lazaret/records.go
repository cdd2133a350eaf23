package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/internal/records"
)

// A desk is what the commands over the records share: the flags that all of them have.
type desk struct {
	t      terminal
	format string // -o
	author string // --author
}

// withRecords runs do on the database of the settings, which must be there: a mirror makes it.
func (d *desk) withRecords(ctx context.Context, do func(cfg config.Config, r *records.Records) error) error {
	if d.format != "table" && d.format != "json" {
		return usage(fmt.Errorf("--output %.80q is not table or json", d.format))
	}
	cfg, err := config.Load(d.t.env)
	if err != nil {
		return usage(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "records.db")); cfg.DatabaseURL == "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no records: there is no records.db in LAZARET_DATA_DIR (%s), and LAZARET_DATABASE_URL is not set", cfg.DataDir)
	}
	cfg.LogLevel = max(cfg.LogLevel, slog.LevelWarn) // people read this
	r, err := records.Open(ctx, recordsConfig(cfg, newLogger(d.t.stderr, cfg)))
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	err = do(cfg, r)
	if errors.Is(err, records.ErrInvalid) {
		err = usage(err)
	}
	return errors.Join(err, r.Close(ctx))
}

// command makes a subcommand over the records. Its table or its JSON goes to standard output.
func (d *desk) command(use, short string, args cobra.PositionalArgs, run func(ctx context.Context, cfg config.Config, r *records.Records, args []string) (listing, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.withRecords(cmd.Context(), func(cfg config.Config, r *records.Records) error {
				out, err := run(cmd.Context(), cfg, r, args)
				if err != nil {
					return err
				}
				if d.format == "json" {
					return writeJSON(d.t.stdout, out.value)
				}
				return out.writeTable(d.t.stdout)
			})
		},
	}
	cmd.Flags().StringVarP(&d.format, "output", "o", "table", "table or json")
	return cmd
}

// authored adds the flag that says who changes something.
func (d *desk) authored(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&d.author, "author", "", "who does this, for the audit log; the user's name without it")
	return cmd
}

// actor is who works at this terminal.
func (d *desk) actor() (records.Actor, error) {
	name := cmp.Or(d.author, d.variable("USER"), d.variable("LOGNAME"))
	if name == "" {
		return records.Actor{}, usage(errors.New("who are you? Give --author, or set USER"))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return records.Actor{Name: name, Origin: "cli " + host}, nil
}

func (d *desk) variable(name string) string {
	for _, v := range d.t.env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// A listing is what a command says: as JSON, and as a table.
type listing struct {
	value any
	head  []string
	rows  [][]string
	note  string // a line below the table
}

func (o listing) writeTable(w io.Writer) error {
	var b bytes.Buffer
	if len(o.head) > 0 {
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{o.head}, o.rows...) {
			for i := range row {
				row[i] = cmp.Or(printable(row[i]), "-")
			}
			fmt.Fprintln(t, strings.Join(row, "\t"))
		}
		if err := t.Flush(); err != nil { // to a buffer
			return fmt.Errorf("write table: %w", err)
		}
	}
	if o.note != "" {
		fmt.Fprintln(&b, printable(o.note))
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// number reads the ID of a row.
func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, usage(fmt.Errorf("%.80q is not the number of a row", s))
	}
	return n, nil
}

// clock writes a time for people: to the second, in UTC.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// parseTime reads a date, which is its first moment in UTC, or a time of RFC 3339.
func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.80q is not a date (2026-12-31) or a time (2026-12-31T18:00:00Z)", s)
}

// parseSpan reads a duration, which may be in days: 7d, 12h.
func parseSpan(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%.80q is not a duration (7d, 12h, 30m)", s)
	}
	return d, nil
}

// until is when something ends by the flags --for and --expires, of which one may be set.
func until(span, date string, now time.Time) (time.Time, error) {
	switch {
	case span != "" && date != "":
		return time.Time{}, usage(errors.New("--for and --expires: one is enough"))
	case span != "":
		d, err := parseSpan(span)
		if err != nil {
			return time.Time{}, usage(fmt.Errorf("--for: %w", err))
		}
		return now.Add(d), nil
	case date != "":
		t, err := parseTime(date)
		if err != nil {
			return time.Time{}, usage(fmt.Errorf("--expires: %w", err))
		}
		return t, nil
	}
	return time.Time{}, nil
}

// ownRepository reads the name of a repository as people write it, or a pattern of names as
// the mirror has them.
func ownRepository(cfg config.Config, s string) (string, error) {
	if s == "" {
		return s, nil
	}
	if strings.ContainsAny(s, `*?[\`) {
		registry, pattern := oci.SplitName(s)
		if err := mirrored(cfg, s, registry); err != nil {
			return "", err
		}
		return oci.FullName(registry, pattern), nil
	}
	if strings.Contains(path.Base(s), ":") || strings.Contains(s, "@") {
		return "", usage(fmt.Errorf("%.200q is an image; a repository has no tag and no digest", s))
	}
	ref, err := ownImage(cfg, s)
	if err != nil {
		return "", err
	}
	return oci.FullName(ref.Registry, ref.Repository), nil
}

// ownImage reads the name of an image of a registry that is mirrored.
func ownImage(cfg config.Config, s string) (oci.Reference, error) {
	ref, err := oci.ParseReference(s)
	if err != nil {
		return ref, usage(err)
	}
	return ref, mirrored(cfg, s, ref.Registry)
}

// mirrored reports, as an error, a name of a registry that this mirror does not have.
func mirrored(cfg config.Config, name, registry string) error {
	var have []string
	for _, u := range cfg.Registries {
		if u.Registry == registry {
			return nil
		}
		have = append(have, u.Registry)
	}
	return usage(fmt.Errorf("%.200s is of %s, and this mirror is of %s", name, registry, strings.Join(have, ", ")))
}
