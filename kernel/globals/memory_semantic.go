package globals

import (
	"context"
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory"
)

// semantic are the functions of Memory.semantic:
//
//	add(subject, predicate, object, options)      believes a fact from now on
//	correct(subject, predicate, object, options)  as add, in place of all that was believed of its time
//	retract(subject, predicate, object, options)  nothing holds in its time
//	query(text, limit or options)                 entities, the best first
//	recall(text, limit or options)                facts, the best first
//	get(name, options), history(name)             what holds of an entity; all that was ever believed
//	path(from, to, options), around(name, options)
//	alias(name, alias), drop_alias(alias), merge(into, from), forget(name), single(predicate, boolean)
func (g *memoryGlobal) semantic() map[string]sessionFunc {
	return map[string]sessionFunc{
		"add": g.claim((*memory.Memory).Assert), "correct": g.claim((*memory.Memory).Correct), "retract": g.claim((*memory.Memory).Retract),
		"query": g.query, "recall": g.recall, "get": g.know, "history": g.history, "path": g.path, "around": g.around,
		"alias": g.alias, "drop_alias": g.dropAlias, "merge": g.merge, "forget": g.forgetEntity, "single": g.single,
	}
}

// claim is add, correct or retract (subject, predicate, object, options). Only retract takes no object.
func (g *memoryGlobal) claim(make func(*memory.Memory, context.Context, memory.Claim) error) sessionFunc {
	return func(c *sessionCall) int {
		claim := memory.Claim{Subject: c.text(1, "the name of the subject"), Predicate: c.text(2, "the predicate")}
		o := c.options(4, options.MemoryFactOptions)
		claim.SubjectType, claim.EntityType, claim.From, claim.To = o.text("type"), o.text("object_type"), o.time("from"), o.time("to")
		if v, ok := o.get("confidence"); ok {
			switch n := v.(type) {
			case int64:
				claim.Confidence = float64(n)
			case float64:
				claim.Confidence = n
			}
			if claim.Confidence == 0 {
				c.fail("confidence is how sure it is: more than 0, at most 1")
			}
		}
		switch object := c.L.Get(3).(type) {
		case *lua.LNilType:
			if c.name != "Memory.semantic.retract" {
				c.fail("argument 3 must be the object: a text, a number or a boolean, or with {entity = true} the name of an entity")
			}
		case lua.LString:
			if claim.Value = string(object); o.boolean("entity") || claim.EntityType != "" {
				claim.Entity, claim.Value = string(object), nil
			}
		case lua.LNumber:
			claim.Value = float64(object)
		case lua.LBool:
			claim.Value = bool(object)
		default:
			c.fail("argument 3 must be a text, a number or a boolean, not a %s", object.Type())
		}
		m := g.memory(c)
		if turn := o.text("turn"); turn != "" {
			e, err := m.Get(c.context(), o.text("session"), turn)
			c.must(err)
			claim.Source = e.Row
		}
		err := make(m, c.context(), claim)
		if errors.Is(err, memory.ErrNotBelieved) {
			c.L.Push(lua.LFalse)
			c.L.Push(lua.LString(err.Error()))
			return 2
		}
		c.must(err)
		c.L.Push(lua.LTrue)
		return 1
	}
}

// asOf reads a moment on both clocks: as_of, when it holds, and known_at, when it was believed. nil: now.
func (o *sessionOptions) asOf(m *memory.Memory) *memory.AsOf {
	valid, known := o.time("as_of"), o.time("known_at")
	as := m.Now()
	if !valid.IsZero() {
		as.Valid = memory.At(valid)
	}
	if !known.IsZero() {
		as.Known = memory.At(known)
	}
	return &as
}

