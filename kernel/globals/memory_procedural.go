package globals

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory"
)

// procedural are the functions of Memory.procedural:
//
//	list(filter)    patterns, the most certain first
//	forget(filter)  how many there were
func (g *memoryGlobal) procedural() map[string]sessionFunc {
	return map[string]sessionFunc{"list": g.patterns, "forget": g.forgetPatterns}
}

// patternFilter reads a filter, and its limit.
func (c *sessionCall) patternFilter(n int) (memory.PatternQuery, int) {
	o := c.options(n, options.MemoryPatternFilter)
	q := memory.PatternQuery{Sessions: o.texts("session"), Kind: o.text("kind"), About: o.text("about"), MinCount: int(o.integer("min_count"))}
	if o.has("from") {
		from := o.text("from")
		q.From = &from
	}
	return q, int(o.integer("limit"))
}

// patterns is Memory.procedural.list(filter).
func (g *memoryGlobal) patterns(c *sessionCall) int {
	q, limit := c.patternFilter(1)
	m := g.memory(c)
	if g.learned != nil { // what this process has seen and not written yet
		c.must(g.learned(c.context()))
	}
	found, err := m.Patterns(c.context(), q)
	c.must(err)
	if limit > 0 {
		found = found[:min(limit, len(found))]
	}
	out := make([]any, len(found))
	for i, p := range found {
		out[i] = map[string]any{"id": p.ID, "session_id": p.Session, "kind": p.Kind, "about": p.About, "from": p.From, "to": p.To, "count": p.Count, "failed": p.Failed,
			"confidence": p.Confidence, "first": rfc(p.First.Time()), "last": rfc(p.Last.Time())}
	}
	return c.push(out)
}

// forgetPatterns is Memory.procedural.forget(filter): how many there were. Without a filter all are forgotten.
func (g *memoryGlobal) forgetPatterns(c *sessionCall) int {
	q, limit := c.patternFilter(1)
	if limit > 0 {
		c.fail("forget takes no limit")
	}
	m := g.memory(c)
	if g.learned != nil {
		c.must(g.learned(c.context()))
	}
	n, err := m.ForgetPatterns(c.context(), q)
	c.must(err)
	c.L.Push(lua.LNumber(n))
	return 1
}

// consolidate is Memory.consolidate(session, force). Without a session all are read.
func (g *memoryGlobal) consolidate(c *sessionCall) int {
	var o memory.ConsolidateOptions
	if session := c.optionalID(1); session != "" {
		o.Sessions = []string{session}
	}
	switch force := c.L.Get(2).(type) {
	case *lua.LNilType:
	case lua.LBool:
		o.Force = bool(force)
	default:
		c.fail("argument 2 must be true, to read again what was read before, or false, not a %s", force.Type())
	}
	done, err := g.memory(c).Consolidate(c.context(), o)
	c.must(err)
	failures := make([]any, len(done.Errors))
	for i, err := range done.Errors {
		failures[i] = err.Error()
	}
	return c.push(map[string]any{"entries_processed": done.Processed, "entries_skipped": done.Skipped, "entries_failed": done.Failed,
		"entities_added": done.Added, "entities_updated": done.Updated, "entities_deleted": done.Deleted, "duration_ms": float64(done.Duration.Microseconds()) / 1000, "errors": failures})
}
