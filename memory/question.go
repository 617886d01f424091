package memory

import (
	"context"
	"errors"
	"fmt"

	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/vector"
)

// question is what a search by meaning needs: the vector of the query, after episodes that lack one have got theirs, if there are
// few. nil: the query has none. The warning says what keeps it from finding all, or, if it is not ok, at all; an error is of the context alone.
func (m *Memory) question(ctx context.Context, text string) (vec []float32, ok bool, warning string, err error) {
	v := m.vectors
	asked, cancel := context.WithTimeout(ctx, v.opt.Patience)
	defer cancel()
	failed := v.broken()
	if failed == nil {
		vec, warning, failed = m.ask(asked, text)
		if err := ctx.Err(); err != nil {
			return nil, false, "", err
		}
		if failed != nil && errors.Is(asked.Err(), context.DeadlineExceeded) {
			failed = fmt.Errorf("the embedder has not answered within %v", v.opt.Patience)
		}
		v.note(failed)
	}
	if failed != nil {
		return nil, false, fmt.Sprintf("searched by words alone: %v", failed), nil
	}
	return vec, true, warning, nil
}

func (m *Memory) ask(ctx context.Context, text string) (vec []float32, warning string, err error) {
	v := m.vectors
	e, err := v.open(ctx)
	if err != nil {
		return nil, "", err
	}
	if vec, err = v.query(ctx, e, text); err != nil {
		return nil, "", err
	}
	if warning, err = m.catchUp(ctx, e); err != nil {
		return nil, "", err
	}
	fits, err := m.fitting(ctx, e.Model(), vec)
	if err != nil {
		return nil, "", err
	}
	if !fits {
		return nil, "", fmt.Errorf("vectors of %s have another length than those that are stored: was the model changed? llmspell memory embed --again makes all anew", e.Model())
	}
	return vec, warning, nil
}

// catchUp has vectors made of episodes that lack one, unless they are more than a batch.
func (m *Memory) catchUp(ctx context.Context, e embed.Embedder) (warning string, err error) {
	batch := m.vectors.opt.Batch
	n, err := m.lacks(ctx, e.Model(), batch+1)
	if err != nil || n == 0 {
		return "", err
	}
	if n > batch {
		s, err := m.Stats(ctx)
		return fmt.Sprintf("%d episodes have no vector yet, and are found by words alone: llmspell memory embed makes them", s.Vectors.Lacking), err
	}
	_, err = m.embedNext(ctx, e)
	return "", err
}

// lacks counts the episodes that lack a vector, so many at most.
func (m *Memory) lacks(ctx context.Context, model string, most int) (n int, err error) {
	err = m.backend.Read(ctx, m.tenant, func(r Reader) error {
		stored, ok := r.(VectorReader)
		if !ok {
			return errNoVectors(m.backend)
		}
		at, err := r.Cursor()
		if err != nil || at.Row == m.vectors.complete.Load() {
			return err
		}
		rows, err := stored.Lacking(model, m.vectors.complete.Load(), most)
		if n = len(rows); n == 0 && err == nil {
			m.vectors.complete.Store(at.Row)
		}
		return err
	})
	return n, err
}

// fitting tells whether a vector can be searched for, after it has seen to it that those that are stored can be
// searched. One of no numbers has nothing to be compared with.
func (m *Memory) fitting(ctx context.Context, model string, vec []float32) (bool, error) {
	if b := m.finder(); b != nil && len(vec) > 0 {
		_, ok, err := b.Nearest(ctx, m.tenant, model, vec, 0, Filter{})
		if errors.Is(err, vector.ErrDimension) {
			return false, nil
		}
		if ok || err != nil {
			return true, err
		}
	}
	if err := m.loadVectors(ctx, model); err != nil {
		return false, err
	}
	v := m.vectors
	v.loading.Lock()
	defer v.loading.Unlock()
	s := v.index.Load().Stats()
	return v.alien == 0 && (len(vec) == 0 || s.Dimension == 0 || s.Dimension == len(vec)), nil
}
