package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/llmspell/llmspell/memory/text"
)

// Keeper is a Backend that also keeps a tenant's index for the next process. What it keeps
// is made of the texts of episodes, so it ends when one of them is dropped: before the
// Write that drops it returns.
type Keeper interface {
	// KeptIndex returns what was kept last; nil: nothing is.
	KeptIndex(tenant string) ([]byte, error)
	// KeepIndex keeps data in place of what it kept; nil: nothing. The error is
	// ErrForgotten, and data is not kept, if an episode of the tenant's was dropped after at.
	KeepIndex(ctx context.Context, tenant string, data []byte, at Cursor) error
}

// ErrForgotten means that an index was not kept, because it may have words of an episode that
// was forgotten.
var ErrForgotten = errors.New("an episode of the index was forgotten")

// index is what a Memory knows of the rows up to a cursor.
type index struct {
	words  *text.Index
	heads  map[int64]*head // of all rows
	cursor Cursor
	// partial: damaged rows are missing. It is not kept, since they may be mended.
	partial bool
	// unkept counts the changes since it was kept.
	unkept int
	// gone: what was kept of it is not there any more.
	gone bool
}

// keptFormat changes whenever keptHead does, or what is made of it.
const keptFormat = "llmspell memory index 1"

// keptHead is what is kept beside the words. The form in which both are kept is the length of the head,
// the head, and the words, whose generation is the head's checksum.
type keptHead struct {
	Format, Tenant  string
	Cursor          Cursor
	Names           []string
	Rows, Times     []int64
	Sessions, Roles []int32 // numbers of Names
	Last            []byte  // the print of the last row
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode is the form in which it is kept. last is the episode of its last row.
func (ix *index) encode(tenant string, last *Episode) ([]byte, error) {
	h := keptHead{Format: keptFormat, Tenant: tenant, Cursor: ix.cursor, Last: fingerprint(last)}
	numbers := map[string]int32{}
	number := func(name string) int32 {
		n, ok := numbers[name]
		if !ok {
			n = int32(len(h.Names))
			numbers[name], h.Names = n, append(h.Names, name)
		}
		return n
	}
	for row := range ix.heads {
		h.Rows = append(h.Rows, row)
	}
	slices.Sort(h.Rows)
	for _, row := range h.Rows {
		head := ix.heads[row]
		h.Times = append(h.Times, int64(head.at))
		h.Sessions, h.Roles = append(h.Sessions, number(head.session)), append(h.Roles, number(head.role))
	}
	var head, out bytes.Buffer
	if err := gob.NewEncoder(&head).Encode(h); err != nil {
		return nil, fmt.Errorf("save the index of the memory: %w", err)
	}
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(head.Len())))
	out.Write(head.Bytes())
	err := ix.words.Save(&out, uint64(crc32.Checksum(head.Bytes(), castagnoli)))
	return out.Bytes(), err
}

