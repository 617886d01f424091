package globals

import (
	"errors"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/memory/rag"
	"github.com/llmspell/llmspell/tools/schema"
)

// InstallRAG defines the global RAG in a Lua state:
//
//	RAG.ingest(document or documents, options), RAG.ingest_batch   what became of them
//	RAG.search(query, options)                                     pieces of documents, the best first
//	RAG.list(filter), RAG.delete(filter)                           documents; how many there were
//	RAG.collections(filter), RAG.get_stats(scope, id)              what there is
//	RAG.set_ttl(collection, seconds, options)                      how long documents live
//	RAG.create_session_collection(session, ttl), RAG.configure_session{session_id=, vector_ttl=}
//	RAG.cleanup_scope(scope, id)                                   how many documents there were
//	RAG.configure(table), RAG.list_providers(), RAG.save()
//
// docs/rag.md has the rest. open is called when the first function is; its error is
// raised by the function.
func InstallRAG(L *lua.LState, open func() (*rag.Library, error), env Env) {
	g := &ragGlobal{calls: &sessionGlobal{env: SessionEnv{Env: env}, current: env.current()}, open: open}
	g.calls.install(L, "RAG", map[string]sessionFunc{
		"ingest": g.ingest, "ingest_batch": g.ingest, "search": g.search, "list": g.list, "delete": g.remove, "collections": g.collections, "get_stats": g.stats,
		"set_ttl": g.setTTL, "create_session_collection": g.sessionCollection, "configure_session": g.configureSession, "cleanup_scope": g.cleanup,
		"configure": g.configure, "list_providers": g.providers, "save": g.save,
	})
}

// ragGlobal is the RAG of one Lua state.
type ragGlobal struct {
	calls *sessionGlobal // reads arguments and raises errors
	open  func() (*rag.Library, error)
	// defaults are what RAG.configure has set: members of the options of calls that do not have them.
	defaults map[string]any
}

func (g *ragGlobal) library(c *sessionCall) *rag.Library {
	l, err := g.open()
	c.must(err)
	return l
}

// options is argument n, with what RAG.configure has set where it says nothing.
func (g *ragGlobal) options(c *sessionCall, n int, name options.Name) *sessionOptions {
	o := c.options(n, name)
	placed := o.has("scope") || o.has("scope_id") || o.has("tenant_id")
	for k, v := range g.defaults {
		if takes(name, k) && !o.has(k) && !(placed && ragPlaces[k]) {
			o.m[k] = v
		}
	}
	return o
}

// takes tells whether a table of options has a member.
func takes(name options.Name, member string) bool {
	return slices.ContainsFunc(options.Of(name).Schema.Properties, func(p schema.Property) bool { return p.Name == member })
}

// ragPlaces are members that say together where documents are.
var ragPlaces = map[string]bool{"scope": true, "scope_id": true, "tenant_id": true}

// allScopes is the scope that stands for all.
const allScopes = "*"

// scope is what scope, scope_id and tenant_id say together; "" if they say nothing.
func (c *sessionCall) scope(o *sessionOptions) string {
	return c.scopeOf(o.text("scope"), o.text("scope_id"), o.text("tenant_id"))
}

func (c *sessionCall) scopeOf(scope, id, tenant string) string {
	switch {
	case scope == allScopes && (id != "" || tenant != ""):
		c.fail("the scope %q is all of them: it has neither scope_id nor tenant_id", allScopes)
	case scope == "session" && id == "":
		if id = c.g.current.ID; id == "" {
			c.fail("the scope \"session\" needs a scope_id, since there is no current session")
		}
	case scope == "tenant" && tenant == "":
		tenant, scope, id = id, "", ""
		if tenant == "" {
			c.fail("the scope \"tenant\" needs a tenant_id")
		}
	case scope == "" && id != "":
		c.fail("a scope_id needs a scope, such as \"session\" or \"user\"")
	}
	if id != "" {
		scope += ":" + id
	}
	if scope != "" {
		c.must(memory.CheckScope(scope))
	}
	if tenant == "" {
		return scope
	}
	if scope == "" || scope == rag.DefaultScope {
		return "tenant:" + tenant
	}
	return "tenant:" + tenant + "/" + scope
}

