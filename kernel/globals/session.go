package globals

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/kernel/replay"
)

// SessionEnv is what Session, Artifact and Replay need beside Env.
type SessionEnv struct {
	Env
	// View opens the archive, if it is not open yet.
	View func() (archive.View, error)
	// ID of the record of the session that owns the Lua state; "": it has none.
	ID string
	// Variables and SetVariables read and write the globals that scripts have set.
	Variables    func() (kept map[string]any, unkept map[string]error)
	SetVariables func(context.Context, map[string]any) error
	// Replay replays a session. Nil: this is a replay, and cannot start another.
	Replay func(ctx context.Context, session string, o replay.Options) (*replay.Report, error)
	// Lost says why nothing may be done to the record ID any more: another session has that
	// id now. Nil: it is never lost.
	Lost func(ctx context.Context) error
	// Alloc is asked before a large text is made: lualib.Host.Alloc. Nil: nobody is.
	Alloc func(L *lua.LState, n int64)
}

// InstallSession defines the globals Session, Artifact and Replay in a Lua state:
// see docs/sessions.md. Nothing is opened before they are used.
func InstallSession(L *lua.LState, env SessionEnv) {
	g := &sessionGlobal{env: env, current: env.current()}
	g.current.ID = env.ID
	g.install(L, "Session", map[string]sessionFunc{
		"create": g.create, "builder": g.builder, "get": g.get, "find": g.find, "list": g.list, "search": g.search, "count": g.count,
		"update": g.update, "add_tags": g.addTags, "remove_tags": g.removeTags,
		"save": g.save, "load": g.load, "suspend": g.suspend, "resume": g.resume, "complete": g.complete, "fail": g.failSession, "archive": g.archive,
		"delete": g.delete, "cleanup": g.cleanup, "get_current": g.getCurrent, "set_current": g.setCurrent,
		"getCurrent": g.getCurrent, "setCurrent": g.setCurrent, // the names in the original
		"checkpoint": g.checkpoint, "list_checkpoints": g.listCheckpoints, "restore": g.restore, "executions": g.executions,
		"export": g.export, "import": g.importFile,
		"can_replay": g.canReplay, "replay": g.replay, "get_replay_metadata": g.replayMetadata, "list_replayable": g.listReplayable,
	})
	g.install(L, "Artifact", map[string]sessionFunc{
		"store": g.store, "store_file": g.storeFile, "get": g.getArtifact, "save_file": g.saveFile, "list": g.listArtifacts,
		"query": g.queryArtifacts, "delete": g.deleteArtifact, "verify": g.verify,
		"storeFile": g.storeFile, // the name in the original
	})
	g.installReplay(L)
}

// sessionGlobal is the Session, Artifact and Replay of one Lua state.
type sessionGlobal struct {
	env     SessionEnv
	current *Current
}

type sessionFunc func(*sessionCall) int

// install sets a global table of functions, in the order of their names.
func (g *sessionGlobal) install(L *lua.LState, global string, functions map[string]sessionFunc) *lua.LTable {
	t := L.CreateTable(0, len(functions))
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		t.RawSetString(name, g.function(L, global+"."+name, functions[name]))
	}
	asMethods(t)
	L.SetGlobal(global, t)
	return t
}

func (g *sessionGlobal) function(L *lua.LState, name string, f sessionFunc) *lua.LFunction {
	return L.NewFunction(func(L *lua.LState) int { return f(&sessionCall{g, L, name}) })
}

// describeSession is a record as scripts see it.
func describeSession(r *archive.Session) map[string]any {
	m := map[string]any{
		"id": r.ID, "name": r.Name, "description": r.Description, "status": string(r.Status), "tags": textList(r.Tags), "metadata": r.Metadata,
		"created_at": rfc(r.CreatedAt), "updated_at": rfc(r.UpdatedAt), "executions": r.Executions, "artifacts": r.Artifacts,
		"artifact_bytes": r.ArtifactBytes, "variables": r.Variables,
	}
	for name, text := range map[string]string{"reason": r.Reason, "created_by": r.CreatedBy, "parent": r.Parent, "damaged": r.Damaged} {
		if text != "" {
			m[name] = text
		}
	}
	if !r.EndedAt.IsZero() {
		m["ended_at"] = rfc(r.EndedAt)
	}
	return m
}

func (c *sessionCall) pushSessions(list []*archive.Session) int {
	out := make([]any, len(list))
	for i, r := range list {
		out[i] = describeSession(r)
	}
	return c.push(out)
}

// livePrefix begins the ids of the kernel: values in their State scopes go with it.
const livePrefix = "live:"

// create is Session.create{id=, name=, description=, tags=, metadata=, parent=,
// created_by=}: the new session's id.
func (g *sessionGlobal) create(c *sessionCall) int {
	var spec archive.Spec
	if name, ok := c.L.Get(1).(lua.LString); ok {
		spec.Name = string(name)
	} else {
		spec = c.options(1, options.SessionSpec).spec()
		if strings.HasPrefix(spec.ID, livePrefix) {
			c.fail("the ids that begin with %q are those of the kernel's sessions in memory: choose another", livePrefix)
		}
	}
	return c.pushCreated(spec)
}

