package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/llmspell/llmspell/dap/headless"
	"github.com/llmspell/llmspell/runtime/debug"
)

func (a *app) debugCommand() *cobra.Command {
	var flags scriptFlags
	var breaks, watches []string
	var batch, entry bool
	cmd := &cobra.Command{
		Use:   "debug FILE [-- ARGS...]",
		Short: "Debug a Lua script in the terminal",
		Long: "Debug a Lua script in the terminal. Without --break it stops at the first line. With\n" +
			"--batch it asks nothing: at each breakpoint it prints where it is, the source around it,\n" +
			"the stack and the locals, and runs on. A breakpoint that was never reached ends --batch\n" +
			"with exit code 7.",
		Example: "  llmspell debug report.lua\n  llmspell debug report.lua --batch --break 'report.lua:12 if n > 3'",
		Args:    cobra.MinimumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			specs, err := parseBreaks(breaks, args[0])
			if err != nil {
				return usageError{err}
			}
			s, out, err := a.newSession(&flags, filepath.Dir(args[0]))
			if err != nil {
				return err
			}
			defer s.Close()
			d := &debugger{app: a, session: s, out: out, batch: batch, watches: watches, stops: make(chan debug.Stop), ended: make(chan error, 1)}
			return d.run(cmd.Context(), args[0], args[1:], specs, entry || !batch && len(breaks) == 0)
		}),
	}
	cmd.Flags().StringArrayVar(&breaks, "break", nil, "stop at 'FILE:LINE[ if CONDITION]' (may repeat)")
	cmd.Flags().StringArrayVar(&watches, "watch", nil, "show the value of an expression at each stop (may repeat)")
	cmd.Flags().BoolVar(&batch, "batch", false, "print each stop and run on, without asking")
	cmd.Flags().BoolVar(&entry, "stop-on-entry", false, "stop at the first line")
	// The names of these that other debuggers have, too.
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		switch name {
		case "break-at":
			name = "break"
		case "step":
			name = "stop-on-entry"
		}
		return pflag.NormalizedName(name)
	})
	flags.add(cmd)
	flags.addEngine(cmd)
	return cmd
}

// breakSpec is a breakpoint in a file.
type breakSpec struct {
	path string
	debug.BreakpointSpec
}

// parseBreaks reads 'FILE:LINE[ if CONDITION]'. The file is looked for in the
// working folder, then beside the script; without it the script is meant.
func parseBreaks(texts []string, script string) ([]breakSpec, error) {
	var out []breakSpec
	for _, text := range texts {
		place, err := headless.ParsePlace(text)
		if err != nil {
			return nil, fmt.Errorf("--break %w", err)
		}
		paths, found := place.Find(script)
		if !found {
			return nil, fmt.Errorf("--break %q: there is no file %s, here or beside %s", text, place.File, script)
		}
		out = append(out, breakSpec{paths[0], debug.BreakpointSpec{Line: place.Line, Condition: place.Condition}})
	}
	return out, nil
}

// setBreakpoints sets all breakpoints, file by file.
func (d *debugger) setBreakpoints() {
	byFile := map[string][]debug.BreakpointSpec{}
	var order []string
	for _, b := range d.specs {
		if byFile[b.path] == nil {
			order = append(order, b.path)
		}
		byFile[b.path] = append(byFile[b.path], b.BreakpointSpec)
	}
	d.breakpoints = d.breakpoints[:0]
	for _, path := range order {
		d.breakpoints = append(d.breakpoints, d.engine.SetBreakpoints(debug.Source{Path: path}, byFile[path])...)
	}
}

// clearFile removes the breakpoints of a file that has none left.
func (d *debugger) clearFile(path string) {
	for _, b := range d.specs {
		if b.path == path {
			return
		}
	}
	d.engine.SetBreakpoints(debug.Source{Path: path}, nil)
}

// execute runs the script on a goroutine of its own.
func (d *debugger) execute(ctx context.Context, script string, args []string) {
	go func() {
		_, err := d.session.RunFile(ctx, script, args)
		d.ended <- err
	}()
}
