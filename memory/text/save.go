package text

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"slices"
)

// Save writes the index. The generation is the caller's: a number that changes with what
// the index is made of, by which Load's caller knows whether a saved index is still true.
// The same documents give the same bytes, and nothing of others.
func (ix *Index) Save(w io.Writer, generation uint64) error {
	ix.mu.RLock()
	data := ix.encode(generation)
	ix.mu.RUnlock()
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("save the text index: %w", err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encoder appends to a file. Numbers are varints; a string has its length before it.
type encoder struct{ data []byte }

func (e *encoder) number(n uint64) { e.data = binary.AppendUvarint(e.data, n) }

func (e *encoder) signed(n int64) { e.data = binary.AppendVarint(e.data, n) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.data = append(e.data, s...)
}

func (ix *Index) encode(generation uint64) []byte {
	e := &encoder{}
	e.text(ix.params.print())
	e.number(generation)
	slots := slices.Collect(maps.Values(ix.slots))
	slices.SortFunc(slots, func(a, b int32) int { return cmp.Compare(ix.docs[a].id, ix.docs[b].id) })
	sessions, speakers := renumbered{}, renumbered{}
	for _, slot := range slots {
		sessions.see(ix.session[slot])
		speakers.see(ix.speaker[slot])
	}
	e.number(uint64(len(sessions.order)))
	for _, n := range sessions.order {
		e.text(ix.sessions.entries[n].text)
	}
	e.number(uint64(len(speakers.order)))
	for _, n := range speakers.order {
		e.text(ix.speakers.entries[n].text)
	}
	e.number(uint64(len(slots)))
	position := make([]int32, len(ix.docs))
	for i, slot := range slots {
		position[slot] = int32(i)
		e.signed(ix.docs[slot].id)
		e.signed(ix.docs[slot].at)
		e.number(uint64(sessions.numbers[ix.session[slot]]))
		e.number(uint64(speakers.numbers[ix.speaker[slot]]))
		e.number(uint64(ix.length[slot]))
		e.number(uint64(ix.flags[slot]))
	}
	ix.encodeTerms(e, position)
	return binary.LittleEndian.AppendUint32(e.data, crc32.Checksum(e.data, castagnoli))
}

func (ix *Index) encodeTerms(e *encoder, position []int32) {
	e.number(uint64(len(ix.terms)))
	var moved []posting
	for _, term := range slices.Sorted(maps.Keys(ix.terms)) {
		e.text(term)
		moved = moved[:0]
		for _, p := range ix.postings[ix.terms[term]].entries {
			moved = append(moved, posting{position[p.slot], p.count})
		}
		slices.SortFunc(moved, func(a, b posting) int { return cmp.Compare(a.slot, b.slot) })
		e.number(uint64(len(moved)))
		last := int32(-1)
		for _, p := range moved {
			e.number(uint64(p.slot - last))
			last = p.slot
			e.data = binary.LittleEndian.AppendUint32(e.data, math.Float32bits(p.count))
		}
	}
}

// renumbered gives numbers from 1 in the order in which they are seen; 0 is none.
type renumbered struct {
	numbers map[int32]int
	order   []int32
}

func (r *renumbered) see(n int32) {
	if n == none || r.numbers[n] > 0 {
		return
	}
	if r.numbers == nil {
		r.numbers = map[int32]int{}
	}
	r.order = append(r.order, n)
	r.numbers[n] = len(r.order)
}
