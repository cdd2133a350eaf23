package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes. `lazaret scan` also has those of verdicts, 3 and 4: see scan.go.
const (
	exitOK     = 0
	exitError  = 1
	exitUsage  = 2
	exitAccess = 5 // the server is not reached, or does not allow it
)

// An exitCode is an error that asks for a code; its text, if any, is printed.
type exitCode struct {
	code int
	err  error
}

func (e *exitCode) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitCode) Unwrap() error { return e.err }

// usage wraps an error of the command line or of a setting.
func usage(err error) error { return &exitCode{exitUsage, err} }

// A terminal is what a subcommand may touch of the process.
type terminal struct {
	env    []string // as of os.Environ
	stdout io.Writer
	stderr io.Writer
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) int {
	t := terminal{env: env, stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:           "lazaret",
		Short:         "A pull-through registry mirror that refuses malicious images",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(serveCommand(t), configCommand(t), scanCommand(t), rulesCommand(t), caCommand(t), enrolCommand(t), doctorCommand(t), demoCommand(t), versionCommand(t))
	// These speak to the Admin API, or work on what the mirror keeps.
	root.AddCommand(loginCommand(t), logoutCommand(t), whoamiCommand(t), tokenCommand(t), explainCommand(t), policyCommand(t), exceptionCommand(t),
		quarantineCommand(t), requestCommand(t), pullsCommand(t), exposureCommand(t), notificationsCommand(t), auditCommand(t))
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var code *exitCode
	if !errors.As(err, &code) {
		// What cobra itself finds wrong (an unknown command, a wrong number of arguments) is usage.
		code = &exitCode{exitError, err}
		if isCobraUsage(err) {
			code.code = exitUsage
		}
	}
	if code.err != nil {
		fmt.Fprintf(stderr, "lazaret: %v\n", code.err)
	}
	return code.code
}

// exactArgs is cobra.ExactArgs as a usage error.
func exactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usage(err)
		}
		return nil
	}
}

// maximumArgs is cobra.MaximumNArgs as a usage error.
func maximumArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.MaximumNArgs(n)(cmd, args); err != nil {
			return usage(err)
		}
		return nil
	}
}

// isCobraUsage tells cobra's own complaint about an unknown command, which has no type.
func isCobraUsage(err error) bool {
	const unknown = "unknown command"
	return len(err.Error()) >= len(unknown) && err.Error()[:len(unknown)] == unknown
}
