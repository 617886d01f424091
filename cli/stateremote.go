package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/state"
)

// addStateConnect lets the commands on the state work on a kernel's.
func (a *app) addStateConnect(cmd *cobra.Command) { a.stateKernel.addTo(cmd, "the state") }

// openBackupsFor finds the backups that a command's flags choose. Those here can be
// used when the state cannot.
func (a *app) openBackupsFor(cmd *cobra.Command) (backupStore, error) {
	f := a.stateKernel
	f.cmd = cmd
	if !f.wanted() {
		return localBackupsOf(cmd)
	}
	client, err := a.kernelFor(cmd.Context(), &f, nil)
	if err != nil {
		return nil, err
	}
	return remoteState{client}, nil
}

// openStateFor opens the store that a command's flags choose.
func (a *app) openStateFor(cmd *cobra.Command) (stateStore, error) {
	f := a.stateKernel
	f.cmd = cmd
	if !f.wanted() {
		return a.openState(cmd)
	}
	client, err := a.kernelFor(cmd.Context(), &f, nil)
	if err != nil {
		return nil, err
	}
	return remoteState{client}, nil
}

// remoteState is the state of a kernel.
type remoteState struct{ client *rpc.Client }

func entryOf(e *rpc.StateEntry) (state.Entry, error) {
	out := state.Entry{Key: e.Key, Value: e.Value.V, Version: e.Version, Revision: e.Revision, Created: e.Created, Written: e.Written, Size: e.Size}
	if !e.Expires.IsZero() {
		out.TTL = e.Expires.Sub(e.Written).Round(time.Millisecond)
	}
	if e.Damaged != "" {
		out.Damaged = errors.New(e.Damaged)
	}
	var err error
	out.Scope, err = state.ParseScope(e.Scope)
	return out, err
}

func (r remoteState) Get(ctx context.Context, scope state.Scope, key string) (state.Entry, bool, error) {
	found, ok, err := r.client.StateGet(ctx, scope.String(), key)
	if err != nil || !ok {
		return state.Entry{}, false, err
	}
	e, err := entryOf(&found)
	return e, err == nil, err
}

func (r remoteState) Set(ctx context.Context, scope state.Scope, key string, value any, opt state.SetOptions) (state.Entry, error) {
	answer, err := r.client.StateSet(ctx, rpc.StateSetParams{
		Scope: scope.String(), Key: key, Value: rpc.StateValue{V: value}, TTLMS: opt.TTL.Milliseconds(),
	})
	if err != nil || answer.Entry == nil {
		return state.Entry{}, err
	}
	return entryOf(answer.Entry)
}

func (r remoteState) Delete(ctx context.Context, scope state.Scope, key string) (bool, error) {
	var answer rpc.StateDeleted
	err := r.client.Call(ctx, "state.delete", rpc.StateKey{Scope: scope.String(), Key: key}, &answer)
	return answer.Deleted, err
}

// statePage is how many entries come at a time.
const statePage = 1000

func (r remoteState) List(ctx context.Context, scope state.Scope, opt state.ListOptions) ([]state.Entry, error) {
	var out []state.Entry
	for after := opt.After; ; {
		limit := statePage
		if opt.Limit > 0 {
			limit = min(limit, opt.Limit-len(out))
		}
		page, err := r.client.StatePage(ctx, rpc.StateListParams{
			Scope: scope.String(), Prefix: opt.Prefix, After: after, Limit: limit, Values: opt.Values, Damaged: opt.Damaged,
		})
		if err != nil {
			return nil, err
		}
		for i := range page.Entries {
			e, err := entryOf(&page.Entries[i])
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			after = e.Key
		}
		if !page.More || opt.Limit > 0 && len(out) >= opt.Limit {
			return out, nil
		}
	}
}