// decodeIndex reads what encode has made, and the print of its last row. nil: it is damaged,
// another tenant's, or made by another version.
func decodeIndex(data []byte, tenant string, params text.Params) (*index, []byte) {
	if len(data) < 8 {
		return nil, nil
	}
	size, data := binary.LittleEndian.Uint64(data), data[8:]
	if size > uint64(len(data)) {
		return nil, nil
	}
	front, words := data[:size], data[size:]
	loaded, generation, err := text.Load(bytes.NewReader(words), params)
	if err != nil || generation != uint64(crc32.Checksum(front, castagnoli)) {
		return nil, nil
	}
	var h keptHead
	if gob.NewDecoder(bytes.NewReader(front)).Decode(&h) != nil || h.Format != keptFormat || h.Tenant != tenant || !h.whole(loaded.Len()) {
		return nil, nil
	}
	ix := &index{words: loaded, cursor: h.Cursor, heads: make(map[int64]*head, len(h.Rows))}
	all := make([]head, len(h.Rows))
	for i, row := range h.Rows {
		all[i] = head{h.Names[h.Sessions[i]], h.Names[h.Roles[i]], Instant(h.Times[i])}
		ix.heads[row] = &all[i]
	}
	return ix, h.Last
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

// fingerprint tells an episode from another that has got its row: in a backup that was put
// back, or after a power failure.
func fingerprint(e *Episode) []byte {
	h := sha256.New()
	for _, s := range []string{e.Session, e.ID, e.Role, e.Content} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	fmt.Fprintf(h, "%d %d", At(e.Time), At(e.Ingested))
	return h.Sum(nil)
}

// loadKept takes the index that is kept, if it is one of the rows that there are. If not, it
// is kept no longer. The caller holds refreshing.
func (m *Memory) loadKept(ctx context.Context) error {
	keeper, ok := m.backend.(Keeper)
	if !ok {
		return nil
	}
	data, err := keeper.KeptIndex(m.tenant)
	if err != nil || data == nil {
		return nil // it is built anew
	}
	ix, print := decodeIndex(data, m.tenant, m.params)
	if ix != nil && m.fits(ctx, ix, print) {
		m.mu.Lock()
		m.index = *ix
		m.mu.Unlock()
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_ = keeper.KeepIndex(ctx, m.tenant, nil, Cursor{}) // it is not trusted the next time either
	return nil
}

// fits tells whether an index is one of the rows that there are, or were before others came.
func (m *Memory) fits(ctx context.Context, ix *index, print []byte) (ok bool) {
	last := ix.last()
	err := m.backend.Read(ctx, m.tenant, func(r Reader) error {
		now, err := r.Cursor()
		if err != nil || now.Row < ix.cursor.Row || now.Removed < ix.cursor.Removed || last > ix.cursor.Row {
			return err
		}
		removed, _, err := r.Removed(ix.cursor.Removed)
		if err != nil || len(removed) > 0 {
			return err
		}
		list, err := r.EpisodesAt([]int64{last})
		ok = err == nil && len(list) == 1 && bytes.Equal(fingerprint(list[0]), print)
		return err
	})
	return ok && err == nil
}

// fewChanges are never worth to keep the index again.
const fewChanges = 250

// changedMuch tells whether to read the changes again would take longer than to keep the index.
func (m *Memory) changedMuch() bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.index.unkept >= fewChanges+len(m.index.heads)/20
}

// Keep saves the index for the next process, if it has changed enough and the backend can. It is
// for the end of a process; Search does so meanwhile, when much has changed.
func (m *Memory) Keep(ctx context.Context) error {
	m.mu.RLock()
	gone := m.index.gone && len(m.index.heads) >= fewChanges
	m.mu.RUnlock()
	if !gone && !m.changedMuch() {
		return nil
	}
	if err := m.refresh(ctx); err != nil {
		return err
	}
	return m.keep(ctx)
}

// keep saves the index.
func (m *Memory) keep(ctx context.Context) error {
	keeper, ok := m.backend.(Keeper)
	if !ok {
		return nil
	}
	m.keeping.Lock()
	defer m.keeping.Unlock()
	m.mu.RLock()
	last, partial := m.index.last(), m.index.partial
	m.mu.RUnlock()
	if partial || last == 0 {
		return nil
	}
	var list []*Episode
	err := m.backend.Read(ctx, m.tenant, func(r Reader) (err error) {
		list, err = r.EpisodesAt([]int64{last})
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	m.mu.RLock()
	if m.index.last() != last { // it has changed meanwhile: the next search keeps it
		m.mu.RUnlock()
		return nil
	}
	unkept, at := m.index.unkept, m.index.cursor
	data, err := m.index.encode(m.tenant, list[0])
	m.mu.RUnlock()
	if err != nil {
		return err
	}
	err = keeper.KeepIndex(ctx, m.tenant, data, at)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.index.unkept -= unkept // also if it failed: it is not tried at every search
	m.index.gone = m.index.gone && err != nil
	return err
}
