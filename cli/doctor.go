package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/doctor"
)

func (a *app) doctorCommand() *cobra.Command {
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong with the installation, and say what to do",
		Long: "Look at the configuration, folders, room on the disk, databases with their checksums, sandbox,\n" +
			"daemons, terminal and editors. Nothing is changed. The exit code is 1 if something is broken.",
		Args: cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd, format.value) }),
	}
	addChoice(cmd, &format, "format", "what to print")
	return tolerate(cmd)
}

func (a *app) doctor(cmd *cobra.Command, format string) error {
	version, revision := buildVersion()
	findings := doctor.Examine(cmd.Context(), doctor.Subject{
		Version: version, Revision: revision, Config: a.config, ConfigError: a.configError,
		Terminal: isTerminal(a.stdout), Width: terminalWidth(a.stdout),
	})
	worst := doctor.Worst(findings)
	if format == "json" {
		if err := writeJSON(a.stdout, map[string]any{"status": worst, "findings": findings}, true); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(a.stdout, "%-5s %-14s %s\n", f.Status, f.Topic, oneLine(f.Text))
			if f.Advice != "" {
				fmt.Fprintf(a.stdout, "%20s → %s\n", "", oneLine(f.Advice))
			}
		}
	}
	if worst == doctor.Broken {
		return exitError{exitScript}
	}
	return context.Cause(cmd.Context())
}
