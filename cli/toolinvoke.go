package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// invokeFlags are the flags of tool invoke.
type invokeFlags struct {
	params  string
	timeout time.Duration
	noCache bool
	format  choice
	tools   toolFlags
}

func (a *app) toolInvokeCommand() *cobra.Command {
	flags := invokeFlags{format: newChoice("json", "pretty", "text")}
	cmd := &cobra.Command{
		Aliases: []string{"exec"},
		Use:     "invoke NAME [name=value | name:=JSON]...",
		Short:   "Call a tool and print its answer",
		Long: "Call a tool and print its answer on stdout: the whole envelope as JSON, or with\n" +
			"--format text the tool's text, or else its result, alone. Errors go to stderr too.\n\n" +
			"  name=value   a text, number, boolean or JSON, as the tool's schema wants it\n" +
			"  name=@FILE   the content of a file (@- of stdin)\n" +
			"  name:=JSON   JSON, whatever the schema says\n\n" +
			"A repeated name makes a list. Values given so win over --params.\n\n" +
			"The exit code is 0 when the call worked, 2 for a mistake in the command line, 3 when\n" +
			"a permission is missing, 4 when the time is up, 6 for any other failure of the tool.",
		Example: "  llmspell tool invoke calculator input='2 + 3 * 4'\n" +
			"  llmspell tool invoke text-manipulator --params '{\"operation\": \"uppercase\", \"input\": \"hello\"}'\n" +
			"  curl -s https://example.com/data.json | llmspell tool invoke json-processor operation=query query=.items input=@-",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeInvoke,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			return a.invoke(cmd.Context(), &flags, args[0], args[1:])
		}),
	}
	cmd.Flags().StringVar(&flags.params, "params", "", "the parameters: a JSON object, @FILE, or - for stdin")
	cmd.Flags().DurationVar(&flags.timeout, "timeout", 0, "end the call after this long, e.g. 5s (0: as the tool says)")
	cmd.Flags().BoolVar(&flags.noCache, "no-cache", false, "do not answer from the cache of results")
	addChoice(cmd, &flags.format, "format", "what to print: the envelope on one line, the same indented, or the answer alone")
	flags.tools.add(cmd)
	return cmd
}

func (a *app) invoke(ctx context.Context, flags *invokeFlags, name string, words []string) error {
	if flags.timeout < 0 {
		return usagef("--timeout: %v is negative", flags.timeout)
	}
	if flags.tools.connect.wanted() {
		return a.invokeRemote(ctx, flags, name, words)
	}
	box, err := a.newToolbox(ctx, &flags.tools)
	if err != nil {
		return err
	}
	defer box.close()
	response, err := a.callTool(ctx, box, flags, name, words)
	if response == nil {
		return err
	}
	if printErr := a.printResponse(response, flags.format.value); printErr != nil {
		return printErr
	}
	if err != nil {
		return a.toolExit(ctx, err)
	}
	return nil
}

// callTool makes the call. Without a response the command line was wrong.
func (a *app) callTool(ctx context.Context, box *toolbox, flags *invokeFlags, name string, words []string) (*tools.Response, error) {
	lookup, cancel := ctx, func() {}
	if flags.timeout > 0 {
		lookup, cancel = context.WithTimeout(ctx, flags.timeout)
	}
	handle, err := box.inv.HandleContext(lookup, name)
	cancel()
	if err != nil { // an envelope like any other failure's
		return tools.Failure(err), err
	}
	reader := paramReader{stdin: a.input(ctx)}
	params, err := reader.read(handle.Descriptor(), flags.params, words)
	if err != nil {
		return nil, err
	}
	options := tools.CallOptions{Timeout: flags.timeout, NoCache: flags.noCache}
	if !handle.Descriptor().Quick {
		shown := startProgress(a.stderr, handle.Descriptor().Name)
		defer shown.End()
		options.Progress = shown.Report
	}
	return handle.Invoke(ctx, params, options)
}

func (a *app) printResponse(r *tools.Response, format string) error {
	out := newOutput(a.stdout)
	var err error
	switch {
	case format == "json":
		err = writeJSON(out, r, false)
	case format == "pretty":
		err = writeJSON(out, r, true)
	case !r.Success: // the message is on stderr
	case r.Text != nil:
		_, err = fmt.Fprint(out, *r.Text)
		if err == nil && !strings.HasSuffix(*r.Text, "\n") {
			_, err = fmt.Fprintln(out)
		}
	default:
		err = writeJSON(out, r.Result, true)
	}
	if err != nil {
		return fmt.Errorf("cannot print the answer: %w", err)
	}
	return out.Flush()
}

// completeInvoke completes the tool's name, then the names of its parameters, then
// the values of those that take one of a few.
func completeInvoke(cmd *cobra.Command, given []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(given) == 0 {
		return completeTools(cmd, nil, prefix)
	}
	d, ok := tools.Builtin().Get(given[0])
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if name, _, ok := strings.Cut(prefix, "="); ok {
		return completeValue(d, strings.TrimSuffix(name, ":")), cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, p := range d.Parameters.Properties {
		taken := slices.ContainsFunc(given[1:], func(w string) bool { return strings.HasPrefix(w, p.Name+"=") })
		if !taken && strings.HasPrefix(p.Name, prefix) {
			out = append(out, p.Name+"=\t"+p.Description)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completeValue(d *tool.Descriptor, name string) []string {
	p := findProperty(d, name)
	if p == nil {
		return nil
	}
	var out []string
	for _, v := range p.Enum {
		out = append(out, fmt.Sprintf("%s=%v", name, v))
	}
	if slices.Equal(p.Types, []schema.Type{schema.Boolean}) {
		out = append(out, name+"=true", name+"=false")
	}
	return out
}
