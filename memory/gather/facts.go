package gather

import (
	"context"
	"strconv"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
)

// factsShare is the part of the candidates that facts have where turns are there, too: they have at most 0.4 of the budget then, and are short.
const factsShare = 0.5

func (g *Gatherer) facts(ctx context.Context, c *collector, q Request) error {
	most := q.Candidates
	if q.Strategy != assemble.FromFacts {
		most = max(1, int(factsShare*float64(most)))
	}
	found, err := g.memory.Recall(ctx, memory.KnowledgeQuery{Text: q.Query, Limit: most})
	if err != nil {
		return err
	}
	for _, f := range found {
		c.add(assemble.Candidate{ID: "f" + strconv.FormatInt(f.ID, 10), Source: assemble.Semantic, Text: f.Text(), Time: f.Valid.From.Time(), Order: f.ID, Score: f.Score},
			Piece{Fact: &f.Statement})
	}
	return nil
}
