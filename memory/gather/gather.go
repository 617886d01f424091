package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/memory/tokens"
)

// Gatherer makes contexts of a tenant's memory and documents. Its methods may be called by
// any goroutine.
type Gatherer struct {
	memory  *memory.Memory
	library *rag.Library

	mu       sync.Mutex
	encoding string
	counters map[string]*tokens.Counter
}

// New makes a Gatherer. encoding is the one that tokens are counted by if a request names
// none; "": tokens.O200k.
func New(m *memory.Memory, l *rag.Library, encoding string) (*Gatherer, error) {
	g := &Gatherer{memory: m, library: l, encoding: encoding, counters: map[string]*tokens.Counter{}}
	_, err := g.Counter("")
	return g, err
}

// Counter counts tokens by an encoding; "" is the one of New. It remembers counts for all
// requests.
func (g *Gatherer) Counter(encoding string) (*tokens.Counter, error) {
	encoding = cmp.Or(encoding, g.encoding, tokens.O200k)
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.counters[encoding]; c != nil {
		return c, nil
	}
	c, err := tokens.New(encoding)
	if err == nil {
		g.counters[encoding] = c
	}
	return c, err
}

// Request says what a context is for.
type Request struct {
	Query    string
	Strategy assemble.Strategy // assemble.Hybrid if empty
	Budget   int               // in tokens; assemble.DefaultBudget if 0
	Encoding string            // by which they are counted; "": the Gatherer's
	// Turns says which turns may be in it; its limit and order do not count.
	Turns memory.Filter
	// Documents says of which documents pieces may be in it. Without scopes: rag.DefaultScope, and
	// those of the sessions that Turns names.
	Documents memory.DocumentFilter
	// Candidates is how many of each source are looked at. 0: enough to fill the budget.
	Candidates int
	// MinScore leaves out what scores less, as a part of the best of its source.
	MinScore float64
}

// Piece is what a chunk of a context is made of: one of the three.
type Piece struct {
	Turn     *memory.Episode
	Fact     *memory.Statement
	Document *rag.Found
}

// Result is a context, and where its pieces are from.
type Result struct {
	*assemble.Context
	// Found is how many candidates each source had.
	Found map[assemble.Source]int
	// Rankers says how candidates of a source were found: "words", or with an embedder "hybrid".
	Rankers map[assemble.Source]string
	// Warnings say what was not done as it should have been, such as why an embedder was not used.
	Warnings []string
	pieces   map[key]Piece
}

// key names a candidate.
type key struct {
	source assemble.Source
	id     string
}

// Of is what a candidate is made of, by its source and the id by which the text cites it.
func (r *Result) Of(source assemble.Source, id string) Piece { return r.pieces[key{source, id}] }

// Assemble gathers for a request. Errors of the request are of package assemble.
func (g *Gatherer) Assemble(ctx context.Context, q Request) (*Result, error) {
	o, sources, err := q.options()
	if err != nil {
		return nil, err
	}
	counter, err := g.Counter(q.Encoding)
	if err != nil {
		return nil, err
	}
	c := &collector{pieces: map[key]Piece{}, rankers: map[assemble.Source]string{assemble.Semantic: memory.Words.String(), assemble.RAG: memory.Words.String()}}
	found := map[assemble.Source]int{}
	for _, s := range sources {
		before := len(c.candidates)
		if err := g.collect(ctx, c, s, q); err != nil {
			return nil, fmt.Errorf("look for %s: %w", what(s), err)
		}
		found[s] = len(c.candidates) - before
	}
	out, err := assemble.Assemble(c.candidates, counter, o)
	if err != nil {
		return nil, err
	}
	return &Result{Context: out, Found: found, Rankers: c.rankers, Warnings: c.warnings, pieces: c.pieces}, nil
}

// Analyze gathers by each strategy, in the order of assemble.Strategies.
func (g *Gatherer) Analyze(ctx context.Context, q Request) (out []*Result, err error) {
	for _, q.Strategy = range assemble.Strategies() {
		r, err := g.Assemble(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// options are those of the assembly, checked before anything is looked for.
func (q *Request) options() (o assemble.Options, sources []assemble.Source, err error) {
	q.Strategy, q.Budget = cmp.Or(q.Strategy, assemble.Hybrid), cmp.Or(q.Budget, assemble.DefaultBudget)
	o = assemble.Options{Strategy: q.Strategy, Budget: q.Budget, MinScore: q.MinScore}
	if q.Candidates < 0 || q.Candidates > maxCandidates {
		return o, nil, fmt.Errorf("%d candidates: the number must be from 1 to %d", q.Candidates, maxCandidates)
	}
	if q.Candidates == 0 {
		q.Candidates = min(max(minCandidates, q.Budget/leastTokens), maxCandidates)
	}
	if q.Query == "" {
		return o, nil, errors.New("the query is empty")
	}
	if err := memory.CheckText("the query", q.Query); err != nil {
		return o, nil, err
	}
	if _, err := assemble.Assemble(nil, nothing{}, o); err != nil {
		return o, nil, err
	}
	sources, err = q.Strategy.Sources()
	return o, sources, err
}

// How many candidates of a source are looked at: enough that the budget is full if each has the least tokens
// that lines of a conversation usually have.
const (
	minCandidates = 100
	leastTokens   = 20
	maxCandidates = 10_000
)

// nothing counts the tokens of no candidates, so that options can be checked without an encoding.
type nothing struct{}

func (nothing) Count(string) (int, error) { return 0, nil }
func (nothing) Encoding() string          { return "" }

// what names a source for people.
func what(s assemble.Source) string {
	switch s {
	case assemble.Semantic:
		return "facts"
	case assemble.RAG:
		return "documents"
	}
	return "turns"
}
