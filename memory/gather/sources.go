package gather

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/rag"
)

// collector takes in candidates.
type collector struct {
	candidates []assemble.Candidate
	pieces     map[key]Piece
	rankers    map[assemble.Source]string
	warnings   []string
}

func (c *collector) add(a assemble.Candidate, p Piece) {
	c.candidates = append(c.candidates, a)
	c.pieces[key{a.Source, a.ID}] = p
}

// warn takes in a warning, once.
func (c *collector) warn(warning string) {
	if warning != "" && !slices.Contains(c.warnings, warning) {
		c.warnings = append(c.warnings, warning)
	}
}

// collect looks for candidates of a source.
func (g *Gatherer) collect(ctx context.Context, c *collector, s assemble.Source, q Request) error {
	switch s {
	case assemble.Episodic:
		return g.turns(ctx, c, q)
	case assemble.Semantic:
		return g.facts(ctx, c, q)
	}
	return g.documents(ctx, c, q)
}

func (g *Gatherer) turns(ctx context.Context, c *collector, q Request) error {
	a, err := g.memory.Find(ctx, memory.Query{Text: q.Query, Filter: q.Turns, Limit: q.Candidates})
	if err != nil {
		return err
	}
	c.warn(memory.Notice(a.Warning, a.Damaged))
	c.rankers[assemble.Episodic] = a.Mode.String()
	cite := citations(a.Found)
	for i, f := range a.Found {
		c.add(assemble.Candidate{ID: cite[i], Source: assemble.Episodic, Text: f.Content, Who: f.Role, Time: f.Time, Order: f.Row, Score: f.Score}, Piece{Turn: f.Episode})
	}
	return nil
}

// longCitation is how long an id may be that a text is cited by: a longer one would take tokens from what is cited.
const longCitation = 16

// citations are the ids by which turns are cited: their own, where these are short and none other here has the same; else
// # and the number of the row.
func citations(found []memory.Found) []string {
	times := map[string]int{}
	for _, f := range found {
		times[f.ID]++
	}
	out := make([]string, len(found))
	for i, f := range found {
		if out[i] = f.ID; len(f.ID) > longCitation || times[f.ID] > 1 || strings.HasPrefix(f.ID, "#") {
			out[i] = "#" + strconv.FormatInt(f.Row, 10)
		}
	}
	return out
}

func (g *Gatherer) documents(ctx context.Context, c *collector, q Request) error {
	f := q.Documents
	if len(f.Scopes) == 0 {
		f.Scopes = []string{rag.DefaultScope}
		for _, s := range q.Turns.Sessions {
			f.Scopes = append(f.Scopes, rag.SessionScope(s))
		}
	}
	a, err := g.library.Find(ctx, rag.Query{Text: q.Query, Filter: f, Limit: q.Candidates})
	if err != nil {
		return err
	}
	c.rankers[assemble.RAG] = a.Mode.String()
	c.warn(memory.Notice(a.Warning, a.Damaged))
	for _, f := range a.Found {
		c.add(assemble.Candidate{ID: "c" + strconv.FormatInt(f.Row, 10), Source: assemble.RAG, Text: f.Text, Who: documentName(&f), Time: f.Of.Time, Order: int64(f.Number), Score: f.Score},
			Piece{Document: &f})
	}
	return nil
}

// documentName is what a piece is said to be from: the title of its document, and the heading that it stands under.
func documentName(f *rag.Found) string {
	name := f.Of.Title
	if name == "" {
		name = path.Base(strings.ReplaceAll(f.Of.ID, "\\", "/"))
	}
	if n := len(f.Headings); n > 0 && f.Headings[n-1] != name {
		name += " / " + f.Headings[n-1]
	}
	return name
}