// documents is the filter that options mean. Without a scope it is fallback.
func (c *sessionCall) documents(o *sessionOptions, fallback string) memory.DocumentFilter {
	f := memory.DocumentFilter{Collections: o.texts("collection"), Metadata: o.table("metadata")}
	scope := c.scope(o)
	if scope == "" {
		scope = fallback
	}
	if scope != allScopes {
		f.Scopes = []string{scope}
	}
	return f
}

// describeDocument is a document as scripts see it.
func describeDocument(d *memory.Document) map[string]any {
	metadata := d.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	m := map[string]any{"id": d.ID, "scope": d.Scope, "collection": d.Collection, "title": d.Title, "metadata": metadata, "ingested_at": rfc(d.Ingested),
		"bytes": d.Bytes, "tokens": d.Tokens, "chunks": d.Chunks}
	if d.Source != "" {
		m["source"] = d.Source
	}
	if !d.Time.IsZero() {
		m["timestamp"] = rfc(d.Time)
	}
	return m
}

// search is RAG.search(query, options).
func (g *ragGlobal) search(c *sessionCall) int {
	q := rag.Query{Text: c.text(1, "the words to look for")}
	o := g.options(c, 2, options.RAGSearchOptions)
	q.Filter, q.Limit = c.documents(o, rag.DefaultScope), int(o.integer("k"))
	q.Filter.IDs = o.texts("id")
	if v, ok := o.get("threshold"); ok {
		q.Threshold, _ = toFloat(v)
	}
	answer, err := g.library(c).Find(c.context(), q)
	c.must(err)
	out := make([]any, len(answer.Found))
	for i, f := range answer.Found {
		m := describeDocument(f.Of)
		for _, k := range []string{"bytes", "tokens", "chunks"} {
			delete(m, k)
		}
		m["content"], m["text"], m["score"], m["number"], m["headings"] = f.Text, f.Text, f.Score, f.Number, textList(f.Headings)
		out[i] = m
	}
	result := map[string]any{"success": true, "total": len(out), "results": out}
	if notice := memory.Notice(answer.Warning, answer.Damaged); notice != "" {
		result["warning"] = notice
	}
	return c.push(result)
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// list is RAG.list(filter).
func (g *ragGlobal) list(c *sessionCall) int {
	f := g.filter(c, 1)
	found, err := g.library(c).List(c.context(), f)
	c.must(err)
	out := make([]any, len(found))
	for i, d := range found {
		out[i] = describeDocument(d)
	}
	return c.push(out)
}

// filter is argument n. Without a scope it means all.
func (g *ragGlobal) filter(c *sessionCall, n int) memory.DocumentFilter {
	o := c.options(n, options.RAGFilter)
	f := c.documents(o, allScopes)
	f.IDs, f.Limit = o.texts("id"), int(o.integer("limit"))
	return f
}

// remove is RAG.delete(filter): how many documents there were.
func (g *ragGlobal) remove(c *sessionCall) int {
	f := g.filter(c, 1)
	whole := c.options(1, options.RAGFilter).text("scope") == allScopes
	n, err := g.library(c).Delete(c.context(), f, whole)
	if errors.Is(err, memory.ErrEverything) {
		c.fail(`the filter means all documents: name what is to be deleted, as by {id = …}; {scope = "*"} is all`)
	}
	c.must(err)
	c.L.Push(lua.LNumber(n))
	return 1
}

// collections is RAG.collections(filter).
func (g *ragGlobal) collections(c *sessionCall) int {
	return c.push(g.describeCollections(c, g.filter(c, 1)))
}

func (g *ragGlobal) describeCollections(c *sessionCall, f memory.DocumentFilter) []any {
	found, err := g.library(c).Collections(c.context(), memory.DocumentFilter{Scopes: f.Scopes, Collections: f.Collections})
	c.must(err)
	out := make([]any, len(found))
	for i, k := range found {
		m := map[string]any{"scope": k.Scope, "collection": k.Name, "documents": k.Documents, "chunks": k.Chunks, "bytes": k.Bytes, "tokens": k.Tokens}
		if k.TTL > 0 {
			m["ttl_seconds"] = k.TTL.Seconds()
		}
		out[i] = m
	}
	return out
}

// stats is RAG.get_stats(scope, id): sums over the collections of a scope, of all without one.
func (g *ragGlobal) stats(c *sessionCall) int {
	f := memory.DocumentFilter{}
	if scope := c.optionalText(1, "a scope"); scope != "" && scope != allScopes {
		f.Scopes = scopesWithin(c.scopeOf(scope, c.optionalID(2), ""))
	}
	list := g.describeCollections(c, f)
	sums := map[string]int{}
	for _, k := range list {
		for _, name := range []string{"documents", "chunks", "bytes", "tokens"} {
			sums[name] += k.(map[string]any)[name].(int)
		}
	}
	return c.push(map[string]any{"total_documents": sums["documents"], "total_chunks": sums["chunks"], "total_vectors": sums["chunks"], "total_bytes": sums["bytes"],
		"total_tokens": sums["tokens"], "collections": list})
}

// scopesWithin is a scope, and for a tenant all scopes that are its.
func scopesWithin(scope string) []string {
	if strings.HasPrefix(scope, "tenant:") && !strings.Contains(scope, "/") {
		return []string{scope, scope + "/*"}
	}
	return []string{scope}
}

// setTTL is RAG.set_ttl(collection, seconds, {scope=, scope_id=, tenant_id=}); 0 seconds: for ever.
func (g *ragGlobal) setTTL(c *sessionCall) int {
	scope := c.scope(g.options(c, 3, options.RAGScope))
	if scope == "" {
		scope = rag.DefaultScope
	}
	return g.live(c, scope, c.text(1, "the name of a collection"), c.seconds(2, "how long documents live, in seconds"))
}

// seconds is argument n, a duration.
func (c *sessionCall) seconds(n int, what string) time.Duration {
	v, _ := c.L.Get(n).(lua.LNumber)
	d, ok := secondsOf(float64(v))
	if _, number := c.L.Get(n).(lua.LNumber); !ok || !number {
		c.fail("argument %d must be %s, 0 or more, not %s", n, what, shown(c.L.Get(n)))
	}
	return d
}

// live sets a collection's TTL, and pushes what is so now.
func (g *ragGlobal) live(c *sessionCall, scope, collection string, ttl time.Duration) int {
	c.must(g.library(c).SetTTL(c.context(), scope, collection, ttl))
	return c.push(map[string]any{"success": true, "scope": scope, "collection": collection, "ttl_seconds": ttl.Seconds()})
}

// sessionCollection is RAG.create_session_collection(session, ttl).
func (g *ragGlobal) sessionCollection(c *sessionCall) int {
	id := c.id(1)
	ttl := time.Duration(0)
	if c.L.Get(2) != lua.LNil {
		ttl = c.seconds(2, "how long its documents live, in seconds")
	}
	return g.live(c, rag.SessionScope(id), rag.DefaultCollection, ttl)
}

// configureSession is RAG.configure_session{session_id=, vector_ttl=, collection=}.
func (g *ragGlobal) configureSession(c *sessionCall) int {
	o := c.options(1, options.RAGSession)
	id := o.text("session_id")
	if id == "" {
		if id = c.g.current.ID; id == "" {
			c.fail("there is no current session: give a session_id")
		}
	}
	collection := o.text("collection")
	if collection == "" {
		collection = rag.DefaultCollection
	}
	return g.live(c, rag.SessionScope(id), collection, o.seconds("vector_ttl"))
}

// cleanup is RAG.cleanup_scope(scope, id): deletes all of a scope, and tells how many documents there were.
func (g *ragGlobal) cleanup(c *sessionCall) int {
	scope := c.text(1, "a scope")
	if scope == "" || scope == allScopes {
		c.fail(`argument 1 must name one scope, such as "session"; RAG.delete{scope = "*"} deletes all`)
	}
	n, err := g.library(c).Delete(c.context(), memory.DocumentFilter{Scopes: scopesWithin(c.scopeOf(scope, c.optionalID(2), ""))}, false)
	c.must(err)
	c.L.Push(lua.LNumber(n))
	return 1
}

// configure is RAG.configure(table): from now on calls of this session that say nothing else have these members.
func (g *ragGlobal) configure(c *sessionCall) int {
	o := c.options(1, options.RAGConfig)
	c.scope(o) // what is wrong is said here
	g.defaults = o.m
	c.L.Push(lua.LTrue)
	return 1
}

// providers is RAG.list_providers(): by what pieces are found.
func (g *ragGlobal) providers(c *sessionCall) int {
	list := []any{"words"}
	if g.library(c).Meaning() != nil {
		list = append(list, "vectors")
	}
	return c.push(list)
}

// save is RAG.save(). What was ingested is kept already.
func (g *ragGlobal) save(c *sessionCall) int {
	g.library(c)
	c.L.Push(lua.LTrue)
	return 1
}
