package kernel

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/state"
)

// scopeCopy stands for the scope of an archived session in one replay: its steps find what
// the session keeps, and change a copy of it.
type scopeCopy struct {
	services *Services
	of       state.Scope

	mu   sync.Mutex
	copy state.Scope // without an ID: it was not asked for
}

// standsFor returns the copy for the scope of the session, and any other one as it is.
func (c *scopeCopy) standsFor(scope state.Scope) (state.Scope, error) {
	if scope != c.of {
		return scope, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.copy.ID != "" {
		return c.copy, nil
	}
	store, err := c.services.State()
	if err != nil {
		return scope, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), scopeCopyTime)
	defer cancel()
	made, err := store.PrivateScope(c.of.ID)
	if err == nil {
		err = copyScope(ctx, store, c.of, made)
	}
	if err != nil {
		return scope, fmt.Errorf("scope %s: the session is archived, and its replay works on a copy, which cannot be made: %w", c.of, err)
	}
	c.copy = made
	return made, nil
}

// scopeCopyTime is how long the copying, or its end, may wait for other writers.
const scopeCopyTime = 10 * time.Second

// copyScope writes the sound values of one scope to another, all or none.
func copyScope(ctx context.Context, store *state.Store, from, to state.Scope) error {
	list, err := store.List(ctx, from, state.ListOptions{Values: true, Damaged: true})
	if err != nil || len(list) == 0 {
		return err
	}
	return store.Transact(ctx, 0, func(tx *state.Txn) error {
		for _, e := range list {
			if e.Damaged != nil {
				continue
			}
			if _, err := tx.Set(to, e.Key, e.Value, state.SetOptions{TTL: e.TTL}); err != nil {
				return err
			}
		}
		return nil
	})
}

// clear deletes the copy.
func (c *scopeCopy) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.copy.ID == "" {
		return
	}
	if store, err := c.services.State(); err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), scopeCopyTime)
		defer cancel()
		_, _ = store.Clear(ctx, c.copy) // as if the process had been killed
	}
}
