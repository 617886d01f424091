package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
)

func (a *app) execCommand() *cobra.Command {
	var flags scriptFlags
	var connect connectFlags
	cmd := &cobra.Command{
		Use:     "exec CODE [-- ARGS...]",
		Short:   "Run a piece of Lua and print what it returns",
		Example: "  llmspell exec 'return 6 * 7'\n  llmspell exec '#Tool.list()'",
		Args:    cobra.MinimumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if connect.wanted() {
				return a.execRemote(cmd.Context(), &connect, &flags, args[0], args[1:])
			}
			if a.reports() {
				return a.report(cmd.Context(), &flags, ".", kernel.Script{Code: args[0], Name: "=(command line)", Args: args[1:]})
			}
			s, out, err := a.newSession(&flags, ".")
			if err != nil {
				return err
			}
			result, err := s.RunString(cmd.Context(), args[0], "=(command line)", args[1:])
			if len(result.Texts) > 0 {
				fmt.Fprintln(out, strings.Join(result.Texts, "\t"))
			}
			return errors.Join(err, out.Flush(), s.Close())
		}),
	}
	flags.add(cmd)
	flags.addEngine(cmd)
	flags.addSession(cmd)
	connect.add(cmd)
	return cmd
}
