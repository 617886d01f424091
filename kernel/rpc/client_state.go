package rpc

import (
	"context"
	"errors"
	"io"

	"github.com/llmspell/llmspell/kernel/state"
)

// StateGet reads a value; ok is false when there is none.
func (c *Client) StateGet(ctx context.Context, scope, key string) (e StateEntry, ok bool, err error) {
	r, err := ask[StateGetResult](ctx, c, "state.get", StateKey{scope, key})
	if r.Entry != nil {
		e = *r.Entry
	}
	return e, r.Found, err
}

// StateSet writes a value, or compares and sets.
func (c *Client) StateSet(ctx context.Context, p StateSetParams) (StateSetResult, error) {
	return ask[StateSetResult](ctx, c, "state.set", p)
}

// StateDelete deletes a value and tells whether there was one.
func (c *Client) StateDelete(ctx context.Context, scope, key string) (bool, error) {
	r, err := ask[StateDeleted](ctx, c, "state.delete", StateKey{scope, key})
	return r.Deleted, err
}

// StateList lists the values of a scope, a page at a time.
func (c *Client) StateList(ctx context.Context, p StateListParams) ([]StateEntry, error) {
	r, err := c.StatePage(ctx, p)
	return r.Entries, err
}

// StatePage is StateList that tells whether there is more behind the page.
func (c *Client) StatePage(ctx context.Context, p StateListParams) (StateList, error) {
	return ask[StateList](ctx, c, "state.list", p)
}

// StateClear deletes the values of a scope and tells how many.
func (c *Client) StateClear(ctx context.Context, scope string) (int, error) {
	r, err := ask[StateCleared](ctx, c, "state.clear", StateScope{scope})
	return r.Deleted, err
}

// StateScopes lists the scopes that have values.
func (c *Client) StateScopes(ctx context.Context) ([]StateScopeInfo, error) {
	r, err := ask[StateScopes](ctx, c, "state.scopes", Empty{})
	return r.Scopes, err
}

// StateExport writes values to w, and returns how many.
func (c *Client) StateExport(ctx context.Context, p StateExportParams, w io.Writer) (int, error) {
	t, err := c.StateExportSound(ctx, p, w)
	return t.Entries, err
}

// StateExportSound is StateExport that tells what p.SkipDamaged has left out.
func (c *Client) StateExportSound(ctx context.Context, p StateExportParams, w io.Writer) (StateExported, error) {
	t, err := ask[StateExported](ctx, c, "state.export", p)
	if err != nil {
		return StateExported{}, err
	}
	r := c.reader(ctx, Transfer{t.Transfer, t.Size})
	_, err = io.Copy(w, r)
	return t, errors.Join(err, r.Close())
}

// StateImport reads values from an export, all or none. p.Transfer is left out.
func (c *Client) StateImport(ctx context.Context, p StateImportParams, r io.Reader) (StateImported, error) {
	var err error
	if p.Transfer, err = c.upload(ctx, r); err != nil {
		return StateImported{}, err
	}
	return ask[StateImported](ctx, c, "state.import", p)
}

// StateCheck reads everything in the store, and compares the checksums.
func (c *Client) StateCheck(ctx context.Context) error {
	return c.Call(ctx, "state.check", Empty{}, nil)
}

// StateBackups lists the backups of the store, the latest first.
func (c *Client) StateBackups(ctx context.Context) ([]state.Backup, error) {
	r, err := ask[StateBackups](ctx, c, "state.backups.list", Empty{})
	return r.Backups, err
}

// CreateStateBackup makes a backup of the store.
func (c *Client) CreateStateBackup(ctx context.Context, description string) (state.Backup, error) {
	r, err := ask[StateBackup](ctx, c, "state.backups.create", StateBackupSpec{description})
	return r.Backup, err
}

// ValidateStateBackup reads all of a backup, and compares its checksums.
func (c *Client) ValidateStateBackup(ctx context.Context, id string) (state.Backup, error) {
	r, err := ask[StateBackup](ctx, c, "state.backups.validate", StateBackupParam{id})
	return r.Backup, err
}

// RestoreStateBackup puts a backup in the place of what is in the store, and returns
// a backup of what was there before, and what was done.
func (c *Client) RestoreStateBackup(ctx context.Context, id string) (state.Restored, error) {
	r, err := ask[StateRestored](ctx, c, "state.backups.restore", StateBackupParam{id})
	return r.Restored, err
}

// DeleteStateBackup deletes a backup.
func (c *Client) DeleteStateBackup(ctx context.Context, id string) error {
	return c.Call(ctx, "state.backups.delete", StateBackupParam{id}, nil)
}

// CleanStateBackups deletes the backups that need not be kept, and returns them.
func (c *Client) CleanStateBackups(ctx context.Context, r state.Retention) ([]state.Backup, error) {
	out, err := ask[StateBackups](ctx, c, "state.backups.cleanup", StateBackupRetention{r.Keep, r.MaxAge.Seconds()})
	return out.Backups, err
}
