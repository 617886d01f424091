package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) kernelCommands() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kernel",
		Short: "Start, stop and watch kernels: processes that run scripts for many clients",
		Long: "A kernel runs scripts for many clients, in sessions whose variables last. Commands use one\n" +
			"with --connect ID or " + kernelVariable + "; without it they run scripts in their own process.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.kernelStartCommand(), tolerateWithNotice(a.kernelStopCommand()), tolerateWithNotice(a.kernelStatusCommand()), a.kernelConnectCommand(),
		tolerateWithNotice(a.kernelLogsCommand()), a.kernelInstallCommand(), tolerateWithNotice(a.kernelProfileCommand(a.dialProfiled)))
	return cmd
}
