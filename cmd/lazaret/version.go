package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/builtin"
)

func versionCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the rule set of the built-in detectors (lazaret rules: with the feeds and engines of the settings)",
		Args:  exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			detectors, err := builtin.Detectors()
			if err != nil {
				return err
			}
			i, err := inspect.New(inspect.DefaultLimits(), detectors...)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.stdout, "lazaret %s\nruleset %s\n", version(), i.Set())
			return err
		},
	}
}

// version is the module's, as the go command stamped it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
