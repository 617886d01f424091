package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/memory"
)

func (m *memoryCall) embedCommand() *cobra.Command {
	var again, prune bool
	cmd := &cobra.Command{
		Use:   "embed",
		Short: "Make vectors of the turns that lack one, so that they are found by meaning",
		Long: `Make vectors of the turns that lack one, so that they are found by meaning. It needs an embedder (runtime.memory.embedder in the configuration).

A kernel makes them by itself soon after turns were added, and a search of a few that lack one. When this is interrupted, what was made stays; the same again
goes on there.`,
		Example: "  llmspell memory embed\n  llmspell memory embed --again    # the model was changed, and has the same name\n  llmspell memory embed --prune    # forget the vectors of models that were used before",
		Args:    cobra.NoArgs,
		RunE: m.on(func(ctx context.Context, mem *kernel.Memory, _ []string) error {
			if again {
				n, err := mem.DropVectors(ctx, false)
				if err != nil {
					return err
				}
				fmt.Fprintf(m.a.stderr, "llmspell: %d vectors dropped\n", n)
			} else if n, err := mem.MendVectors(ctx); err != nil {
				return err
			} else if n > 0 {
				fmt.Fprintf(m.a.stderr, "llmspell: %d vectors were damaged, and are made anew\n", n)
			}
			n, err := mem.Embed(ctx, func(done, left int) {
				if left > 0 {
					fmt.Fprintf(m.a.stderr, "llmspell: %d done, %d to go\n", done, left)
				}
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(m.a.stderr, "llmspell: %d turns have got a vector\n", n)
			if prune {
				if n, err = mem.DropVectors(ctx, true); err == nil {
					fmt.Fprintf(m.a.stderr, "llmspell: %d vectors of other models dropped\n", n)
				}
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&again, "again", false, "make all anew")
	cmd.Flags().BoolVar(&prune, "prune", false, "then drop the vectors of other models")
	return cmd
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

// text is some lines about vectors, for people.
func (v *shownVectors) text() string {
	if v == nil {
		return "embedder     none: turns are found by words\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "embedder     %s\nvectors      %d (%d turns lack one)\n", v.Model, v.Stored, v.Lacking)
	for _, model := range slices.Sorted(maps.Keys(v.Others)) {
		fmt.Fprintf(&b, "             %d of %s, which are not used\n", v.Others[model], model)
	}
	if v.Problem != "" {
		fmt.Fprintf(&b, "problem      %s\n", v.Problem)
	}
	return b.String()
}
