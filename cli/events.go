package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/rpc"
)

func (a *app) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Watch the events of a running kernel",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.eventsTailCommand())
	return cmd
}

// tailFlags are the flags of events tail.
type tailFlags struct {
	connect connectFlags
	format  choice
	count   int
	history int
}

func (a *app) eventsTailCommand() *cobra.Command {
	f := &tailFlags{format: newChoice("text", "json")}
	cmd := &cobra.Command{
		Use:   "tail [PATTERN]...",
		Short: "Print events as they happen, until interrupted",
		Long: "Print the events of a kernel as they happen, until interrupted or after --count. A pattern\n" +
			"such as \"state.*\" selects by type; without one all are printed. Events state.changed are published only\n" +
			"with events.emit_state_events = true in the kernel's configuration. Without --connect it is\n" +
			"the only kernel that runs. --format json prints one object a line.",
		Example: "  llmspell events tail\n  llmspell events tail 'order.*' --connect dev --format json --count 10",
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if f.count < 0 || f.history < 0 {
				return usagef("--count and --history must not be negative")
			}
			return a.tailEvents(cmd.Context(), f, args)
		}),
	}
	f.connect.add(cmd)
	addChoice(cmd, &f.format, "format", "how to print them")
	cmd.Flags().IntVar(&f.count, "count", 0, "end after this many (0: go on)")
	cmd.Flags().IntVar(&f.history, "history", 0, "begin with this many that have happened already")
	return cmd
}

func (a *app) tailEvents(ctx context.Context, f *tailFlags, patterns []string) error {
	client, err := a.dialKernel(ctx, f.connect.name(), f.connect.tokenFile, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	sub, err := client.Subscribe(ctx, rpc.SubscribeParams{Patterns: patterns, History: f.history})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "watching kernel %s\n", client.Hello().Kernel)
	lost := uint64(0)
	for n := 0; f.count == 0 || n < f.count; n++ {
		e, dropped, err := sub.Receive(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // that is how it ends
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if dropped > lost {
			a.warn("%d events were lost: they came faster than they could be printed", dropped-lost)
			lost = dropped
		}
		if err := a.printEvent(e, f.format.value); err != nil {
			return fmt.Errorf("print an event: %w", err)
		}
	}
	return nil
}

func (a *app) printEvent(e rpc.Event, format string) error {
	if format == "json" {
		return writeJSON(a.stdout, e, false)
	}
	line := e.Time.Local().Format("15:04:05.000") + "  " + e.Type
	if data := strings.TrimSpace(string(e.Data)); data != "" && data != "null" {
		line += "  " + data
	}
	_, err := fmt.Fprintln(a.stdout, oneLine(line))
	return err
}
