package state

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/llmspell/llmspell/kernel/hooks"
)

// Set writes a value.
func (v *View) Set(ctx context.Context, scope Scope, key string, value any, opt SetOptions) (e Entry, err error) {
	c := change{operation: "set", scope: scope, key: key, value: value, hasValue: true, opt: opt}
	if err := v.before(ctx, &c); err != nil {
		return e, err
	}
	if v.within != nil {
		e, err = v.within.Set(c.scope, c.key, c.value, c.opt)
	} else {
		v.wait(ctx, func() { e, err = v.Store.Set(v.guarded(ctx), c.scope, c.key, c.value, c.opt) })
	}
	if err == nil {
		v.done(ctx, c, e)
	}
	return e, err
}

// Delete removes a value, and tells whether there was one.
func (v *View) Delete(ctx context.Context, scope Scope, key string) (was bool, err error) {
	c := change{operation: "delete", scope: scope, key: key}
	if err := v.before(ctx, &c); err != nil {
		return false, err
	}
	if v.within != nil {
		was, err = v.within.Delete(c.scope, c.key)
	} else {
		v.wait(ctx, func() { was, err = v.Store.Delete(v.guarded(ctx), c.scope, c.key) })
	}
	if was {
		v.done(ctx, c, Entry{})
	}
	return was, err
}

// Clear removes all values of a scope, and returns how many there were.
func (v *View) Clear(ctx context.Context, scope Scope) (n int, err error) {
	c := change{operation: "clear", scope: scope}
	if err := v.before(ctx, &c); err != nil {
		return 0, err
	}
	if v.within != nil {
		n, err = v.within.Clear(scope)
	} else {
		v.wait(ctx, func() { n, err = v.Store.Clear(v.guarded(ctx), scope) })
	}
	if n > 0 {
		v.done(ctx, c, Entry{})
	}
	return n, err
}

// Increment adds to a number.
func (v *View) Increment(ctx context.Context, scope Scope, key string, by float64, opt SetOptions) (e Entry, err error) {
	c := change{operation: "increment", scope: scope, key: key, by: by, opt: opt}
	if err := v.before(ctx, &c); err != nil {
		return e, err
	}
	if v.within != nil {
		e, err = v.within.Increment(c.scope, c.key, c.by, c.opt)
	} else {
		v.wait(ctx, func() { e, err = v.Store.Increment(v.guarded(ctx), c.scope, c.key, c.by, c.opt) })
	}
	if err == nil {
		v.done(ctx, c, e)
	}
	return e, err
}

// CompareAndSet writes a value if what is there is as expected.
func (v *View) CompareAndSet(ctx context.Context, scope Scope, key string, expect Expect, value any, opt SetOptions) (e Entry, done bool, err error) {
	c := change{operation: "compare_and_set", scope: scope, key: key, value: value, hasValue: true, opt: opt}
	if err := v.before(ctx, &c); err != nil {
		return e, false, err
	}
	if v.within != nil {
		e, done, err = v.within.CompareAndSet(c.scope, c.key, expect, c.value, c.opt)
	} else {
		v.wait(ctx, func() { e, done, err = v.Store.CompareAndSet(v.guarded(ctx), c.scope, c.key, expect, c.value, c.opt) })
	}
	return e, done, v.compared(ctx, c, e, done, err)
}

// CompareAndDelete removes a value if it is as expected.
func (v *View) CompareAndDelete(ctx context.Context, scope Scope, key string, expect Expect) (e Entry, done bool, err error) {
	c := change{operation: "delete", scope: scope, key: key}
	if err := v.before(ctx, &c); err != nil {
		return e, false, err
	}
	if v.within != nil {
		e, done, err = v.within.CompareAndDelete(c.scope, c.key, expect)
	} else {
		v.wait(ctx, func() { e, done, err = v.Store.CompareAndDelete(v.guarded(ctx), c.scope, c.key, expect) })
	}
	return e, done, v.compared(ctx, c, e, done, err)
}

func (v *View) compared(ctx context.Context, c change, e Entry, done bool, err error) error {
	switch {
	case err != nil:
	case done:
		v.done(ctx, c, e)
	default:
		v.conflict(ctx, c.operation, c.scope, c.key, e.Version)
	}
	return err
}

