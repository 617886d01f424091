package memory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/memory/text"
)

// index is what a Memory knows of the rows up to a cursor.
type index struct {
	words  *text.Index
	heads  map[int64]*head // of all rows
	cursor Cursor
	// damaged rows are missing. It is not kept then, since they may be mended.
	damaged Damage
}

// keptFormat changes whenever keptHead does, or what is made of it.
const keptFormat = "llmspell memory index 1"

// keptHead is what is kept beside the words.
type keptHead struct {
	Format, Tenant  string
	Cursor          Cursor
	Names           []string
	Rows, Times     []int64
	Sessions, Roles []int32 // numbers of Names
	Last            []byte  // the print of the last row
}

// keptTurns are the episodes, as rows of an index.
func keptTurns() KeptRows {
	return KeptRows{Of: Turns, Cursor: Reader.Cursor, Removed: Reader.Removed, Print: func(r Reader, row int64) ([]byte, error) {
		list, err := r.EpisodesAt([]int64{row})
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return fingerprint(list[0]), nil
	}}
}

// encode is the form in which it is kept. print is that of its last row.
func (ix *index) encode(tenant string, print []byte) ([]byte, error) {
	h := keptHead{Format: keptFormat, Tenant: tenant, Cursor: ix.cursor, Last: print}
	for row := range ix.heads {
		h.Rows = append(h.Rows, row)
	}
	slices.Sort(h.Rows)
	var names Names
	for _, row := range h.Rows {
		head := ix.heads[row]
		h.Times = append(h.Times, int64(head.at))
		h.Sessions, h.Roles = append(h.Sessions, names.Number(head.session)), append(h.Roles, names.Number(head.role))
	}
	h.Names = names.List
	return Pack(h, ix.words)
}

// decodeIndex reads what encode has made. nil: it is damaged, another tenant's, or made by another version.
func decodeIndex(data []byte, tenant string, params text.Params) (*index, KeptAt) {
	var h keptHead
	words := Unpack(data, &h, params)
	if words == nil || h.Format != keptFormat || h.Tenant != tenant || !h.whole(words.Len()) {
		return nil, KeptAt{}
	}
	ix := &index{words: words, cursor: h.Cursor, heads: make(map[int64]*head, len(h.Rows))}
	all := make([]head, len(h.Rows))
	for i, row := range h.Rows {
		all[i] = head{h.Names[h.Sessions[i]], h.Names[h.Roles[i]], Instant(h.Times[i])}
		ix.heads[row] = &all[i]
	}
	return ix, KeptAt{h.Cursor, ix.last(), h.Last}
}

// whole tells whether there is all of n rows.
func (h *keptHead) whole(n int) bool {
	named := func(numbers []int32) bool {
		return len(numbers) == n && !slices.ContainsFunc(numbers, func(i int32) bool { return i < 0 || int(i) >= len(h.Names) })
	}
	return len(h.Rows) == n && len(h.Times) == n && named(h.Sessions) && named(h.Roles)
}

// last is the greatest row.
func (ix *index) last() (last int64) {
	for row := range ix.heads {
		last = max(last, row)
	}
	return last
}

// fingerprint tells an episode from another that has got its row.
func fingerprint(e *Episode) []byte {
	h := sha256.New()
	for _, s := range []string{e.Session, e.ID, e.Role, e.Content} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	fmt.Fprintf(h, "%d %d", At(e.Time), At(e.Ingested))
	return h.Sum(nil)
}

// loadKept takes the index that is kept, if there is one. The caller holds refreshing.
func (m *Memory) loadKept(ctx context.Context) error {
	ix, err := Load(ctx, m.keeping, func(data []byte) (*index, KeptAt) { return decodeIndex(data, m.tenant, m.params) })
	if ix != nil {
		m.mu.Lock()
		m.index = *ix
		m.mu.Unlock()
	}
	return err
}

// changedMuch tells whether the index is worth to be kept again.
func (m *Memory) changedMuch() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.keeping.MuchChanged(len(m.index.heads))
}

// Keep saves the index for the next process, if it has changed enough and the backend can. It is
// for the end of a process; Search does so meanwhile, when much has changed.
func (m *Memory) Keep(ctx context.Context) error {
	m.mu.RLock()
	due := m.keeping.Due(len(m.index.heads))
	m.mu.RUnlock()
	if !due {
		return nil
	}
	if err := m.refresh(ctx); err != nil {
		return err
	}
	return m.keep(ctx)
}

// keep saves the index, unless damaged rows are missing in it.
func (m *Memory) keep(ctx context.Context) error {
	return m.keeping.Keep(ctx, &m.mu, func() int64 {
		if len(m.index.damaged) > 0 {
			return 0
		}
		return m.index.last()
	}, func(print []byte) ([]byte, Cursor, error) {
		data, err := m.index.encode(m.tenant, print)
		return data, m.index.cursor, err
	})
}
