package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/llmspell/llmspell/memory/embed"
	"github.com/llmspell/llmspell/memory/vector"
)

// Question is what a search by meaning needs: the vector of the query, after rows that lack one have got theirs, if there are
// few. nil: the query has none. The warning says what keeps it from finding all, or, if it is not ok, at all; an error is of the context alone.
func (m *Meaning) Question(ctx context.Context, text string) (vec []float32, ok bool, warning string, err error) {
	asked, cancel := context.WithTimeout(ctx, m.opt.Patience)
	defer cancel()
	failed := m.broken()
	if failed == nil {
		vec, warning, failed = m.ask(asked, text)
		if err := ctx.Err(); err != nil {
			return nil, false, "", err
		}
		if failed != nil && errors.Is(asked.Err(), context.DeadlineExceeded) {
			failed = late(failed, m.opt.Patience)
		}
		m.note(failed)
	}
	if failed != nil {
		return nil, false, fmt.Sprintf("searched by words alone: %v", failed), nil
	}
	return vec, true, warning, nil
}

// late is what is said of an embedder that has not answered in time: with why its requests failed, if any has.
func late(failed error, patience time.Duration) error {
	var stopped *embed.StoppedError
	if errors.As(failed, &stopped) {
		return fmt.Errorf("the embedder has not answered within %v: %s", patience, stopped.Problem)
	}
	return fmt.Errorf("the embedder has not answered within %v", patience)
}

func (m *Meaning) ask(ctx context.Context, text string) (vec []float32, warning string, err error) {
	e, err := m.ready(ctx)
	if err != nil {
		return nil, "", err
	}
	if vec, err = m.query(ctx, e, text); err != nil {
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
		return nil, "", m.misfit(ctx, e.Model(), len(vec))
	}
	return vec, warning, nil
}

// misfit is why a vector cannot be searched for.
func (m *Meaning) misfit(ctx context.Context, model string, has int) (err error) {
	stored := 0
	err = m.read(ctx, func(_ Reader, r VectorReader) error {
		stored, err = r.VectorLength(m.rows.Of, model)
		return err
	})
	if err == nil && stored == has {
		return fmt.Errorf("%w: vectors of %s of more than one length are stored: llmspell memory embed --again makes all anew", vector.ErrDimension, model)
	}
	return cmp.Or(err, otherLength(model, has, stored))
}

// catchUp has vectors made of rows that lack one, unless they are more than a batch.
func (m *Meaning) catchUp(ctx context.Context, e embed.Embedder) (warning string, err error) {
	batch := m.opt.Batch
	n, err := m.lacks(ctx, e.Model(), batch+1)
	if err != nil || n == 0 {
		return "", err
	}
	if n > batch {
		s, err := m.Stats(ctx)
		return fmt.Sprintf("%d %s have no vector yet, and are found by words alone: llmspell memory embed makes them", s.Lacking, m.rows.Name), err
	}
	_, err = m.embedNext(ctx, e)
	return "", err
}

// lacks counts the rows that lack a vector, so many at most.
func (m *Meaning) lacks(ctx context.Context, model string, most int) (n int, err error) {
	err = m.read(ctx, func(r Reader, stored VectorReader) error {
		mark, err := m.rows.Mark(r)
		if err != nil || mark == m.mark.Load() {
			return err
		}
		rows, err := stored.Lacking(m.rows.Of, model, m.complete.Load(), most)
		if n = len(rows); n == 0 && err == nil {
			m.mark.Store(mark)
		}
		return err
	})
	return n, err
}

// fitting tells whether a vector can be searched for, after it has seen to it that those that are stored can be
// searched. One of no numbers has nothing to be compared with.
func (m *Meaning) fitting(ctx context.Context, model string, vec []float32) (bool, error) {
	if b := m.finder(); b != nil && len(vec) > 0 {
		_, ok, err := b.Nearest(ctx, m.tenant, model, vec, 0, Among{Of: m.rows.Of})
		if errors.Is(err, vector.ErrDimension) {
			return false, nil
		}
		if ok || err != nil {
			return true, err
		}
	}
	if err := m.load(ctx, model); err != nil {
		return false, err
	}
	m.loading.Lock()
	defer m.loading.Unlock()
	s := m.index.Load().Stats()
	return m.alien == 0 && (len(vec) == 0 || s.Dimension == 0 || s.Dimension == len(vec)), nil
}