// knowledgeQuery reads the arguments of query and recall.
func (g *memoryGlobal) knowledgeQuery(c *sessionCall) (*memory.Memory, memory.KnowledgeQuery) {
	m := g.memory(c)
	q := memory.KnowledgeQuery{Text: c.optionalText(1, "the words to look for")}
	if n, ok := c.L.Get(2).(lua.LNumber); ok {
		q.Limit = c.count(2, n, "entities")
		return m, q
	}
	o := c.options(2, options.MemoryKnowledgeQuery)
	q.Limit, q.Type, q.As = int(o.integer("limit")), o.text("type"), o.asOf(m)
	return m, q
}

// count is a number of things, 1 or more.
func (c *sessionCall) count(arg int, n lua.LNumber, of string) int {
	if n < 1 || n != lua.LNumber(int(n)) {
		c.fail("argument %d must be a number of %s, 1 or more, not %v", arg, of, n)
	}
	return int(n)
}

// query is Memory.semantic.query(text, limit or options).
func (g *memoryGlobal) query(c *sessionCall) int {
	m, q := g.knowledgeQuery(c)
	found, err := m.Query(c.context(), q)
	c.must(err)
	out := make([]any, len(found))
	for i, k := range found {
		e := c.describeKnown(m, k)
		e["score"] = k.Score
		out[i] = e
	}
	return c.push(out)
}

// recall is Memory.semantic.recall(text, limit or options).
func (g *memoryGlobal) recall(c *sessionCall) int {
	m, q := g.knowledgeQuery(c)
	found, err := m.Recall(c.context(), q)
	c.must(err)
	list := make([]memory.Statement, len(found))
	for i, f := range found {
		list[i] = f.Statement
	}
	out := c.describeFacts(m, list)
	for i, f := range found {
		out[i].(map[string]any)["score"] = f.Score
	}
	return c.push(out)
}

// know is Memory.semantic.get(name, options): an entity with what holds of it, or nil.
func (g *memoryGlobal) know(c *sessionCall) int {
	m := g.memory(c)
	return g.known(c, m, c.options(2, options.MemoryMoment).asOf(m), func(k *memory.Known) any { return c.describeKnown(m, *k) })
}

// history is Memory.semantic.history(name): all that was ever believed, or nil.
func (g *memoryGlobal) history(c *sessionCall) int {
	m := g.memory(c)
	return g.known(c, m, nil, func(k *memory.Known) any { return c.describeFacts(m, k.Facts) })
}

func (g *memoryGlobal) known(c *sessionCall, m *memory.Memory, as *memory.AsOf, show func(*memory.Known) any) int {
	k, err := m.Know(c.context(), c.text(1, "the name of an entity"), as)
	if errors.Is(err, memory.ErrNotFound) {
		c.L.Push(lua.LNil)
		return 1
	}
	c.must(err)
	return c.push(show(k))
}

// describeKnown is an entity as scripts see it.
func (c *sessionCall) describeKnown(m *memory.Memory, k memory.Known) map[string]any {
	properties := map[string]any{}
	for _, f := range k.Facts {
		switch have := properties[f.Predicate].(type) {
		case nil:
			properties[f.Predicate] = f.Object
		case []any:
			properties[f.Predicate] = append(have, f.Object)
		default:
			properties[f.Predicate] = []any{have, f.Object}
		}
	}
	return map[string]any{"id": k.ID, "name": k.Name, "entity_type": k.Type, "aliases": textList(k.Aliases), "properties": properties, "facts": c.describeFacts(m, k.Facts)}
}

// describeFacts are facts with the turns that tell them.
func (c *sessionCall) describeFacts(m *memory.Memory, list []memory.Statement) []any {
	facts := make([]memory.Fact, len(list))
	for i, f := range list {
		facts[i] = f.Fact
	}
	turns, err := m.TurnsOf(c.context(), facts...)
	c.must(err)
	out := make([]any, len(list))
	for i, f := range list {
		out[i] = describeFact(f, turns[f.ID])
	}
	return out
}

