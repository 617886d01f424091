package globals

import (
	"errors"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/options"
	store "github.com/llmspell/llmspell/kernel/state"
)

func describeBackup(b store.Backup) map[string]any {
	out := map[string]any{"id": b.ID, "description": b.Description, "created_at": b.Created.UTC(), "size": b.Size, "sha256": b.SHA256, "entries": b.Entries, "schema": b.Schema}
	if b.Damaged > 0 {
		out["damaged"] = b.Damaged
		out["damaged_names"] = textList(b.DamagedNames)
	}
	if b.Automatic {
		out["automatic"] = true
	}
	if len(b.Removed) > 0 {
		out["removed"] = textList(b.Removed)
	}
	return out
}

// createBackup is State.create_backup(description): the ID, and what is known
// about the backup.
func (g *stateGlobal) createBackup(L *lua.LState, c *stateCall) int {
	description := ""
	if L.Get(1) != lua.LNil {
		description = c.text(1, "a description")
	}
	b, err := c.view().CreateBackup(g.env.context(), description)
	c.must(err)
	L.Push(lua.LString(b.ID))
	return 1 + c.push(describeBackup(b))
}

func (g *stateGlobal) listBackups(_ *lua.LState, c *stateCall) int {
	all, err := c.view().Store.Backups(g.env.context())
	c.must(err)
	return c.pushBackups(all)
}

func (c *stateCall) pushBackups(all []store.Backup) int {
	list := make([]any, len(all))
	for i, b := range all {
		list[i] = describeBackup(b)
	}
	return c.push(list)
}

// backupID takes an ID, or a table of list_backups.
func (c *stateCall) backupID() string {
	if t, ok := c.L.Get(1).(*lua.LTable); ok {
		if id, ok := t.RawGetString("id").(lua.LString); ok {
			return string(id)
		}
	}
	return c.text(1, "the ID of a backup")
}

// restoreBackup is State.restore_backup(id): true, and the ID of the backup of
// what was there before; then the scopes of sessions that were deleted since the
// backup, which were left out, or nil; then a text that names the values that were
// damaged when the backup was made, or nil; then the IDs of the old backups that were
// removed, or nil.
func (g *stateGlobal) restoreBackup(L *lua.LState, c *stateCall) int {
	before, err := c.view().Restore(g.env.context(), c.backupID())
	c.must(err)
	L.Push(lua.LTrue)
	L.Push(lua.LString(before.ID))
	c.pushTexts(before.LeftOut)
	if before.Unsound == "" {
		L.Push(lua.LNil)
	} else {
		L.Push(lua.LString(before.Unsound))
	}
	c.pushTexts(before.Removed)
	return 5
}

// pushTexts pushes a list, or nil if it is empty.
func (c *stateCall) pushTexts(list []string) {
	if len(list) == 0 {
		c.L.Push(lua.LNil)
		return
	}
	c.push(textList(list))
}

// validateBackup is State.validate_backup(id): true, or false and what is wrong. For a
// backup that is as it was made, with values that were damaged then, it is true, a text
// that says so, and the names of some.
func (g *stateGlobal) validateBackup(L *lua.LState, c *stateCall) int {
	id := c.backupID()
	var err error
	ctx := g.env.context()
	var b store.Backup
	c.view().Do(ctx, func(s *store.Store) { b, err = s.ValidateBackup(ctx, id) })
	if errors.Is(err, store.ErrBadBackup) {
		L.Push(lua.LFalse)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	c.must(err)
	L.Push(lua.LTrue)
	if unsound := b.Unsound(); unsound != nil {
		L.Push(lua.LString(unsound.Error()))
		return 2 + c.push(textList(b.DamagedNames))
	}
	return 1
}

func (g *stateGlobal) deleteBackup(_ *lua.LState, c *stateCall) int {
	c.must(c.view().Store.DeleteBackup(g.env.context(), c.backupID()))
	return 0
}

// defaultKeep is how many backups cleanup_backups keeps unless it is told.
const defaultKeep = 10

// cleanupBackups is State.cleanup_backups{keep=10, max_age_days=}: the backups
// that were removed.
func (g *stateGlobal) cleanupBackups(_ *lua.LState, c *stateCall) int {
	o := c.options(1, options.StateCleanupOptions)
	r := store.Retention{Keep: defaultKeep, MaxAge: time.Duration(o.Float("max_age_days") * float64(24*time.Hour))}
	if o.Has("keep") {
		r.Keep = o.Int("keep")
	}
	gone, err := c.view().Store.CleanBackups(g.env.context(), r)
	c.must(err)
	return c.pushBackups(gone)
}

func (g *stateGlobal) storageUsage(_ *lua.LState, c *stateCall) int {
	u, err := c.view().Store.Usage(g.env.context())
	c.must(err)
	scopes := map[string]any{}
	for _, s := range u.Scopes {
		scopes[s.Scope.String()] = map[string]any{"entries": s.Entries, "bytes": s.Bytes}
	}
	return c.push(map[string]any{
		"entries": u.Entries, "expired": u.Expired, "value_bytes": u.ValueBytes, "history": u.History, "scopes": scopes,
		"file_bytes": u.FileBytes, "log_bytes": u.LogBytes, "free_bytes": u.FreeBytes, "backups": u.Backups, "backup_bytes": u.BackupBytes,
		"total_bytes": u.FileBytes + u.LogBytes + u.BackupBytes,
	})
}
