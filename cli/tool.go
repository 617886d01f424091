package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/mcp"
	"github.com/llmspell/llmspell/tools/tool"
)

// The exit codes of a tool's failures.
const (
	exitDenied  = 3
	exitTimeout = 4
	exitTool    = 6
)

func (a *app) toolCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tool",
		Short: "List, describe, call and test the tools that scripts use",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.toolListCommand(), a.toolInfoCommand(), a.toolSearchCommand(), a.toolInvokeCommand(), a.toolTestCommand())
	return cmd
}

// toolFlags say which tools there are, and what they may touch.
type toolFlags struct {
	perms permissions
	mcp   mcpFlags
	// connect chooses the kernel whose tools are meant.
	connect connectFlags
}

func (f *toolFlags) add(cmd *cobra.Command) {
	f.connect.add(cmd)
	f.mcp.add(cmd)
	f.perms.add(cmd)
}

// toolbox is what the commands on tools work with. Close it.
type toolbox struct {
	reg     *tools.Registry
	inv     *tools.Invoker
	servers *mcp.Servers // nil when none are configured
	close   func()
}

// newToolbox makes a toolbox whose calls may touch what the flags allow.
func (a *app) newToolbox(ctx context.Context, f *toolFlags) (*toolbox, error) {
	box, err := f.perms.sandbox()
	if err != nil {
		return nil, err
	}
	reg, servers, end, err := a.registry(ctx, &f.mcp, box)
	if err != nil {
		return nil, err
	}
	options := kernel.ToolOptions(configOf(f.perms.cmd).Config)
	options.Sandbox, options.Panicked = box, a.logPanic
	return &toolbox{reg: reg, inv: tools.NewInvoker(reg, options), servers: servers, close: end}, nil
}

// logPanic logs a tool's panic.
func (a *app) logPanic(name string, value any, stack []byte) {
	a.log.Error("a tool panicked", zap.String("tool", name), zap.Any("panic", value), zap.ByteString("stack", stack))
}

// toolExit prints a tool's error and returns the exit code for it.
func (a *app) toolExit(ctx context.Context, err error) error {
	var te *tool.Error
	if !errors.As(err, &te) {
		return err
	}
	fmt.Fprintf(a.stderr, "llmspell: %v\n", te)
	switch {
	case ctx.Err() != nil && te.Code == tool.Cancelled:
		return exitError{exitInterrupted}
	case te.Code == tool.PermissionDenied:
		return exitError{exitDenied}
	case te.Code == tool.Timeout:
		return exitError{exitTimeout}
	}
	return exitError{exitTool}
}

// writeJSON prints a value as JSON, on one line or indented.
func writeJSON(w io.Writer, v any, indent bool) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if indent {
		e.SetIndent("", "  ")
	}
	return e.Encode(v)
}

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

func newChoice(allowed ...string) choice { return choice{allowed[0], allowed} }

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.TrimPrefix(strings.Join(c.allowed, "|"), "|") }

// Set refuses other words.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("want %s", strings.TrimPrefix(strings.Join(c.allowed, ", "), ", "))
	}
	c.value = s
	return nil
}

// addChoice adds a flag that takes one of a few words, the first by default.
func addChoice(cmd *cobra.Command, c *choice, name, usage string) {
	addChoiceP(cmd, c, name, "", usage)
}

// addChoiceP is addChoice with a letter.
func addChoiceP(cmd *cobra.Command, c *choice, name, letter, usage string) {
	cmd.Flags().VarP(c, name, letter, usage)
	allowed := c.allowed
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp)) // fails only for unknown flags
}

// completeTools completes names of tools.
func completeTools(_ *cobra.Command, given []string, prefix string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, d := range tools.Builtin().List(tools.Filter{}) {
		if strings.HasPrefix(d.Name, strings.ReplaceAll(prefix, "_", "-")) && !slices.Contains(given, d.Name) {
			names = append(names, d.Name+"\t"+d.Description)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
