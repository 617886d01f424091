package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

func (m *memoryCall) exportCommand() *cobra.Command {
	var f memoryFilter
	format := newChoice("jsonl")
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write turns, and what is known, to a file; - is stdout",
		Long: `Write turns to a file, one a line, and behind them what is known: entities, facts with all that was ever believed, patterns; - is stdout.

With --session and the like only these turns are written, and what is known from them.`,
		Example: "  llmspell memory export memory.jsonl\n  llmspell memory export - --session chat-7",
		Args:    cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			var n memory.Exported
			err = m.a.writeFile(args[0], func(w io.Writer) (err error) {
				n, err = mem.Export(ctx, w, filter)
				return err
			})
			if err == nil {
				fmt.Fprintf(m.a.stderr, "llmspell: %d exported%s\n", n.Episodes, andKnown(n.Known))
			}
			return err
		}),
	}
	f.add(cmd)
	addChoice(cmd, &format, "format", "of the file: JSON, one object a line")
	return cmd
}

// andKnown tells of lines about what is known, if there are any.
func andKnown(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d lines of what is known", n)
}

func (m *memoryCall) importCommand() *cobra.Command {
	format := newChoice("jsonl")
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Remember the turns of a file, one a line, and what is known; - is stdin",
		Long: `Remember the turns of a file, one a line; - is stdin.

A line is a JSON object with session, role and content, and perhaps id, time, metadata and ingested:

  {"session": "chat-7", "id": "D1:3", "role": "user", "time": "2024-05-01T13:56:00Z", "content": "My boat is called Marigold"}

What an export has of entities, facts and patterns comes back, too.

All lines are checked before the first is stored; the error names those that are bad. An import that was interrupted goes on where it
was when it is run again: turns that are there already are passed by.`,
		Args: cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			in, err := m.a.openInput(ctx, args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			done, err := mem.Import(ctx, in)
			if err != nil {
				return err
			}
			fmt.Fprintf(m.a.stderr, "llmspell: %d imported", done.Added)
			if done.Present > 0 {
				fmt.Fprintf(m.a.stderr, ", %d were there already", done.Present)
			}
			fmt.Fprint(m.a.stderr, andKnown(done.Known))
			fmt.Fprintln(m.a.stderr)
			return nil
		}),
	}
	addChoice(cmd, &format, "format", "of the file: JSON, one object a line")
	return cmd
}