func (c *sessionCall) pushCreated(spec archive.Spec) int {
	r, err := c.view().Create(c.context(), spec)
	c.must(err)
	c.L.Push(lua.LString(r.ID))
	return 1
}

func (o *sessionOptions) spec() archive.Spec {
	return archive.Spec{
		Name: o.text("name"), Description: o.text("description"), Tags: o.texts("tags"), Metadata: o.table("metadata"),
		Parent: o.text("parent"), CreatedBy: o.text("created_by"), ID: o.text("id"),
	}
}

// builder is Session.builder(): an object whose methods set what create takes, and
// return it; build() is the new session's id. b:name("x") and b.name("x") are the
// same.
func (g *sessionGlobal) builder(c *sessionCall) int {
	spec := &archive.Spec{}
	b := c.L.CreateTable(0, 8)
	method := func(name string, f func(c *sessionCall, n int)) {
		b.RawSetString(name, g.function(c.L, "Session.builder():"+name, func(c *sessionCall) int {
			n := 1
			if c.L.Get(1) == b { // called with a colon
				n = 2
			}
			f(c, n)
			c.L.Push(b)
			return 1
		}))
	}
	method("name", func(c *sessionCall, n int) { spec.Name = c.text(n, "the name") })
	method("description", func(c *sessionCall, n int) { spec.Description = c.text(n, "the description") })
	method("tag", func(c *sessionCall, n int) { spec.Tags = append(spec.Tags, c.text(n, "a tag")) })
	method("tags", func(c *sessionCall, n int) {
		o := &sessionOptions{c: c, m: map[string]any{"tags": c.value(n, "the list of tags")}}
		spec.Tags = append(spec.Tags, o.texts("tags")...)
	})
	method("metadata", func(c *sessionCall, n int) { c.builderMetadata(spec, n) })
	method("parent", func(c *sessionCall, n int) { spec.Parent = c.text(n, "the id of a session") })
	method("created_by", func(c *sessionCall, n int) { spec.CreatedBy = c.text(n, "the creator") })
	b.RawSetString("build", g.function(c.L, "Session.builder():build", func(c *sessionCall) int { return c.pushCreated(*spec) }))
	c.L.Push(b)
	return 1
}

// builderMetadata takes a table, or a name and a value.
func (c *sessionCall) builderMetadata(spec *archive.Spec, n int) {
	if spec.Metadata == nil {
		spec.Metadata = map[string]any{}
	}
	if key, ok := c.L.Get(n).(lua.LString); ok {
		spec.Metadata[string(key)] = c.value(n+1, "the value")
		return
	}
	maps.Copy(spec.Metadata, c.table(n).m)
}

// get is Session.get(id): the record, or nil.
func (g *sessionGlobal) get(c *sessionCall) int {
	r, err := c.view().Get(c.context(), c.session(1))
	return c.pushFound(r, err)
}

// find is Session.find(text): the record of an id, a name, or the beginning of an
// id; nil if there is none.
func (g *sessionGlobal) find(c *sessionCall) int {
	r, err := c.view().Resolve(c.context(), c.text(1, "an id or a name"))
	return c.pushFound(r, err)
}

func (c *sessionCall) pushFound(r *archive.Session, err error) int {
	if errors.Is(err, archive.ErrNotFound) {
		c.L.Push(lua.LNil)
		return 1
	}
	c.must(err)
	return c.push(describeSession(r))
}

func (o *sessionOptions) filter() archive.Filter {
	f := archive.Filter{
		Tags: o.texts("tags"), Name: o.text("name"), Text: o.text("text"), Parent: o.text("parent"), CreatedBy: o.text("created_by"),
		CreatedAfter: o.time("created_after"), CreatedBefore: o.time("created_before"),
		UpdatedAfter: o.time("updated_after"), UpdatedBefore: o.time("updated_before"),
		Order: archive.Order(o.text("order")), Limit: int(o.integer("limit")), Offset: int(o.integer("offset")),
	}
	for _, s := range o.texts("status") {
		st, err := archive.ParseStatus(s)
		o.c.must(err)
		f.Status = append(f.Status, st)
	}
	if o.has("active") {
		if len(f.Status) > 0 {
			o.c.fail("status and active say the same: give one of them")
		}
		f.Status = []archive.Status{archive.Active}
		if !o.boolean("active") {
			f.Status = []archive.Status{archive.Suspended, archive.Completed, archive.Failed, archive.Archived}
		}
	}
	return f
}

// list is Session.list{status=, tags=, name=, text=, …, limit=, offset=}: the
// records that fit, the latest change first.
func (g *sessionGlobal) list(c *sessionCall) int {
	f := c.options(1, options.SessionFilter).filter()
	list, err := c.view().List(c.context(), f)
	c.must(err)
	return c.pushSessions(list)
}

// search is Session.search(words, filter).
func (g *sessionGlobal) search(c *sessionCall) int {
	words := c.text(1, "the words to look for")
	f := c.options(2, options.SessionFilter).filter()
	f.Text = words
	list, err := c.view().List(c.context(), f)
	c.must(err)
	return c.pushSessions(list)
}

// count is Session.count(filter).
func (g *sessionGlobal) count(c *sessionCall) int {
	f := c.options(1, options.SessionFilter).filter()
	n, err := c.view().Count(c.context(), f)
	c.must(err)
	c.L.Push(lua.LNumber(n))
	return 1
}
