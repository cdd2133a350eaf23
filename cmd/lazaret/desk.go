package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/internal/admin"
)

// A desk is what the commands over the Admin API share: the flags that all of them have.
type desk struct {
	t      terminal
	format string // -o
	author string // --author
	local  bool   // --local

	changes bool // the command that runs is an authored one
}

// command makes a subcommand over the Admin API. Its table or its JSON goes to standard output.
func (d *desk) command(use, short string, args cobra.PositionalArgs, run func(ctx context.Context, s *session, args []string) (listing, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if d.format != "table" && d.format != "json" {
				return usage(fmt.Errorf("--output %.80q is not table or json", d.format))
			}
			var out listing
			err := d.with(cmd.Context(), func(s *session) (err error) {
				out, err = run(cmd.Context(), s, args)
				return err
			})
			if err != nil {
				return err
			}
			if d.format == "json" {
				return writeJSON(d.t.stdout, out.value)
			}
			return out.writeTable(d.t.stdout)
		},
	}
	cmd.Flags().StringVarP(&d.format, "output", "o", "table", "table or json")
	cmd.Flags().BoolVar(&d.local, "local", false, "work on the records of the settings, whatever server lazaret login or LAZARET_SERVER name")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

// authored makes cmd one that changes something, with the flag that says who does it where no
// server knows it.
func (d *desk) authored(cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d.changes = true
		return run(cmd, args)
	}
	cmd.Flags().StringVar(&d.author, "author", "", "who does this, for the audit log, where no token says it; the user's name without it")
	return cmd
}

// user is who works at this terminal.
func (d *desk) user() string {
	return cmp.Or(d.author, d.t.variable("USER"), d.t.variable("LOGNAME"))
}

// variable is a variable of the environment; "" if it is not set.
func (t terminal) variable(name string) string {
	for _, v := range t.env {
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
	notes []string // lines below the table
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
	for _, line := range o.notes {
		fmt.Fprintln(&b, printable(line))
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

// A lifetime are the flags --for and --expires, of which one may be set.
type lifetime struct{ span, date string }

func (l *lifetime) flags(cmd *cobra.Command, span, date string) {
	cmd.Flags().StringVar(&l.span, "for", "", span)
	cmd.Flags().StringVar(&l.date, "expires", "", date)
}

// read says for how long, or until when; neither if no flag is set.
func (l *lifetime) read() (span string, until time.Time, err error) {
	switch {
	case l.span != "" && l.date != "":
		return "", until, usage(errors.New("--for and --expires: one is enough"))
	case l.span != "":
		if _, err := admin.ParseSpan(l.span); err != nil {
			return "", until, usage(fmt.Errorf("--for: %w", err))
		}
	case l.date != "":
		if until, err = parseTime(l.date); err != nil {
			return "", until, usage(fmt.Errorf("--expires: %w", err))
		}
	}
	return l.span, until, nil
}
