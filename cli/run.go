package cli

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
)

func (a *app) runCommand() *cobra.Command {
	var flags scriptFlags
	var debug debugFlags
	var measure measureFlags
	var connect connectFlags
	var onStdin bool
	cmd := &cobra.Command{
		Use:   "run FILE [-- ARGS...]",
		Short: "Run a Lua script",
		Long: "Run a Lua script. Arguments after -- reach it as `...`, in the table `arg`, and in the\n" +
			"table `ARGS` (there also by name: --key value becomes ARGS.key).",
		Example: "  llmspell run report.lua -- --format json\n  llmspell run job.lua --timeout 30s\n  llmspell run job.lua --connect auto\n  llmspell run server.lua --debug-listen 127.0.0.1:4711",
		Args:    cobra.MinimumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			measured := len(measure.coverage)+len(measure.profile) > 0
			if err := debug.check(measured); err != nil {
				return err
			}
			if connect.wanted() {
				if measured || debug.listen != "" || debug.connect != "" {
					return usagef("--coverage, --profile and --debug-listen cannot be had with a kernel (--connect, %s):\n"+
						"attach a debugger to its session with llmspell dap --attach KERNEL, or use --connect=", kernelVariable)
				}
				return a.runRemote(cmd.Context(), &connect, &flags, args[0], args[1:])
			}
			if a.reports() {
				if measured || debug.wanted() {
					return usagef("--output %s does not go with debugging and measuring", a.globals.output.value)
				}
				return a.report(cmd.Context(), &flags, filepath.Dir(args[0]), kernel.Script{File: args[0], Args: args[1:]})
			}
			if debug.wanted() && !measured {
				return a.runDebuggable(cmd.Context(), &flags, &debug, args[0], args[1:])
			}
			var source *string
			if onStdin {
				if measured {
					return usagef("--source-on-stdin does not go with measuring")
				}
				var err error
				if source, err = sourceOf(a.input(cmd.Context())); err != nil {
					return err
				}
			}
			s, out, err := a.newSession(&flags, filepath.Dir(args[0]))
			if err != nil {
				return err
			}
			if source != nil {
				ctx, release := whileParentLives(cmd.Context())
				defer release()
				_, err = s.Run(ctx, kernel.Script{File: args[0], Source: source, Args: args[1:]})
				return errors.Join(err, out.Flush(), s.Close())
			}
			err = measure.runFile(cmd.Context(), s, args[0], args[1:])
			return errors.Join(err, out.Flush(), s.Close())
		}),
	}
	flags.add(cmd)
	flags.addEngine(cmd)
	flags.addSession(cmd)
	connect.add(cmd)
	debug.add(cmd)
	// For the language server: what the editor has may not be saved.
	cmd.Flags().BoolVar(&onStdin, "source-on-stdin", false, "read the text of FILE from stdin")
	_ = cmd.Flags().MarkHidden("source-on-stdin")
	addMeasures(cmd.Flags(), &measure.coverage, &measure.profile)
	return cmd
}
