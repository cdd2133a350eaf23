package main

import (
	"github.com/spf13/cobra"

	"github.com/lazaret/lazaret/config"
)

func configCommand(t terminal) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "List every setting with its value, default and unit",
		Long:  "List every setting: the environment variable, its value now, its default and unit. Secrets are redacted. A bad value is an error, and the exit code 2.",
		Args:  exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			if markdown {
				return config.Reference(t.stdout)
			}
			cfg, err := config.Load(t.env)
			if err != nil {
				return usage(err)
			}
			return config.Print(t.stdout, cfg)
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write the reference, docs/configuration.md, instead")
	return cmd
}
