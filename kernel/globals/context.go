package globals

import (
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/assemble"
	"github.com/llmspell/llmspell/memory/gather"
)

// InstallContext defines the global Context in a Lua state:
//
//	Context.assemble(query, strategy, max_tokens, session, options)  what a model should read before a question
//	Context.test(query, session)                                     the same, hybrid, in 2,000 tokens
//	Context.analyze(query, max_tokens, session, options)             what each strategy gives
//	Context.strategies(), Context.strategy_stats()
//
// docs/rag.md has the rest. open is called when the first function is; its error is
// raised by the function.
func InstallContext(L *lua.LState, open func() (*gather.Gatherer, error), env Env) {
	g := &contextGlobal{open: open, assembled: map[assemble.Strategy]*assembled{}}
	calls := &sessionGlobal{env: SessionEnv{Env: env}, current: env.current()}
	calls.install(L, "Context", map[string]sessionFunc{
		"assemble": g.assemble, "test": g.test, "analyze": g.analyze, "strategies": g.strategies, "strategy_stats": g.stats,
	})
}

// contextGlobal is the Context of one Lua state.
type contextGlobal struct {
	open      func() (*gather.Gatherer, error)
	assembled map[assemble.Strategy]*assembled
}

// assembled counts what a script has had made.
type assembled struct{ contexts, chunks, tokens int }

// request reads what all functions take: a session and options.
func (g *contextGlobal) request(c *sessionCall, session, table int) gather.Request {
	o := c.options(table, options.ContextOptions)
	q := gather.Request{Encoding: o.text("encoding"), Candidates: int(o.integer("candidates"))}
	if v, ok := o.get("min_score"); ok {
		q.MinScore, _ = toFloat(v)
	}
	q.Turns = memory.Filter{Roles: o.texts("role"), Since: o.time("since"), Until: o.time("until"), Metadata: o.table("metadata")}
	if id := c.optionalID(session); id != "" {
		q.Turns.Sessions = []string{id}
	}
	q.Documents.Collections = o.texts("collection")
	if scope := c.scope(o); scope == allScopes {
		q.Documents.Scopes = []string{"*"} // any that begins with nothing
	} else if scope != "" {
		q.Documents.Scopes = []string{scope}
	}
	return q
}

func (g *contextGlobal) gatherer(c *sessionCall) *gather.Gatherer {
	made, err := g.open()
	c.must(err)
	return made
}

// tokens is argument n, a budget, or nil.
func (c *sessionCall) tokens(n, fallback int) int {
	switch v := c.L.Get(n).(type) {
	case *lua.LNilType:
		return fallback
	case lua.LNumber:
		if v == lua.LNumber(int(v)) && v != 0 {
			return int(v)
		}
	}
	c.fail("argument %d must be a number of tokens, %d or more, not %s", n, assemble.MinBudget, shown(c.L.Get(n)))
	return 0
}

// assemble is Context.assemble(query, strategy, max_tokens, session, options).
func (g *contextGlobal) assemble(c *sessionCall) int {
	q := g.request(c, 4, 5)
	q.Query, q.Strategy, q.Budget = c.text(1, "the question"), assemble.Strategy(c.optionalText(2, "a strategy")), c.tokens(3, assemble.DefaultBudget)
	return g.push(c, q)
}

// test is Context.test(query, session).
func (g *contextGlobal) test(c *sessionCall) int {
	q := g.request(c, 2, 3)
	q.Query, q.Budget = c.text(1, "the question"), 2000
	return g.push(c, q)
}

func (g *contextGlobal) push(c *sessionCall, q gather.Request) int {
	r, err := g.gatherer(c).Assemble(c.context(), q)
	c.must(err)
	g.count(r)
	return c.push(describeContext(r))
}

func (g *contextGlobal) count(r *gather.Result) {
	n := g.assembled[r.Strategy]
	if n == nil {
		n = &assembled{}
		g.assembled[r.Strategy] = n
	}
	n.contexts, n.chunks, n.tokens = n.contexts+1, n.chunks+len(r.Chunks), n.tokens+r.Tokens
}

// analyze is Context.analyze(query, max_tokens, session, options).
func (g *contextGlobal) analyze(c *sessionCall) int {
	q := g.request(c, 3, 4)
	q.Query, q.Budget = c.text(1, "the question"), c.tokens(2, 2000)
	list, err := g.gatherer(c).Analyze(c.context(), q)
	c.must(err)
	out := make([]any, len(list))
	for i, r := range list {
		m := map[string]any{"strategy": string(r.Strategy), "description": r.Strategy.Describe(), "token_count": r.Tokens, "chunks": len(r.Chunks), "left_out": len(r.Left),
			"total_confidence": r.Confidence, "found": foundCounts(r)}
		out[i] = m
	}
	return c.push(out)
}

