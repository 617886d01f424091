package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func (a *app) toolListCommand() *cobra.Command {
	var filter tools.Filter
	var flags toolFlags
	format := newChoice("table", "json", "names")
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the tools",
		Example: "  llmspell tool list\n  llmspell tool list --category data --format json",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			if flags.connect.wanted() {
				return a.listRemote(cmd.Context(), &flags, filter, format.value)
			}
			box, err := a.newToolbox(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			defer box.close()
			if categories := box.reg.Categories(); filter.Category != "" && !slices.Contains(categories, filter.Category) {
				return usagef("--category: there is no category %q%s; there are %s", filter.Category,
					didYouMean(filter.Category, categories), strings.Join(categories, ", "))
			}
			list := box.reg.List(filter)
			a.warnOfServers(box.servers)
			return a.printTools(summaries(list), format.value)
		}),
	}
	cmd.Flags().StringVar(&filter.Category, "category", "", "only tools of this category")
	cmd.Flags().StringVar(&filter.Tag, "tag", "", "only tools with this tag")
	_ = cmd.RegisterFlagCompletionFunc("category", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return tools.Builtin().Categories(), cobra.ShellCompDirectiveNoFileComp
	})
	addChoice(cmd, &format, "format", "how to print them")
	flags.add(cmd)
	return cmd
}

func (a *app) toolSearchCommand() *cobra.Command {
	var limit int
	var flags toolFlags
	format := newChoice("table", "json", "names")
	cmd := &cobra.Command{
		Use:     "search WORDS...",
		Short:   "Find tools by what they do, the best match first",
		Example: "  llmspell tool search resize picture\n  llmspell tool search csv --limit 3",
		Args:    cobra.MinimumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return usagef("--limit: %d is negative", limit)
			}
			words := strings.Join(args, " ")
			if flags.connect.wanted() {
				return a.searchRemote(cmd.Context(), &flags, words, limit, format.value)
			}
			box, err := a.newToolbox(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			defer box.close()
			var found []*tool.Descriptor
			for _, hit := range box.reg.Search(words, tools.Filter{}, limit) {
				found = append(found, hit.Descriptor)
			}
			a.noteNoTool(words, len(found))
			a.warnOfServers(box.servers)
			return a.printTools(summaries(found), format.value)
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 10, "at most this many (0: all that match)")
	addChoice(cmd, &format, "format", "how to print them")
	flags.add(cmd)
	return cmd
}

// noteNoTool says that a search has found nothing.
func (a *app) noteNoTool(words string, found int) {
	if found == 0 {
		fmt.Fprintf(a.stderr, "llmspell: no tool matches %q; llmspell tool list names them all\n", words)
	}
}

func summaries(list []*tool.Descriptor) []tools.Summary {
	out := make([]tools.Summary, len(list))
	for i, d := range list {
		out[i] = tools.Summarize(d)
	}
	return out
}

func (a *app) printTools(list []tools.Summary, format string) error {
	out := newOutput(a.stdout)
	switch format {
	case "json":
		if err := writeJSON(out, orEmpty(list), true); err != nil {
			return err
		}
	case "names":
		for _, d := range list {
			fmt.Fprintln(out, d.Name)
		}
	default:
		t := table{header: []string{"NAME", "CATEGORY", "DESCRIPTION"}, width: terminalWidth(a.stdout)}
		for _, d := range list {
			t.rows = append(t.rows, []string{d.Name, d.Category, d.Description})
		}
		t.print(out)
	}
	return out.Flush()
}

// didYouMean names the candidate that a word is probably a misspelling of.
func didYouMean(word string, candidates []string) string {
	if near := schema.Nearest(word, candidates); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