// describeFact is a fact as scripts see it.
func describeFact(f memory.Statement, turns []memory.TurnName) map[string]any {
	sources := make([]any, len(turns))
	for i, t := range turns {
		sources[i] = map[string]any{"session_id": t.Session, "id": t.ID}
	}
	out := map[string]any{"id": f.ID, "subject": f.Name, "predicate": f.Predicate, "object": f.Object, "is_entity": f.Fact.Object.Entity != 0, "text": f.Text(), "confidence": f.Confidence,
		"sources": sources, "asserted": f.Asserted()}
	for name, at := range map[string]memory.Instant{"valid_from": f.Valid.From, "valid_to": f.Valid.To, "known_from": f.Known.From, "known_to": f.Known.To} {
		if v := rfc(at.Time()); v != nil { // nil: from ever, for ever
			out[name] = v
		}
	}
	return out
}

// hops is the options of path and around.
func (g *memoryGlobal) hops(c *sessionCall, n int) (*memory.Memory, int, memory.AsOf) {
	m := g.memory(c)
	o := c.options(n, options.MemoryPathOptions)
	return m, int(o.integer("hops")), *o.asOf(m)
}

// path is Memory.semantic.path(from, to, options): facts in their order, or nil.
func (g *memoryGlobal) path(c *sessionCall) int {
	m, hops, as := g.hops(c, 3)
	if hops == 0 {
		hops = memory.MaxHops
	}
	steps, err := m.Way(c.context(), c.text(1, "the name of an entity"), c.text(2, "the name of an entity"), hops, as)
	c.must(err)
	if steps == nil {
		c.L.Push(lua.LNil)
		return 1
	}
	out := make([]any, len(steps))
	for i, s := range steps {
		out[i] = map[string]any{"from": s.From, "predicate": s.Predicate, "to": s.To}
	}
	return c.push(out)
}

// around is Memory.semantic.around(name, options).
func (g *memoryGlobal) around(c *sessionCall) int {
	m, hops, as := g.hops(c, 2)
	if hops == 0 {
		hops = 1
	}
	near, err := m.Around(c.context(), c.text(1, "the name of an entity"), hops, as)
	c.must(err)
	out := make([]any, len(near))
	for i, n := range near {
		out[i] = map[string]any{"id": n.Entity.ID, "name": n.Entity.Name, "entity_type": n.Entity.Type, "hops": n.Hops}
	}
	return c.push(out)
}

// alias is Memory.semantic.alias(name, alias).
func (g *memoryGlobal) alias(c *sessionCall) int {
	c.must(g.memory(c).AddAlias(c.context(), c.text(1, "the name of an entity"), c.text(2, "another name")))
	return 0
}

// dropAlias is Memory.semantic.drop_alias(alias): whether it was one.
func (g *memoryGlobal) dropAlias(c *sessionCall) int {
	return c.found(g.memory(c).DropAlias(c.context(), c.text(1, "an alias")))
}

// merge is Memory.semantic.merge(into, from).
func (g *memoryGlobal) merge(c *sessionCall) int {
	c.must(g.memory(c).Merge(c.context(), c.text(1, "the name of an entity"), c.text(2, "the name of the one that is the same")))
	return 0
}

// forgetEntity is Memory.semantic.forget(name): whether there was one.
func (g *memoryGlobal) forgetEntity(c *sessionCall) int {
	return c.found(g.memory(c).ForgetEntity(c.context(), c.text(1, "the name of an entity")))
}

// found pushes whether there was something.
func (c *sessionCall) found(err error) int {
	if !errors.Is(err, memory.ErrNotFound) {
		c.must(err)
	}
	c.L.Push(lua.LBool(err == nil))
	return 1
}

// single is Memory.semantic.single(predicate, boolean).
func (g *memoryGlobal) single(c *sessionCall) int {
	predicate := c.text(1, "the predicate")
	one, ok := c.L.Get(2).(lua.LBool)
	if !ok {
		c.fail("argument 2 must be true, if it has one object at a time, or false, not a %s", c.L.Get(2).Type())
	}
	c.must(g.memory(c).SetSingle(c.context(), predicate, bool(one)))
	return 0
}