func foundCounts(r *gather.Result) map[string]any {
	out := map[string]any{}
	for source, n := range r.Found {
		out[string(source)] = n
	}
	return out
}

// strategies is Context.strategies().
func (g *contextGlobal) strategies(c *sessionCall) int { return c.push(g.describeStrategies(c)) }

func (g *contextGlobal) describeStrategies(c *sessionCall) []any {
	out := []any{}
	for _, s := range assemble.Strategies() {
		sources, err := s.Sources()
		c.must(err)
		names := make([]string, len(sources))
		for i, source := range sources {
			names[i] = string(source)
		}
		m := map[string]any{"name": string(s), "description": s.Describe(), "sources": textList(names), "default": s == assemble.Hybrid}
		out = append(out, m)
	}
	return out
}

// stats is Context.strategy_stats(): what this script has had made by each strategy.
func (g *contextGlobal) stats(c *sessionCall) int {
	list := g.describeStrategies(c)
	for _, v := range list {
		m := v.(map[string]any)
		n := g.assembled[assemble.Strategy(m["name"].(string))]
		if n == nil {
			n = &assembled{}
		}
		m["contexts"], m["chunks"], m["tokens"] = n.contexts, n.chunks, n.tokens
	}
	return c.push(map[string]any{"strategies": list, "default_strategy": string(assemble.Hybrid), "min_tokens": assemble.MinBudget, "default_tokens": assemble.DefaultBudget})
}

// describeContext is a context as scripts see it.
func describeContext(r *gather.Result) map[string]any {
	chunks := make([]any, len(r.Chunks))
	for i, k := range r.Chunks {
		chunks[i] = map[string]any{"chunk": describePiece(k.Candidate, r.Of(k.Source, k.ID)), "score": k.Score, "ranker": r.Rankers[k.Source], "cite": k.ID, "tokens": k.Tokens, "rank": k.Rank}
	}
	left := make([]any, len(r.Left))
	for i, l := range r.Left {
		id := l.ID
		if p := r.Of(l.Source, l.ID); p.Turn != nil {
			id = p.Turn.ID
		}
		m := map[string]any{"id": id, "cite": l.ID, "source": string(l.Source), "score": l.Score, "reason": string(l.Reason)}
		if l.Tokens > 0 {
			m["tokens"] = l.Tokens
		}
		if l.Of != "" {
			m["of"] = l.Of
		}
		left[i] = m
	}
	m := map[string]any{"chunks": chunks, "formatted": r.Text, "token_count": r.Tokens, "max_tokens": r.Budget, "encoding": r.Encoding, "strategy": string(r.Strategy),
		"total_confidence": r.Confidence, "left_out": left, "found": foundCounts(r), "warnings": textList(slices.Clone(r.Warnings))}
	if !r.From.IsZero() {
		m["temporal_span"] = map[string]any{"start": rfc(r.From), "end": rfc(r.Until)}
	}
	return m
}

// describePiece is what a chunk is made of.
func describePiece(k assemble.Candidate, p gather.Piece) map[string]any {
	m := map[string]any{"id": k.ID, "content": k.Text, "source": string(k.Source), "metadata": map[string]any{}}
	if !k.Time.IsZero() {
		m["timestamp"] = rfc(k.Time)
	}
	var metadata map[string]any
	switch {
	case p.Turn != nil:
		m["id"], m["content"], m["session_id"], m["role"], metadata = p.Turn.ID, p.Turn.Content, p.Turn.Session, p.Turn.Role, p.Turn.Metadata
	case p.Fact != nil:
		m["entity"], m["predicate"], m["object"], m["confidence"] = p.Fact.Name, p.Fact.Predicate, p.Fact.Object, p.Fact.Confidence
	case p.Document != nil:
		d := p.Document
		m["content"], m["document_id"], m["collection"], m["scope"], m["title"], m["headings"], m["number"] = d.Text, d.Of.ID, d.Of.Collection, d.Of.Scope, d.Of.Title, textList(d.Headings), d.Number
		metadata = d.Of.Metadata
	}
	if metadata != nil {
		m["metadata"] = metadata
	}
	return m
}
