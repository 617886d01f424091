package globals

import (
	"context"
	"errors"
	"maps"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory"
)

// InstallMemory defines the global Memory in a Lua state:
//
//	Memory.episodic.add(session, role, content, metadata, options)  the new turn's id
//	Memory.episodic.search(session, query, limit or filter)         turns, the best first, and a warning or nil
//	Memory.episodic.get(session, id)                                a turn, or nil
//	Memory.episodic.list(filter)                                    turns
//	Memory.episodic.sessions()                                      {{session, episodes, …}, …}
//	Memory.episodic.forget(filter)                                  how many there were
//	Memory.consolidate(session, force)
//	Memory.stats()
//
// and Memory.semantic and Memory.procedural, which have files of their own. docs/memory.md has the rest. open is
// called when the first function is; its error is raised by the function. learned writes the patterns that were seen
// and not written yet; nil: there are none.
func InstallMemory(L *lua.LState, open func() (*memory.Memory, error), learned func(context.Context) error, env Env) {
	g := &memoryGlobal{calls: &sessionGlobal{env: SessionEnv{Env: env}, current: env.current()}, open: open, learned: learned}
	t := L.CreateTable(0, 5)
	t.RawSetString("episodic", g.table(L, "Memory.episodic.", map[string]sessionFunc{
		"add": g.add, "search": g.search, "get": g.get, "list": g.list, "sessions": g.sessions, "forget": g.forget,
	}))
	t.RawSetString("semantic", g.table(L, "Memory.semantic.", g.semantic()))
	t.RawSetString("procedural", g.table(L, "Memory.procedural.", g.procedural()))
	t.RawSetString("consolidate", g.calls.function(L, "Memory.consolidate", g.consolidate))
	t.RawSetString("stats", g.calls.function(L, "Memory.stats", g.stats))
	asMethods(t)
	L.SetGlobal("Memory", t)
}

// memoryGlobal is the Memory of one Lua state.
type memoryGlobal struct {
	calls   *sessionGlobal // reads arguments and raises errors
	open    func() (*memory.Memory, error)
	learned func(context.Context) error
}

// table makes a table of functions, in the order of their names.
func (g *memoryGlobal) table(L *lua.LState, prefix string, functions map[string]sessionFunc) *lua.LTable {
	t := L.CreateTable(0, len(functions))
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		t.RawSetString(name, g.calls.function(L, prefix+name, functions[name]))
	}
	asMethods(t)
	return t
}

func (g *memoryGlobal) memory(c *sessionCall) *memory.Memory {
	m, err := g.open()
	c.must(err)
	return m
}

// describeEpisode is a turn as scripts see it.
func describeEpisode(e *memory.Episode) map[string]any {
	metadata := e.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return map[string]any{"id": e.ID, "session_id": e.Session, "role": e.Role, "content": e.Content, "timestamp": rfc(e.Time),
		"ingestion_time": rfc(e.Ingested), "metadata": metadata, "processed": e.Processed}
}

// add is Memory.episodic.add(session, role, content, metadata, {id=, time=}).
func (g *memoryGlobal) add(c *sessionCall) int {
	e := memory.Episode{Session: c.id(1), Role: c.text(2, "the role"), Content: c.text(3, "the content"), Metadata: c.table(4).m}
	o := c.options(5, options.MemoryAddOptions)
	e.ID, e.Time = o.text("id"), o.time("time")
	stored, err := g.memory(c).Add(c.context(), e)
	c.must(err)
	c.L.Push(lua.LString(stored.ID))
	return 1
}

// filter reads a filter.
func (c *sessionCall) filter(n int) memory.Filter {
	return readFilter(c.options(n, options.MemoryFilter))
}

// readFilter reads the members of a filter.
func readFilter(o *sessionOptions) memory.Filter {
	f := memory.Filter{Sessions: o.texts("session"), IDs: o.texts("id"), Roles: o.texts("role"), Since: o.time("since"), Until: o.time("until"),
		Metadata: o.table("metadata"), Limit: int(o.integer("limit"))}
	if o.has("processed") {
		processed := o.boolean("processed")
		f.Processed = &processed
	}
	f.Order = map[string]memory.Order{"time": memory.ByTime, "newest": memory.Newest}[o.text("order")]
	return f
}

