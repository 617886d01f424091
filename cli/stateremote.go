package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/state"
)

// addStateConnect lets the commands on the state work on a kernel's.
func (a *app) addStateConnect(cmd *cobra.Command) { a.stateKernel.addTo(cmd, "the state") }

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

// errFilesOnly is for what works on the files of a database.
var errFilesOnly = errors.New("this works on the files of this machine, and not through a kernel: give --connect= to use the database here")

// stateEntry is rpc.StateEntry, whose numbers stay what they are.
type stateEntry struct {
	rpc.StateEntry
	Value json.RawMessage `json:"value"`
}

func (e *stateEntry) entry() (state.Entry, error) {
	out := state.Entry{Key: e.Key, Version: e.Version, Revision: e.Revision, Created: e.Created, Written: e.Written, Size: e.Size}
	if !e.Expires.IsZero() {
		out.TTL = e.Expires.Sub(e.Written).Round(time.Millisecond)
	}
	var err error
	if out.Scope, err = state.ParseScope(e.Scope); err != nil {
		return out, err
	}
	if len(e.Value) > 0 {
		out.Value, err = state.Decode(e.Value)
	}
	return out, err
}

func (r remoteState) Get(ctx context.Context, scope state.Scope, key string) (state.Entry, bool, error) {
	var answer struct {
		Found bool        `json:"found"`
		Entry *stateEntry `json:"entry"`
	}
	err := r.client.Call(ctx, "state.get", rpc.StateKey{Scope: scope.String(), Key: key}, &answer)
	if err != nil || !answer.Found || answer.Entry == nil {
		return state.Entry{}, false, err
	}
	e, err := answer.Entry.entry()
	return e, err == nil, err
}

func (r remoteState) Set(ctx context.Context, scope state.Scope, key string, value any, opt state.SetOptions) (state.Entry, error) {
	text, err := state.Encode(value)
	if err != nil {
		return state.Entry{}, err
	}
	var answer struct {
		Entry *stateEntry `json:"entry"`
	}
	err = r.client.Call(ctx, "state.set", rpc.StateSetParams{
		Scope: scope.String(), Key: key, Value: json.RawMessage(text), TTLMS: opt.TTL.Milliseconds(),
	}, &answer)
	if err != nil || answer.Entry == nil {
		return state.Entry{}, err
	}
	return answer.Entry.entry()
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
		var answer struct {
			Entries []stateEntry `json:"entries"`
		}
		err := r.client.Call(ctx, "state.list", rpc.StateListParams{
			Scope: scope.String(), Prefix: opt.Prefix, After: after, Limit: limit, Values: opt.Values,
		}, &answer)
		if err != nil {
			return nil, err
		}
		for _, one := range answer.Entries {
			e, err := one.entry()
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			after = e.Key
		}
		if len(answer.Entries) < limit || opt.Limit > 0 && len(out) >= opt.Limit {
			return out, nil
		}
	}
}

func (r remoteState) Clear(ctx context.Context, scope state.Scope) (int, error) {
	var answer rpc.StateCleared
	err := r.client.Call(ctx, "state.clear", rpc.StateScope{Scope: scope.String()}, &answer)
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

func (remoteState) Check(context.Context) error { return errFilesOnly }

func (remoteState) Export(context.Context, io.Writer, ...state.Scope) (int, error) {
	return 0, errFilesOnly
}

func (remoteState) ExportTOML(context.Context, io.Writer, ...state.Scope) (int, error) {
	return 0, errFilesOnly
}

func (remoteState) Import(context.Context, io.Reader, state.ImportOptions) (int, error) {
	return 0, errFilesOnly
}

func (remoteState) CreateBackup(context.Context, string) (state.Backup, error) {
	return state.Backup{}, errFilesOnly
}

func (remoteState) Backups(context.Context) ([]state.Backup, error) { return nil, errFilesOnly }

func (remoteState) ValidateBackup(context.Context, string) (state.Backup, error) {
	return state.Backup{}, errFilesOnly
}

func (remoteState) DeleteBackup(context.Context, string) error { return errFilesOnly }

func (remoteState) CleanBackups(context.Context, state.Retention) ([]state.Backup, error) {
	return nil, errFilesOnly
}

func (r remoteState) Close() error { return r.client.Close() }
