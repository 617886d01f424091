package rpc

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// What works on the whole store: exports and imports, which go as transfers, checks
// and backups.

// maxLeftOut is of how many damaged values an answer says what is wrong.
const maxLeftOut = 100

// stateExport is state.export.
func (p *peer) stateExport(c ctx, r *StateExportParams) (StateExported, error) {
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateExported{}, err
	}
	var scopes []state.Scope
	if r.Scope != "" {
		scopes = append(scopes, scope)
	}
	write := store.Export
	switch r.Format {
	case "", "json":
	case "toml":
		write = store.ExportTOML
	default:
		return StateExported{}, badParam("format", "state.export: the format is json or toml, not %.40q", r.Format)
	}
	out := StateExported{}
	if r.SkipDamaged {
		write = func(c context.Context, w io.Writer, scopes ...state.Scope) (int, error) {
			return store.ExportSound(c, w, r.Format == "toml", func(err error) {
				if out.Damaged++; len(out.LeftOut) < maxLeftOut {
					out.LeftOut = append(out.LeftOut, err.Error())
				}
			}, scopes...)
		}
	}
	t, err := p.sending(func(w io.Writer) (err error) {
		out.Entries, err = write(c, w, scopes...)
		return stateError(err)
	})
	out.Transfer, out.Size = t.Transfer, t.Size
	return out, err
}

// stateImport is state.import.
func (p *peer) stateImport(c ctx, r *StateImportParams) (out StateImported, err error) {
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return out, err
	}
	opt := state.ImportOptions{Merge: r.Merge, AnySchema: r.AnySchema}
	if r.Scope != "" {
		opt.Scope = &scope
	}
	err = p.receiving(r.Transfer, func(data io.ReaderAt, size int64) error {
		done, err := store.Import(c, io.NewSectionReader(data, 0, size), opt)
		out = StateImported{
			Entries: done.Values, Private: done.Private, Archived: done.Archived, ArchivedScopes: done.ArchivedScopes, Replaced: done.Replaced, Repeated: done.Repeated,
		}
		p.stateChanged(err == nil, "import", scope, "", 0)
		return stateError(err)
	})
	return out, err
}

// stateCheck is state.check.
func (p *peer) stateCheck(c ctx, _ *Empty) (Empty, error) {
	store, err := p.wholeState()
	if err != nil {
		return Empty{}, err
	}
	return Empty{}, stateError(store.Check(c))
}

// wholeState opens the store. A damaged one is put right where its file is.
func (p *peer) wholeState() (*state.Store, error) {
	store, _, err := p.stateStore("")
	if errors.Is(err, db.ErrCorrupt) {
		return nil, errorf(CodeFailed, "%v", err).withHint("end the kernel, and restore the backup on its machine: llmspell state backup restore ID --connect=")
	}
	return store, err
}

// listStateBackups is state.backups.list.
func (p *peer) listStateBackups(c ctx, _ *Empty) (StateBackups, error) {
	out := StateBackups{Backups: []state.Backup{}}
	store, err := p.wholeState()
	if err != nil {
		return out, err
	}
	list, err := store.Backups(c)
	out.Backups = append(out.Backups, list...)
	return out, stateError(err)
}

// createStateBackup is state.backups.create.
func (p *peer) createStateBackup(c ctx, r *StateBackupSpec) (StateBackup, error) {
	store, err := p.wholeState()
	if err != nil {
		return StateBackup{}, err
	}
	b, err := store.CreateBackup(c, r.Description)
	return StateBackup{b}, stateError(err)
}

// validateStateBackup is state.backups.validate.
func (p *peer) validateStateBackup(c ctx, r *StateBackupParam) (StateBackup, error) {
	store, err := p.wholeState()
	if err != nil {
		return StateBackup{}, err
	}
	b, err := store.ValidateBackup(c, r.ID)
	return StateBackup{b}, stateError(err)
}

// restoreStateBackup is state.backups.restore.
func (p *peer) restoreStateBackup(c ctx, r *StateBackupParam) (StateRestored, error) {
	store, err := p.wholeState()
	if err != nil {
		return StateRestored{}, err
	}
	out, err := store.Restore(c, r.ID)
	p.stateChanged(err == nil, "restore", state.Scope{}, "", 0)
	return StateRestored{out}, stateError(err)
}

// deleteStateBackup is state.backups.delete.
func (p *peer) deleteStateBackup(c ctx, r *StateBackupParam) (Empty, error) {
	store, err := p.wholeState()
	if err != nil {
		return Empty{}, err
	}
	return Empty{}, stateError(store.DeleteBackup(c, r.ID))
}

// cleanStateBackups is state.backups.cleanup.
func (p *peer) cleanStateBackups(c ctx, r *StateBackupRetention) (StateBackups, error) {
	out := StateBackups{Backups: []state.Backup{}}
	if r.Keep < 0 || !(r.MaxAgeSeconds >= 0) {
		return out, badParam("keep", "state.backups.cleanup: keep and max_age_seconds must not be negative")
	}
	store, err := p.wholeState()
	if err != nil {
		return out, err
	}
	age := time.Duration(min(r.MaxAgeSeconds, math.MaxInt64/2e9) * 1e9)
	gone, err := store.CleanBackups(c, state.Retention{Keep: r.Keep, MaxAge: age})
	out.Backups = append(out.Backups, gone...)
	return out, stateError(err)
}
