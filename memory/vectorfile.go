package memory

import (
	"context"

	"github.com/llmspell/llmspell/memory/vector"
)

// VectorKeeper is a Backend that keeps an index of vectors for the next process, which then need not read them one by
// one. What it keeps ends when one of its rows is dropped, or vectors of a model are.
type VectorKeeper interface {
	// KeptVectors loads what was kept of a model, and tells up to which vector that goes. nil: nothing was kept, or
	// nothing that can be trusted.
	KeptVectors(ctx context.Context, of Owner, tenant, model string) (index *vector.Index, upTo int64)
	// KeepVectors keeps an index of all vectors of a model up to one. Those of rows that are not there any more it takes out first. The
	// error is ErrForgotten, and nothing is kept, if a row was dropped meanwhile.
	KeepVectors(ctx context.Context, of Owner, tenant, model string, index *vector.Index, upTo int64) error
}

// fewVectors are never worth to be kept again.
const fewVectors = 2000

// takeKept loads the vectors that were kept, before those that are stored are first read. The caller holds loading.
func (m *Meaning) takeKept(ctx context.Context, model string) {
	b, ok := m.backend.(VectorKeeper)
	if !ok || m.seq != 0 {
		return
	}
	if index, upTo := b.KeptVectors(ctx, m.rows.Of, m.tenant, model); index != nil {
		m.seq = upTo
		m.index.Store(index)
	}
}

// keepVectors keeps the index when much of it is new. If that fails the next process reads the rows. The caller holds loading.
func (m *Meaning) keepVectors(ctx context.Context, model string, index *vector.Index) {
	if b, ok := m.backend.(VectorKeeper); ok && m.alien == 0 && m.unkept >= fewVectors+index.Len()/10 {
		m.unkept = 0 // also if it fails: it is not tried at every search
		_ = b.KeepVectors(ctx, m.rows.Of, m.tenant, model, index, m.seq)
	}
}
