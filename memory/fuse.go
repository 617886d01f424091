package memory

import (
	"cmp"
	"slices"

	"github.com/llmspell/llmspell/memory/text"
	"github.com/llmspell/llmspell/memory/vector"
)

// How words and vectors are put together: by ranks, since their scores do not compare (reciprocal rank fusion). With these
// two numbers an embedder that is worse than words loses next to nothing, and a good one gains nearly all that it can:
// TestFusion, which has measured others too.
const (
	firstRank    = 5   // the first counts 1/5, the second 1/6, …
	vectorsCount = 0.5 // as much as words
)

// Fuse puts together what words and vectors have found, each the best first. The best that there can be has the score 1.
func Fuse(words []text.Hit, near []vector.Hit, limit int) []text.Hit {
	const whole = (1 + vectorsCount) / firstRank
	scores := make(map[int64]float32, len(words)+len(near))
	for i, h := range words {
		scores[h.ID] += 1 / float32(firstRank+i) / whole
	}
	for i, h := range near {
		scores[h.ID] += vectorsCount / float32(firstRank+i) / whole
	}
	out := make([]text.Hit, 0, len(scores))
	for id, score := range scores {
		out = append(out, text.Hit{ID: id, Score: score})
	}
	slices.SortFunc(out, func(a, b text.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return out[:min(limit, len(out))]
}