// Transact is Store.Transact with a view of the transaction. A transaction inside
// another one is part of it; if its fn fails, or panics, what fn has written is
// taken back, and the outer one may go on. Hooks after writes run when it is
// committed.
func (v *View) Transact(ctx context.Context, attempts int, fn func(tx *View) error) error {
	if v.within != nil {
		return v.nested(fn)
	}
	var after []func()
	commit := func(tx *Txn) (err error) {
		v.wait(ctx, func() { err = tx.Commit() })
		return err
	}
	err := v.Store.transact(v.guarded(ctx), attempts, commit, func(tx *Txn) error {
		after = nil
		inner := *v
		inner.within, inner.after = tx, &after
		return fn(&inner)
	}, func(err error) {
		if c := (*Conflict)(nil); errors.As(err, &c) {
			v.conflict(ctx, "transaction", c.Scope, c.Key, 0)
		}
	})
	if err != nil {
		return err
	}
	for _, tell := range after {
		tell()
	}
	return nil
}

// nested runs fn as a part of the transaction, which keeps all of what it writes or
// nothing.
func (v *View) nested(fn func(tx *View) error) (err error) {
	undo, told, done := v.within.savepoint(), len(*v.after), false
	defer func() {
		if !done || err != nil {
			undo()
			*v.after = (*v.after)[:told]
		}
	}()
	err = fn(v)
	done = true
	return err
}

// errWithin keeps what cannot be undone out of transactions.
func (v *View) errWithin(what string) error {
	if v.within == nil {
		return nil
	}
	return fmt.Errorf("%s is not possible in a transaction: it works on the whole store; call it before or after", what)
}

// Register makes a migration known to this view alone: one whose Transform belongs
// to the goroutine that uses the view.
func (v *View) Register(m Migration) error {
	if err := m.check(); err != nil {
		return err
	}
	v.own[m.Version] = m
	return nil
}

func (v *View) registered() map[int]Migration {
	known := maps.Clone(v.own)
	for version, m := range v.Store.registered() {
		if _, own := known[version]; !own {
			known[version] = m
		}
	}
	return known
}

// MigrationStatus is Store.MigrationStatus, with the view's own migrations.
func (v *View) MigrationStatus(ctx context.Context) (MigrationStatus, error) {
	return v.Store.migrationStatus(ctx, v.registered())
}

// Migrate brings all values to a version. Hooks are asked before, and told after; a
// dry run concerns them not.
func (v *View) Migrate(ctx context.Context, version int, opt MigrateOptions) (out Migrated, err error) {
	if err := v.errWithin("a migration"); err != nil {
		return out, err
	}
	asks := v.listens(hooks.StateMigration) && !opt.DryRun
	if asks {
		st, err := v.Store.MigrationStatus(ctx)
		if err != nil {
			return out, err
		}
		call := v.call(hooks.StateMigration, Scope{}, map[string]any{"phase": "before", "from": int64(st.Version), "to": int64(version)})
		if _, err := v.opt.Hooks.Ask(ctx, call); err != nil {
			return out, err
		}
	}
	out, err = v.Store.migrate(ctx, version, opt, v.registered(), func(fn func()) { v.wait(ctx, fn) })
	if err != nil || len(out.Applied) == 0 || opt.DryRun {
		return out, err
	}
	if asks {
		v.opt.Hooks.Run(ctx, v.call(hooks.StateMigration, Scope{}, map[string]any{"phase": "after", "from": int64(out.From), "to": int64(version), "changed": int64(out.Changed)}))
	}
	v.told("migrate")
	return out, nil
}

// Restore puts the content of a backup in the place of what is there.
func (v *View) Restore(ctx context.Context, id string) (b Restored, err error) {
	if err := v.errWithin("restoring a backup"); err != nil {
		return Restored{}, err
	}
	v.wait(ctx, func() { b, err = v.Store.Restore(ctx, id) })
	if err == nil {
		v.told("restore")
	}
	return b, err
}

// CreateBackup is Store.CreateBackup. It is not possible in a transaction, whose
// writes would not be in it.
func (v *View) CreateBackup(ctx context.Context, description string) (b Backup, err error) {
	if err := v.errWithin("a backup"); err != nil {
		return Backup{}, err
	}
	v.wait(ctx, func() { b, err = v.Store.CreateBackup(ctx, description) })
	return b, err
}

// Do runs one of the Store's own long operations, as the View's methods do: a
// backup, a check.
func (v *View) Do(ctx context.Context, fn func(*Store)) { v.wait(ctx, func() { fn(v.Store) }) }

func (v *View) told(operation string) {
	if v.opt.Changed != nil {
		v.opt.Changed(Change{Operation: operation})
	}
}
