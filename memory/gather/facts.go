package gather

import (
	"context"
	"strconv"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
)

func (g *Gatherer) facts(ctx context.Context, c *collector, q Request) error {
	found, err := g.memory.Recall(ctx, memory.KnowledgeQuery{Text: q.Query, Limit: q.Candidates})
	if err != nil {
		return err
	}
	for _, f := range found {
		c.add(assemble.Candidate{ID: "f" + strconv.FormatInt(f.ID, 10), Source: assemble.Semantic, Text: f.Text(), Time: f.Valid.From.Time(), Order: f.ID, Score: f.Score},
			Piece{Fact: &f.Statement})
	}
	return nil
}
