package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
)

func (m *memoryCall) exportCommand() *cobra.Command {
	var f memoryFilter
	format := newChoice("jsonl")
	cmd := &cobra.Command{
		Use:     "export FILE",
		Short:   "Write turns to a file, one a line; - is stdout",
		Example: "  llmspell memory export memory.jsonl\n  llmspell memory export - --session chat-7",
		Args:    cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			filter, err := f.filter()
			if err != nil {
				return err
			}
			n := 0
			err = m.a.writeFile(args[0], func(w io.Writer) (err error) {
				n, err = mem.Export(ctx, w, filter)
				return err
			})
			if err == nil {
				fmt.Fprintf(m.a.stderr, "llmspell: %d exported\n", n)
			}
			return err
		}),
	}
	f.add(cmd)
	addChoice(cmd, &format, "format", "of the file: JSON, one object a line")
	return cmd
}

func (m *memoryCall) importCommand() *cobra.Command {
	format := newChoice("jsonl")
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Remember the turns of a file, one a line; - is stdin",
		Long: `Remember the turns of a file, one a line; - is stdin.

A line is a JSON object with session, role and content, and perhaps id, time, metadata and ingested:

  {"session": "chat-7", "id": "D1:3", "role": "user", "time": "2024-05-01T13:56:00Z", "content": "My boat is called Marigold"}

All lines are checked before the first is stored; the error names those that are bad. An import that was interrupted goes on where it
was when it is run again: turns that are there already are passed by.`,
		Args: cobra.ExactArgs(1),
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, args []string) error {
			in := m.a.stdin
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				in = file
			}
			done, err := mem.Import(ctx, in)
			if err != nil {
				return err
			}
			fmt.Fprintf(m.a.stderr, "llmspell: %d imported", done.Added)
			if done.Present > 0 {
				fmt.Fprintf(m.a.stderr, ", %d were there already", done.Present)
			}
			fmt.Fprintln(m.a.stderr)
			return nil
		}),
	}
	addChoice(cmd, &format, "format", "of the file: JSON, one object a line")
	return cmd
}
