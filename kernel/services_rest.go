package kernel

import (
	"context"
	"errors"
	"sync"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
)

// archiveRest is what can be read of a database of sessions that is too damaged to be opened.
type archiveRest struct {
	open func(ctx context.Context, why error) (*archive.Store, error)

	mu      sync.Mutex
	store   *archive.Store
	former  *archive.Store // somebody may still read from it, but not from the one before
	closing bool
}

// Records is Archive for those who show and save what there is, and do not go on with it: of
// a database that is too damaged to be opened, what can be read. Writes fail there.
func (s *Services) Records(ctx context.Context) (*archive.Store, error) {
	store, err := s.Archive()
	if err == nil || !errors.Is(err, db.ErrCorrupt) || s.rest.open == nil {
		return store, err
	}
	rest, failed := s.rest.get(ctx, err)
	if failed != nil {
		return nil, failed
	}
	return rest, nil
}

func (r *archiveRest) get(ctx context.Context, why error) (*archive.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closing:
		return nil, why
	case r.store != nil && !r.store.Stale():
		return r.store, nil
	}
	store, err := r.open(ctx, why)
	if err != nil {
		return nil, err
	}
	if r.former != nil {
		_ = r.former.Close() // it is a copy that is removed
	}
	r.former, r.store = r.store, store
	return store, nil
}

func (r *archiveRest) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closing = true
	var errs []error
	for _, store := range []*archive.Store{r.former, r.store} {
		if store != nil {
			errs = append(errs, store.Close())
		}
	}
	r.store, r.former = nil, nil
	return errors.Join(errs...)
}
