package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

func (m *memoryCall) embedCommand() *cobra.Command {
	var again, prune bool
	cmd := &cobra.Command{
		Use:   "embed",
		Short: "Make vectors of the turns and documents that lack one, so that they are found by meaning",
		Long: `Make vectors of the turns, and of the pieces of documents, that lack one, so that they are found by meaning. It needs an embedder (runtime.memory.embedder in the configuration).

A kernel makes them by itself soon after something was added, and a search of a few that lack one. When this is interrupted, what was made stays; the same again
goes on there.`,
		Example: "  llmspell memory embed\n  llmspell memory embed --again    # the model was changed, and has the same name\n  llmspell memory embed --prune    # forget the vectors of models that were used before",
		Args:    cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			for _, part := range mem.Meanings() {
				if err := m.embed(ctx, part, again, prune); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&again, "again", false, "make all anew")
	cmd.Flags().BoolVar(&prune, "prune", false, "then drop the vectors of other models")
	return cmd
}

// embed has the vectors made that a part of the memory lacks.
func (m *memoryCall) embed(ctx context.Context, part *memory.Meaning, again, prune bool) error {
	if again {
		n, err := part.DropVectors(ctx, false)
		if err != nil {
			return err
		}
		fmt.Fprintf(m.a.stderr, "llmspell: %d vectors of %s dropped\n", n, part.Name())
	} else if n, err := part.Mend(ctx); err != nil {
		return err
	} else if n > 0 {
		fmt.Fprintf(m.a.stderr, "llmspell: %d vectors of %s were damaged, and are made anew\n", n, part.Name())
	}
	var told time.Time
	n, err := part.Embed(ctx, func(done, left int) {
		if left > 0 && time.Since(told) > time.Second {
			told = time.Now()
			fmt.Fprintf(m.a.stderr, "llmspell: %d done, %d to go\n", done, left)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.a.stderr, "llmspell: %d %s have got a vector\n", n, part.Name())
	if prune {
		if n, err = part.DropVectors(ctx, true); err == nil {
			fmt.Fprintf(m.a.stderr, "llmspell: %d vectors of %s by other models dropped\n", n, part.Name())
		}
	}
	return err
}

// shownVectors is what there is of vectors, as JSON.
type shownVectors struct {
	Model     string         `json:"model"`
	Dimension int            `json:"dimension,omitempty"`
	Stored    int            `json:"stored"`
	Lacking   int            `json:"lacking"`
	Others    map[string]int `json:"other_models,omitempty"`
	Problem   string         `json:"problem,omitempty"`
}

// showVectors is nil if there is no embedder.
func showVectors(s memory.VectorStats) *shownVectors {
	if !s.Embedder {
		return nil
	}
	v := &shownVectors{Model: s.Model, Dimension: s.Dimension, Stored: s.Stored, Lacking: s.Lacking, Others: s.Others}
	if s.Problem != nil {
		v.Problem = s.Problem.Error()
	}
	return v
}

// text is some lines about vectors of what has a name, for people.
func (v *shownVectors) text(name string) string {
	if v == nil {
		return "embedder     none: " + name + " are found by words\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "embedder     %s\nvectors      %d (%d %s lack one)\n", v.Model, v.Stored, v.Lacking, name)
	for _, model := range slices.Sorted(maps.Keys(v.Others)) {
		fmt.Fprintf(&b, "             %d of %s, which are not used\n", v.Others[model], model)
	}
	if v.Problem != "" {
		fmt.Fprintf(&b, "problem      %s\n", v.Problem)
	}
	return b.String()
}
