package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/name"
	"github.com/lazaret/lazaret/policy"
)

func rulesCommand(t terminal) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List what is looked for: every rule, and the version of the rule set",
		Long: `List every rule of the detectors, of names, and of what findings prove together.

A rule's confidence is the most that its findings claim. The version changes with every
rule, limit, feed and fingerprint key; a report is of one version.`,
		Args: exactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return usage(fmt.Errorf("--format %.80q is not table or json", format))
			}
			cfg, err := config.Load(t.env)
			if err != nil {
				return usage(err)
			}
			known, err := openFeeds(cmd.Context(), cfg, newLogger(t.stderr, cfg), nil)
			if err != nil {
				return err
			}
			av, err := openAntivirus(cmd.Context(), cfg, newLogger(t.stderr, cfg))
			if err != nil {
				return err
			}
			i, err := newInspector(cfg, known.Set(), av)
			if err != nil {
				return err
			}
			p, err := newPolicy(cfg, policy.Mode(cfg.Mode), known)
			if err != nil {
				return err
			}
			set, err := newRuleSet(i, p)
			if err != nil {
				return err
			}
			if format == "json" {
				return set.writeJSON(t.stdout)
			}
			return set.writeTable(t.stdout)
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table or json")
	return cmd
}

// A ruleSet is all that may be found, by ID. Its JSON form is documented in docs/correlation.md.
type ruleSet struct {
	Version string         `json:"version"` // of the program
	Ruleset inspect.SetID  `json:"ruleset"`
	Policy  string         `json:"policy"` // its revision, which covers correlations and names
	Rules   []inspect.Rule `json:"rules"`
}

func newRuleSet(i *inspect.Inspector, p *policy.Policy) (ruleSet, error) {
	list, err := name.Default()
	if err != nil {
		return ruleSet{}, fmt.Errorf("load the names: %w", err)
	}
	s := ruleSet{Version: version(), Ruleset: i.Set(), Policy: p.Revision(), Rules: slices.Concat(i.Rules(), list.Rules(), p.Rules())}
	slices.SortStableFunc(s.Rules, func(a, b inspect.Rule) int { return cmp.Compare(a.ID, b.ID) })
	s.Rules = slices.CompactFunc(s.Rules, func(a, b inspect.Rule) bool { return a.ID == b.ID })
	return s, nil
}

func (s ruleSet) writeJSON(w io.Writer) error { return writeJSON(w, s) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func (s ruleSet) writeTable(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "lazaret %s, ruleset %s, policy %s: %d rules\n\n", s.Version, s.Ruleset, s.Policy, len(s.Rules))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tCATEGORY\tSEVERITY\tCONFIDENCE\tWHAT\tSOURCE")
	for _, r := range s.Rules {
		fmt.Fprintln(t, strings.Join([]string{r.ID, string(r.Category), r.Severity.String(), r.Confidence.String(), r.What, cmp.Or(r.Source, "-")}, "\t"))
	}
	if err := t.Flush(); err != nil { // to a buffer
		return fmt.Errorf("write table: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
