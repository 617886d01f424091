package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

// shownPattern is a pattern as JSON.
type shownPattern struct {
	ID         int64     `json:"id"`
	Session    string    `json:"session_id"`
	Kind       string    `json:"kind"`
	About      string    `json:"about,omitempty"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	Count      int       `json:"count"`
	Failed     int       `json:"failed"`
	Confidence float64   `json:"confidence"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
}

func (m *memoryCall) patternsCommand() *cobra.Command {
	var q memory.PatternQuery
	var limit int
	kind := newChoice("all", memory.StatePattern, memory.ToolPattern)
	format := newChoice("table", "text", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "patterns",
		Short: "List what was done again and again, the most certain first",
		Long: `List what was done again and again: changes of the State, and tools that were called one after the other. The most certain come first.

They are learned if runtime.memory.procedural.enabled is true in the configuration.`,
		Args: cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			if limit < 0 {
				return usagef("--limit must be 0 or more, not %d", limit)
			}
			if q.Kind = kind.value; q.Kind == "all" {
				q.Kind = ""
			}
			damaged := memory.Damage{}
			q.Damaged = func(p *memory.Pattern, why error) error { damaged[p.ID] = why; return nil }
			found, err := mem.Patterns(ctx, q)
			if err != nil {
				return err
			}
			if limit > 0 {
				found = found[:min(limit, len(found))]
			}
			shown := make([]shownPattern, len(found))
			for i, p := range found {
				shown[i] = shownPattern{p.ID, p.Session, p.Kind, p.About, p.From, p.To, p.Count, p.Failed, p.Confidence, p.First.Time(), p.Last.Time()}
			}
			return errors.Join(m.a.printPatterns(shown, format.value), leftOut(damaged.Err("patterns")))
		}),
	}
	cmd.Flags().StringArrayVar(&q.Sessions, "session", nil, "only of this session; a* is any that begins with a (may be repeated)")
	cmd.Flags().IntVar(&q.MinCount, "min-count", 1, "how often it was seen at least")
	cmd.Flags().IntVar(&limit, "limit", 0, "how many at most (0: all)")
	addChoice(cmd, &kind, "kind", "which")
	addChoice(cmd, &format, "format", "how to print them")
	return cmd
}

func (a *app) printPatterns(list []shownPattern, format string) error {
	out := newOutput(a.stdout)
	switch format {
	case "json", "yaml":
		if err := writeAs(out, format, list); err != nil {
			return err
		}
	case "table":
		t := table{header: []string{"KIND", "ABOUT", "FROM", "TO", "COUNT", "CONFIDENCE"}, width: terminalWidth(a.stdout)}
		for _, p := range list {
			t.rows = append(t.rows, []string{p.Kind, oneLine(p.About), oneLine(p.From), oneLine(p.To), fmt.Sprint(p.Count), fmt.Sprintf("%.2f", p.Confidence)})
		}
		t.print(out)
	default:
		for _, p := range list {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%.2f\n", p.Kind, oneLine(p.About), oneLine(p.From), oneLine(p.To), p.Count, p.Confidence)
		}
	}
	return out.Flush()
}
