package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/internal/manpage"
)

func (a *app) manCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man [COMMAND...]",
		Short: "Print the manual page of a command, or write all of them",
		Example: "  llmspell man tool invoke | man -l -\n" +
			"  llmspell man --dir ~/.local/share/man/man1",
		ValidArgsFunction: completeCommands,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			version, _ := buildVersion()
			options := manpage.Options{Version: "llmspell " + version, More: manSections}
			if dir != "" {
				if len(args) > 0 {
					return usagef("--dir writes the pages of all commands: name none")
				}
				paths, err := manpage.WriteTree(dir, cmd.Root(), options)
				if err == nil {
					fmt.Fprintf(a.stdout, "wrote %d manual pages to %s\n", len(paths), dir)
				}
				return err
			}
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q", strings.Join(args, " "))
			}
			return manpage.Write(a.stdout, found, options)
		}),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into this folder")
	_ = cmd.MarkFlagDirname("dir")
	return tolerate(cmd)
}

// manSections stand at the end of each page.
var manSections = []manpage.Section{
	{Heading: "EXIT STATUS", Text: "0 ok, 1 script error, 2 usage or configuration, 3 permission denied, 4 timeout or budget, 5 kernel unreachable,\n" +
		"6 tool error, 7 debug expectation failed, 130 interrupted; or what the script gave to os.exit."},
	{Heading: "ENVIRONMENT", Text: "LLMSPELL_CONFIG names a configuration, LLMSPELL_PROFILE profiles, LLMSPELL_LOG the levels of the log;\n" +
		"every key of the configuration has a variable too: KEY of [SECTION] is LLMSPELL_SECTION_KEY."},
}

// completeCommands completes the path of a command.
func completeCommands(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	found, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, c := range found.Commands() {
		if c.IsAvailableCommand() {
			out = append(out, c.Name()+"\t"+c.Short)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completionCommand prints completions. It takes the place of cobra's own, which
// is hidden and longer.
func (a *app) completionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the completions of a shell",
		Long: "Print the completions of a shell.\n\n" +
			"  bash        llmspell completion bash > ~/.local/share/bash-completion/completions/llmspell\n" +
			"  zsh         llmspell completion zsh > \"${fpath[1]}/_llmspell\"\n" +
			"  fish        llmspell completion fish > ~/.config/fish/completions/llmspell.fish\n" +
			"  powershell  llmspell completion powershell | Out-String | Invoke-Expression",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: started(func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return writeBash(a.stdout, root)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.stdout)
		}),
	}
	return tolerate(cmd)
}
