package globals

import (
	"errors"
	"fmt"
	"io"
	"slices"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// update is Session.update(id, {name=, description=, tags=, metadata=}): the
// record. Metadata are laid over what is there.
func (g *sessionGlobal) update(c *sessionCall) int {
	id := c.session(1)
	o := c.options(2, options.SessionChange)
	var ch archive.Change
	for name, to := range map[string]**string{"name": &ch.Name, "description": &ch.Description} {
		given := o.has(name)
		if text := o.text(name); given {
			*to = &text
		}
	}
	ch.Tags, ch.Metadata = o.texts("tags"), o.table("metadata")
	return c.pushUpdated(id, ch)
}

func (c *sessionCall) pushUpdated(id string, ch archive.Change) int {
	r, err := c.view().Update(c.context(), id, ch)
	c.must(err)
	return c.push(describeSession(r))
}

// tags reads the tags from argument 2 on: texts or lists of them.
func (c *sessionCall) tags() []string {
	var out []string
	for n := 2; n <= max(c.L.GetTop(), 2); n++ {
		o := &sessionOptions{c: c, m: map[string]any{"tags": c.value(n, "a tag")}}
		out = append(out, o.texts("tags")...)
	}
	return out
}

// addTags is Session.add_tags(id, tag, …): the record.
func (g *sessionGlobal) addTags(c *sessionCall) int {
	id, tags := c.session(1), c.tags()
	r, err := c.view().Get(c.context(), id)
	c.must(err)
	return c.pushUpdated(id, archive.Change{Tags: append(r.Tags, tags...)})
}

// removeTags is Session.remove_tags(id, tag, …): the record.
func (g *sessionGlobal) removeTags(c *sessionCall) int {
	id, tags := c.session(1), c.tags()
	r, err := c.view().Get(c.context(), id)
	c.must(err)
	return c.pushUpdated(id, archive.Change{Tags: slices.DeleteFunc(r.Tags, func(t string) bool { return slices.Contains(tags, t) })})
}

// keepVariables keeps the script's variables in a session, if that is the current
// one.
func (c *sessionCall) keepVariables(id string) {
	if id != c.g.current.ID {
		return
	}
	vars, unkept := c.g.env.Variables()
	c.must(c.view().SaveVariables(c.context(), id, vars))
	c.must(BeyondLimits(unkept))
}

// save is Session.save(id, variables): keeps variables in a session: those given,
// else the script's own, if it is the current session or there is none. It returns the
// names of the script's variables that cannot be kept, with the reasons.
func (g *sessionGlobal) save(c *sessionCall) int {
	id := c.session(1)
	given := c.L.Get(2) != lua.LNil
	vars, unkept := c.table(2).m, map[string]error{}
	if !given {
		if g.current.ID != "" && id != g.current.ID {
			c.fail("session %s is not the current one: choose it with Session.set_current to keep this script's variables in it, or give the variables as a table", id)
		}
		vars, unkept = g.env.Variables()
	}
	c.must(c.view().SaveVariables(c.context(), id, vars))
	reasons := make(map[string]any, len(unkept))
	for name, err := range unkept {
		reasons[name] = err.Error()
	}
	c.L.Push(lua.LTrue)
	c.push(reasons)
	return 2
}

// load is Session.load(id): makes a session the current one, and its variables
// globals. It returns the record.
func (g *sessionGlobal) load(c *sessionCall) int {
	r, vars, err := c.view().Load(c.context(), c.session(1))
	c.must(err)
	g.current.ID = r.ID
	c.must(g.env.SetVariables(c.context(), vars))
	return c.push(describeSession(r))
}

func (c *sessionCall) pushStatus(id string, to archive.Status, reason string) int {
	r, err := c.view().SetStatus(c.context(), id, to, reason)
	c.must(err)
	return c.push(describeSession(r))
}

// suspend is Session.suspend(id, reason): the record. The variables of the current
// session are kept.
func (g *sessionGlobal) suspend(c *sessionCall) int {
	id, reason := c.session(1), c.optionalText(2, "the reason")
	c.keepVariables(id)
	return c.pushStatus(id, archive.Suspended, reason)
}

// resume is Session.resume(id): the record. Without another current session it
// becomes the current one, and its variables globals.
func (g *sessionGlobal) resume(c *sessionCall) int {
	id := c.session(1)
	n := c.pushStatus(id, archive.Active, "")
	if g.current.ID == "" || g.current.ID == id {
		vars, err := c.view().Variables(c.context(), id)
		c.must(err)
		g.current.ID = id
		c.must(g.env.SetVariables(c.context(), vars))
	}
	return n
}

// complete is Session.complete(id, reason): the record.
func (g *sessionGlobal) complete(c *sessionCall) int {
	id, reason := c.session(1), c.optionalText(2, "the reason")
	c.keepVariables(id)
	return c.pushStatus(id, archive.Completed, reason)
}

// failSession is Session.fail(id, reason): the record.
func (g *sessionGlobal) failSession(c *sessionCall) int {
	id, reason := c.session(1), c.optionalText(2, "the reason")
	c.keepVariables(id)
	return c.pushStatus(id, archive.Failed, reason)
}

// archive is Session.archive(id, reason, {force=}): the record.
func (g *sessionGlobal) archive(c *sessionCall) int {
	id, reason, force := c.session(1), c.optionalText(2, "the reason"), c.force(3)
	if !force {
		r, err := c.view().SetStatus(c.context(), id, archive.Archived, reason)
		c.mustRest(err, "archives")
		return c.push(describeSession(r))
	}
	r, err := c.view().ForceArchive(c.context(), id, reason)
	c.must(err)
	return c.push(describeSession(r))
}

// force reads the one option of what is refused for a session that runs.
func (c *sessionCall) force(n int) bool {
	o := c.options(n, options.SessionForce)
	force := o.boolean("force")
	o.done()
	return force
}

// mustRest is must for what is refused while something is executed in the session.
func (c *sessionCall) mustRest(err error, does string) {
	if errors.Is(err, archive.ErrRunning) {
		err = fmt.Errorf("%w; {force = true} %s it all the same, and what runs in it ends with an error", err, does)
	}
	c.must(err)
}

// delete is Session.delete(id, {force=}): true, or false if there is no such session.
func (g *sessionGlobal) delete(c *sessionCall) int {
	id, force := c.id(1), c.force(2)
	view := c.view()
	if _, err := view.Get(c.context(), id); err != nil {
		c.pushFound(nil, err)
		c.L.Pop(1)
		c.L.Push(lua.LFalse)
		return 1
	}
	remove := view.Delete
	if force {
		remove = view.ForceDelete
	}
	c.mustRest(remove(c.context(), id), "deletes")
	if id == g.current.ID {
		g.current.ID = ""
	}
	c.L.Push(lua.LTrue)
	return 1
}

// cleanup is Session.cleanup{completed_seconds=, failed_seconds=,
// archived_seconds=, keep=, dry_run=}: the records that were deleted.
func (g *sessionGlobal) cleanup(c *sessionCall) int {
	o := c.options(1, options.SessionCleanupOptions)
	r := archive.Retention{
		Completed: o.seconds("completed_seconds"), Failed: o.seconds("failed_seconds"), Archived: o.seconds("archived_seconds"),
		Keep: int(o.integer("keep")), DryRun: o.boolean("dry_run"),
	}
	gone, err := c.view().Cleanup(c.context(), r)
	c.must(err)
	return c.pushSessions(gone)
}

// getCurrent is Session.get_current(): the record of the current session, or nil.
func (g *sessionGlobal) getCurrent(c *sessionCall) int {
	if g.current.ID == "" {
		c.L.Push(lua.LNil)
		return 1
	}
	r, err := c.view().Get(c.context(), g.current.ID)
	return c.pushFound(r, err)
}

// setCurrent is Session.set_current(id or nil): true.
func (g *sessionGlobal) setCurrent(c *sessionCall) int {
	id := c.optionalID(1)
	if id != "" {
		r, err := c.view().Get(c.context(), id)
		c.must(err)
		id = r.ID
	}
	g.current.ID = id
	c.L.Push(lua.LTrue)
	return 1
}

func describeCheckpoint(p *archive.Checkpoint) map[string]any {
	return map[string]any{"id": p.ID, "session_id": p.Session, "name": p.Name, "created_at": rfc(p.CreatedAt), "execution": p.Execution, "size": p.Size}
}

// checkpoint is Session.checkpoint(id, name): {id, session_id, name, created_at,
// execution, size}. The variables of the current session are kept first.
func (g *sessionGlobal) checkpoint(c *sessionCall) int {
	id, name := c.session(1), c.optionalText(2, "a name")
	c.keepVariables(id)
	p, err := c.view().Checkpoint(c.context(), id, name)
	c.must(err)
	return c.push(describeCheckpoint(p))
}

// listCheckpoints is Session.list_checkpoints(id): the oldest first.
func (g *sessionGlobal) listCheckpoints(c *sessionCall) int {
	list, err := c.view().Checkpoints(c.context(), c.session(1))
	c.must(err)
	out := make([]any, len(list))
	for i, p := range list {
		out[i] = describeCheckpoint(p)
	}
	return c.push(out)
}

// restore is Session.restore(id, checkpoint): the checkpoint. Its variables become
// those of the session, and globals if that is the current one.
func (g *sessionGlobal) restore(c *sessionCall) int {
	id, n := c.session(1), int64(0)
	if v, ok := c.L.Get(2).(lua.LNumber); ok {
		n = int64(v)
	} else if c.L.Get(2) != lua.LNil {
		c.fail("argument 2 must be the id of a checkpoint as a number, not a %s", c.L.Get(2).Type())
	}
	p, vars, err := c.view().Restore(c.context(), id, n)
	c.must(err)
	if id == g.current.ID {
		c.must(g.env.SetVariables(c.context(), vars))
	}
	return c.push(describeCheckpoint(p))
}

// executions is Session.executions(id, {from=, to=, limit=}): the journal.
func (g *sessionGlobal) executions(c *sessionCall) int {
	id := c.session(1)
	o := c.options(2, options.SessionExecutionOptions)
	from, to, limit := o.integer("from"), o.integer("to"), o.integer("limit")
	list, err := c.view().Executions(c.context(), id, int(from), int(to), int(limit))
	c.must(err)
	out := make([]any, len(list))
	for i, e := range list {
		m := map[string]any{
			"sequence": e.Sequence, "kind": e.Kind, "name": e.Name, "content_hash": e.Hash, "args": textList(e.Args), "started_at": rfc(e.Started),
			"duration_ms": float64(e.Duration.Microseconds()) / 1000, "outcome": string(e.Outcome), "output": e.Output, "result": append([]any{}, e.Result...),
			"tool_calls": e.Calls,
		}
		if e.Error != "" {
			m["error"] = e.Error
		}
		out[i] = m
	}
	return c.push(out)
}

// export is Session.export(id, path): writes the session as a bundle, where the
// sandbox allows it: true, and if something is damaged, or could not be read in the State,
// and is not in it, a list of texts that say what.
func (g *sessionGlobal) export(c *sessionCall) int {
	id, path := c.session(1), c.text(2, "a path")
	view := c.view()
	var missing []error
	c.writeFile(path, func(w io.Writer) (err error) {
		missing, err = view.Export(c.context(), id, w)
		return err
	})
	c.L.Push(lua.LTrue)
	if len(missing) == 0 {
		return 1
	}
	texts := make([]any, len(missing))
	for i, why := range missing {
		texts[i] = why.Error()
	}
	return 1 + c.push(texts)
}

// writeFile makes a file of what write writes, or nothing.
func (c *sessionCall) writeFile(path string, write func(io.Writer) error) {
	box := c.sandbox()
	p, err := box.Place(sandbox.Write, path)
	c.must(err)
	defer p.Close()
	c.must(p.Replace(write, 0o600))
}

func (c *sessionCall) sandbox() *sandbox.Sandbox {
	if c.g.env.Sandbox == nil {
		c.fail("this session has no access to files")
	}
	return c.g.env.Sandbox
}

// importFile is Session.import(path, {new_id=, name=}): the new session's id.
func (g *sessionGlobal) importFile(c *sessionCall) int {
	path := c.text(1, "a path")
	o := c.options(2, options.SessionImportOptions)
	opt := archive.ImportOptions{NewID: o.boolean("new_id"), Name: o.text("name")}
	f, err := c.sandbox().OpenFile(path)
	c.must(err)
	defer f.Close()
	info, err := f.Stat()
	c.must(err)
	r, err := c.view().Import(c.context(), f, info.Size(), opt)
	c.must(err)
	c.L.Push(lua.LString(r.ID))
	return 1
}