func (r remoteState) Clear(ctx context.Context, scope state.Scope) (int, error) {
	var answer rpc.StateCleared
	err := r.client.Call(ctx, "state.clear", rpc.StateScope{Scope: scope.String()}, &answer)
	if rpc.IsCode(err, rpc.CodeConflict) {
		err = &sessionFailure{state.ErrArchived, err}
	}
	return answer.Deleted, err
}

func (r remoteState) Scopes(ctx context.Context) ([]state.ScopeInfo, error) {
	var answer rpc.StateScopes
	if err := r.client.Call(ctx, "state.scopes", rpc.Empty{}, &answer); err != nil {
		return nil, err
	}
	var out []state.ScopeInfo
	for _, s := range answer.Scopes {
		scope, err := state.ParseScope(s.Scope)
		if err != nil {
			return nil, err
		}
		out = append(out, state.ScopeInfo{Scope: scope, Entries: s.Entries, Bytes: s.Bytes})
	}
	return out, nil
}

func (r remoteState) Check(ctx context.Context) error { return r.client.StateCheck(ctx) }

func (r remoteState) Export(ctx context.Context, w io.Writer, scopes ...state.Scope) (int, error) {
	return r.export(ctx, "json", w, scopes)
}

func (r remoteState) ExportTOML(ctx context.Context, w io.Writer, scopes ...state.Scope) (int, error) {
	return r.export(ctx, "toml", w, scopes)
}

func (r remoteState) ExportSound(ctx context.Context, w io.Writer, asTOML bool, damaged func(error), scopes ...state.Scope) (int, error) {
	p := rpc.StateExportParams{SkipDamaged: true}
	if asTOML {
		p.Format = "toml"
	}
	if len(scopes) > 0 {
		p.Scope = scopes[0].String()
	}
	out, err := r.client.StateExportSound(ctx, p, w)
	for _, text := range out.LeftOut {
		damaged(errors.New(text))
	}
	if more := out.Damaged - len(out.LeftOut); more > 0 {
		damaged(fmt.Errorf("%d more damaged values", more))
	}
	return out.Entries, err
}

// export exports all scopes, or the one that there is: the commands take one.
func (r remoteState) export(ctx context.Context, format string, w io.Writer, scopes []state.Scope) (int, error) {
	p := rpc.StateExportParams{Format: format}
	if len(scopes) > 0 {
		p.Scope = scopes[0].String()
	}
	return r.client.StateExport(ctx, p, w)
}

func (r remoteState) Import(ctx context.Context, in io.Reader, opt state.ImportOptions) (state.Imported, error) {
	p := rpc.StateImportParams{Merge: opt.Merge, AnySchema: opt.AnySchema}
	if opt.Scope != nil {
		p.Scope = opt.Scope.String()
	}
	done, err := r.client.StateImport(ctx, p, in)
	return state.Imported{
		Values: done.Entries, Private: done.Private, Archived: done.Archived, ArchivedScopes: done.ArchivedScopes, Replaced: done.Replaced, Repeated: done.Repeated,
	}, err
}

func (r remoteState) CreateBackup(ctx context.Context, description string) (state.Backup, error) {
	return r.client.CreateStateBackup(ctx, description)
}

func (r remoteState) Backups(ctx context.Context) ([]state.Backup, error) {
	return r.client.StateBackups(ctx)
}

func (r remoteState) ValidateBackup(ctx context.Context, id string) (state.Backup, error) {
	return r.client.ValidateStateBackup(ctx, id)
}

func (r remoteState) Restore(ctx context.Context, id string) (aside string, out state.Restored, err error) {
	out, err = r.client.RestoreStateBackup(ctx, id)
	return "", out, err
}

func (r remoteState) DeleteBackup(ctx context.Context, id string) error {
	return r.client.DeleteStateBackup(ctx, id)
}

func (r remoteState) CleanBackups(ctx context.Context, keep state.Retention) ([]state.Backup, error) {
	return r.client.CleanStateBackups(ctx, keep)
}

func (r remoteState) Close() error { return r.client.Close() }
