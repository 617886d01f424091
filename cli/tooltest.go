package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/tool"
)

func (a *app) toolTestCommand() *cobra.Command {
	var all bool
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:   "test NAME... | --all",
		Short: "Run the examples of tools and check what they give",
		Long: "Run the examples of tools, each in a fresh folder that alone it may touch, and check the\n" +
			"results. Examples that this machine lacks something for are reported as such; with CI=true\n" +
			"in the environment they count as failures. The exit code is 1 when an example failed.",
		Example:           "  llmspell tool test calculator\n  llmspell tool test --all --format json",
		ValidArgsFunction: completeTools,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usagef("name the tools to test, or pass --all")
			}
			reg := tools.Builtin()
			list := reg.List(tools.Filter{})
			if !all {
				list = nil
			}
			for _, name := range args {
				d, ok := reg.Get(name)
				if !ok {
					return a.toolExit(cmd.Context(), reg.Unknown(name))
				}
				list = append(list, d)
			}
			return a.testTools(cmd.Context(), reg, list, format.value == "json")
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "test every tool")
	addChoice(cmd, &format, "format", "how to print what came of them")
	return cmd
}

// exampleReport is what came of one example, as JSON.
type exampleReport struct {
	Tool       string         `json:"tool"`
	Example    string         `json:"example"`
	Status     string         `json:"status"` // ok, failed or unavailable
	Params     map[string]any `json:"params,omitempty"`
	Error      string         `json:"error,omitempty"`
	DurationMS float64        `json:"duration_ms"`
}

func (a *app) testTools(ctx context.Context, reg *tools.Registry, list []*tool.Descriptor, asJSON bool) error {
	reports := []exampleReport{}
	counts := map[string]int{}
	for _, d := range list {
		if len(d.Examples) == 0 && !asJSON {
			fmt.Fprintf(a.stdout, "none  %s has no examples\n", d.Name)
		}
		for i := range d.Examples {
			r := reportOf(example.Run(ctx, reg, d, &d.Examples[i]))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			counts[r.Status]++
			reports = append(reports, r)
			if !asJSON {
				a.printReport(r)
			}
		}
	}
	if asJSON {
		if err := writeJSON(a.stdout, reports, true); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d ok, %d failed, %d unavailable\n", counts["ok"], counts["failed"], counts["unavailable"])
	}
	if counts["failed"] > 0 || counts["unavailable"] > 0 && os.Getenv("CI") == "true" {
		return exitError{exitScript}
	}
	return nil
}

func reportOf(o *example.Outcome) exampleReport {
	r := exampleReport{
		Tool: o.Tool, Example: o.Example.Description, Status: "ok", Params: o.Params,
		DurationMS: float64(o.Duration.Round(10*time.Microsecond)) / float64(time.Millisecond),
	}
	if o.Err == nil {
		return r
	}
	r.Status, r.Error = "failed", o.Err.Error()
	var te *tool.Error
	if errors.As(o.Err, &te) {
		r.Error = string(te.Code) + ": " + te.Message
	}
	if o.Unavailable() {
		r.Status = "unavailable"
	}
	return r
}

func (a *app) printReport(r exampleReport) {
	switch r.Status {
	case "ok":
		fmt.Fprintf(a.stdout, "ok    %s: %s (%.1f ms)\n", r.Tool, r.Example, r.DurationMS)
	case "failed":
		fmt.Fprintf(a.stdout, "FAIL  %s: %s: %s\n", r.Tool, r.Example, r.Error)
	default:
		fmt.Fprintf(a.stdout, "n/a   %s: %s: %s\n", r.Tool, r.Example, r.Error)
	}
}