// search is Memory.episodic.search(session, query, limit or filter). "" and nil are all
// sessions.
func (g *memoryGlobal) search(c *sessionCall) int {
	q := memory.Query{Text: c.text(2, "the words to look for")}
	if n, ok := c.L.Get(3).(lua.LNumber); ok {
		q.Limit = c.count(3, n, "turns")
	} else {
		o := c.options(3, options.MemoryQuery)
		q.Filter = readFilter(o)
		q.Limit = q.Filter.Limit
		q.Mode = map[string]memory.Mode{"words": memory.Words, "vectors": memory.Vectors, "hybrid": memory.Hybrid}[o.text("mode")]
	}
	if session := c.optionalID(1); session != "" {
		if len(q.Filter.Sessions) > 0 {
			c.fail("the session is given twice: as argument 1, and in the filter")
		}
		q.Filter.Sessions = []string{session}
	}
	a, err := g.memory(c).Find(c.context(), q)
	c.must(err)
	out := make([]any, len(a.Found))
	for i, f := range a.Found {
		e := describeEpisode(f.Episode)
		e["score"] = f.Score
		out[i] = e
	}
	n := c.push(out)
	notice := memory.Notice(a.Warning, a.Damaged)
	if notice == "" {
		return n
	}
	c.L.Push(lua.LString(notice))
	return n + 1
}

// get is Memory.episodic.get(session, id): a turn, or nil. Without a session the id must
// be that of one turn alone.
func (g *memoryGlobal) get(c *sessionCall) int {
	e, err := g.memory(c).Get(c.context(), c.optionalID(1), c.text(2, "the id of a turn"))
	if errors.Is(err, memory.ErrNotFound) {
		c.L.Push(lua.LNil)
		return 1
	}
	c.must(err)
	return c.push(describeEpisode(e))
}

// list is Memory.episodic.list(filter).
func (g *memoryGlobal) list(c *sessionCall) int {
	found, err := g.memory(c).List(c.context(), c.filter(1))
	c.must(err)
	out := make([]any, len(found))
	for i, e := range found {
		out[i] = describeEpisode(e)
	}
	return c.push(out)
}

// sessions is Memory.episodic.sessions().
func (g *memoryGlobal) sessions(c *sessionCall) int {
	found, err := g.memory(c).Sessions(c.context())
	c.must(err)
	out := make([]any, len(found))
	for i, s := range found {
		out[i] = map[string]any{"session_id": s.Session, "episodes": s.Episodes, "unprocessed": s.Unprocessed, "first": rfc(s.First.Time()), "last": rfc(s.Last.Time())}
	}
	return c.push(out)
}

// forget is Memory.episodic.forget(filter): how many turns there were.
func (g *memoryGlobal) forget(c *sessionCall) int {
	n, err := g.memory(c).Forget(c.context(), c.filter(1), false)
	if errors.Is(err, memory.ErrEverything) {
		c.fail(`the filter means all turns: name what is to be forgotten, as by {session = …}; {session = "*"} is all`)
	}
	c.must(err)
	c.L.Push(lua.LNumber(n))
	return 1
}

// stats is Memory.stats().
func (g *memoryGlobal) stats(c *sessionCall) int {
	s, err := g.memory(c).Stats(c.context())
	c.must(err)
	return c.push(map[string]any{"episodic_count": s.Episodes, "sessions": s.Sessions, "unprocessed": s.Unprocessed,
		"sessions_with_unprocessed": s.UnprocessedSessions, "tenant": s.Tenant, "semantic_count": s.Entities, "facts": s.Facts, "patterns": s.Patterns,
		"has_vectors": s.Vectors.Embedder, "vectors": s.Vectors.Stored, "lacking_vectors": s.Vectors.Lacking, "has_episodic": true, "has_semantic": true, "has_procedural": true, "has_consolidation": true})
}
