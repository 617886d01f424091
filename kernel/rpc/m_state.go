package rpc

import (
	"errors"

	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/state"
)

// stateStore opens the store, and reads a scope.
func (p *peer) stateStore(scope string) (*state.Store, state.Scope, error) {
	sc := state.Scope{}
	if scope != "" {
		var err error
		if sc, err = state.ParseScope(scope); err != nil {
			return nil, sc, badParam("scope", "%v", err)
		}
	}
	store, err := p.server.opts.Kernel.Services().State()
	return store, sc, err
}

// stateError finds the code of a store's error.
func stateError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, state.ErrName), errors.Is(err, state.ErrValue), errors.Is(err, state.ErrTooLarge), errors.Is(err, state.ErrFormat):
		return errorf(CodeInvalidParams, "%v", err)
	case errors.Is(err, state.ErrNoBackup):
		return errorf(CodeNotFound, "%v", err)
	case errors.Is(err, state.ErrConflict), errors.Is(err, state.ErrSchema), errors.Is(err, state.ErrArchived), errors.Is(err, state.ErrGone):
		return errorf(CodeConflict, "%v", err)
	case errors.Is(err, db.ErrBusy):
		return errorf(CodeBusy, "%v", err)
	}
	return err
}

func stateEntry(e *state.Entry) *StateEntry {
	out := &StateEntry{
		Scope: e.Scope.String(), Key: e.Key, Value: StateValue{e.Value}, Version: e.Version, Revision: e.Revision,
		Created: e.Created, Written: e.Written, Expires: e.Expires(), Size: e.Size,
	}
	if e.Damaged != nil {
		out.Damaged = e.Damaged.Error()
	}
	return out
}

// stateChanged tells of a write, if it was made.
func (p *peer) stateChanged(made bool, operation string, scope state.Scope, key string, version int64) {
	if made {
		p.server.opts.Kernel.StateChanged(state.Change{Operation: operation, Scope: scope, Key: key, Version: version})
	}
}

// stateGet is state.get.
func (p *peer) stateGet(c ctx, r *StateKey) (StateGetResult, error) {
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateGetResult{}, err
	}
	e, ok, err := store.Get(c, scope, r.Key)
	if err != nil || !ok {
		return StateGetResult{}, stateError(err)
	}
	return StateGetResult{true, stateEntry(&e)}, nil
}

// stateSet is state.set.
func (p *peer) stateSet(c ctx, r *StateSetParams) (StateSetResult, error) {
	if r.TTLMS < 0 {
		return StateSetResult{}, badParam("ttl_ms", "state.set: ttl_ms is negative")
	}
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateSetResult{}, err
	}
	opt := state.SetOptions{TTL: milliseconds(r.TTLMS)}
	if r.Version == nil {
		e, err := store.Set(c, scope, r.Key, r.Value.V, opt)
		p.stateChanged(err == nil, "set", scope, r.Key, e.Version)
		if err != nil || e.Version == 0 { // null removes what is there
			return StateSetResult{Written: err == nil}, stateError(err)
		}
		return StateSetResult{true, stateEntry(&e)}, nil
	}
	e, done, err := store.CompareAndSet(c, scope, r.Key, state.AtVersion(*r.Version), r.Value.V, opt)
	if err != nil {
		return StateSetResult{}, stateError(err)
	}
	p.stateChanged(done, "compare_and_set", scope, r.Key, e.Version)
	if e.Version == 0 {
		return StateSetResult{Written: done}, nil
	}
	return StateSetResult{done, stateEntry(&e)}, nil
}

// stateDelete is state.delete.
func (p *peer) stateDelete(c ctx, r *StateKey) (StateDeleted, error) {
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateDeleted{}, err
	}
	was, err := store.Delete(c, scope, r.Key)
	p.stateChanged(was && err == nil, "delete", scope, r.Key, 0)
	return StateDeleted{was}, stateError(err)
}

const maxStateList = 10_000

// stateList is state.list.
func (p *peer) stateList(c ctx, r *StateListParams) (StateList, error) {
	if r.Limit < 0 || r.Limit > maxStateList {
		return StateList{}, badParam("limit", "state.list: limit must be between 0 and %d", maxStateList)
	}
	if r.Limit == 0 {
		r.Limit = 1000
	}
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateList{}, err
	}
	// One more shows whether there is more. Sizes come first: what is large goes in
	// smaller pages.
	opt := state.ListOptions{Prefix: r.Prefix, After: r.After, Limit: r.Limit + 1}
	list, err := store.List(c, scope, opt)
	out := StateList{Entries: []StateEntry{}}
	if err == nil && len(list) > 0 && r.Values {
		opt.Limit, opt.Values, opt.Damaged = pageOf(list), true, r.Damaged
		all := len(list)
		if list, err = store.List(c, scope, opt); len(list) == opt.Limit {
			out.More = opt.Limit < all
		}
	}
	if len(list) > r.Limit {
		list, out.More = list[:r.Limit], true
	}
	for i := range list {
		out.Entries = append(out.Entries, *stateEntry(&list[i]))
	}
	return out, stateError(err)
}

// maxStatePage is how many bytes the values of a page have, unless one alone has more.
const maxStatePage = 4 << 20

// pageOf tells how many of some entries are one page.
func pageOf(list []state.Entry) int {
	size := 0
	for i := range list {
		if size += list[i].Size; size > maxStatePage && i > 0 {
			return i
		}
	}
	return len(list)
}

// stateClear is state.clear.
func (p *peer) stateClear(c ctx, r *StateScope) (StateCleared, error) {
	store, scope, err := p.stateStore(r.Scope)
	if err != nil {
		return StateCleared{}, err
	}
	n, err := store.Clear(c, scope)
	p.stateChanged(n > 0 && err == nil, "clear", scope, "", 0)
	return StateCleared{n}, stateError(err)
}

// stateScopes is state.scopes.
func (p *peer) stateScopes(c ctx, _ *Empty) (StateScopes, error) {
	store, _, err := p.stateStore("")
	if err != nil {
		return StateScopes{}, err
	}
	list, err := store.Scopes(c)
	out := StateScopes{Scopes: []StateScopeInfo{}}
	for _, s := range list {
		out.Scopes = append(out.Scopes, StateScopeInfo{s.Scope.String(), s.Entries, s.Bytes})
	}
	return out, stateError(err)
}
