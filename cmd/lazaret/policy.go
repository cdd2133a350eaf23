package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/policy"
)

func policyCommand(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Write and try out the rules that decide what is refused",
		Long: `Write and try out the rules that decide what is refused: a YAML file of CEL expressions, which
LAZARET_POLICY names. docs/policy.md explains it.`,
	}
	cmd.AddCommand(policyDefault(t), policySchema(t), policyLint(t), policyTest(t))
	return cmd
}

func policyDefault(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "default", Short: "Print the policy that holds without LAZARET_POLICY", Args: exactArgs(0),
		RunE: func(*cobra.Command, []string) error { return printText(t.stdout, policy.DefaultText()) },
	}
}

func policySchema(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of a policy file", Args: exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			b, err := policy.Schema()
			if err != nil {
				return err
			}
			return printText(t.stdout, string(b))
		},
	}
}

func printText(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// A linted is what is said of a policy file, as JSON.
type linted struct {
	File   string        `json:"file"`
	Valid  bool          `json:"valid"`
	Rules  int           `json:"rules"`
	Errors []lintedError `json:"errors"`
}

type lintedError struct {
	Line    int    `json:"line"` // 0 of the file as a whole
	Message string `json:"message"`
	Snippet string `json:"snippet,omitempty"`
}

func policyLint(t terminal) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "lint FILE",
		Short: "Check a policy file: exit code 0 if it compiles, else 1",
		Args:  exactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "table" && format != "json" {
				return usage(fmt.Errorf("--output %.80q is not table or json", format))
			}
			b, err := readPolicy(args[0])
			if err != nil {
				return err
			}
			rules, err := policy.ParseRules(args[0], b)
			if format == "json" {
				out := linted{File: args[0], Valid: err == nil, Errors: lintErrors(err)}
				if err == nil {
					out.Rules = len(rules.All())
				}
				if err := writeJSON(t.stdout, out); err != nil || out.Valid {
					return err
				}
				return &exitCode{exitError, nil}
			}
			if err != nil {
				return err
			}
			return printText(t.stdout, fmt.Sprintf("%s: %d rules\n", printable(args[0]), len(rules.All())))
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table or json")
	return cmd
}

// lintErrors takes the error of ParseRules apart.
func lintErrors(err error) []lintedError {
	out := []lintedError{}
	for _, e := range policy.FileErrors(err) {
		out = append(out, lintedError{e.Line, e.What, e.Snippet})
	}
	return out
}
