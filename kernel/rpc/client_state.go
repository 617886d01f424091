package rpc

import "context"

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
	r, err := ask[StateList](ctx, c, "state.list", p)
	return r.Entries, err
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
