package text

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Language says how words are led to what their forms have in common, and which words are passed over.
type Language string

// The languages of an index. None takes words as they are.
const (
	English Language = "english"
	None    Language = "none"
)

// Document is a turn of a conversation, or a piece of a longer text.
type Document struct {
	// Session is what the document is a part of: a conversation, a file. Documents of one
	// session are neighbours in the order of their times, then their ids. Without a session it has no neighbours.
	Session string
	// Speaker is who said it; Role is what they are in the conversation (user, assistant).
	// A query that names either prefers what they said.
	Speaker, Role string
	Body          string
	Time          time.Time // zero if unknown
}

// Index finds documents by their words. The zero value is not ready: use New or Load.
type Index struct {
	mu       sync.RWMutex
	params   Params
	analyzer *analyzer // of the writer

	slots map[int64]int32 // by id
	free  []int32         // slots whose documents were deleted
	docs  []document      // by slot
	// What a search reads of each document that it meets, by slot.
	length   []float32
	around   [][2]int32 // the documents before and after, or none
	session  []int32    // or none
	speaker  []int32    // or none
	flags    []uint8
	total    int64 // of all lengths
	terms    map[string]int32
	postings []postings // by term
	spare    []int32    // numbers of terms that no document has any more
	sessions names[session]
	speakers names[speaker]

	scratch sync.Pool // *accumulator
}

const none = -1

// document is what the index keeps of a document beside its terms.
type document struct {
	id    int64
	at    int64 // unix nanoseconds
	terms []int32
}

// What is known of a body, in Index.flags.
const (
	isQuestion uint8 = 1 << iota // it ends with a question
	isTimely                     // it tells a time
)

// session is the order of its documents.
type session struct{ slots []int32 }

// speaker is a Speaker and Role, and the terms by which a query names it.
type speaker struct{ terms []string }

// New answers an empty index.
func New(p Params) (*Index, error) {
	p, err := p.complete()
	if err != nil {
		return nil, err
	}
	ix := &Index{params: p, analyzer: newAnalyzer(p.Language), slots: map[int64]int32{}, terms: map[string]int32{}}
	return ix, nil
}

// Len is the number of documents.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.slots)
}

// Stats are the sizes of an index.
type Stats struct {
	Documents, Sessions, Terms, Postings int
}

// Stats counts what is in the index.
func (ix *Index) Stats() Stats {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s := Stats{Documents: len(ix.slots), Sessions: len(ix.sessions.numbers), Terms: len(ix.terms)}
	for i := range ix.postings {
		s.Postings += len(ix.postings[i].entries)
	}
	return s
}

// Put adds a document, or replaces the one with this id.
func (ix *Index) Put(id int64, d Document) error {
	if err := checkTime(d.Time); err != nil {
		return fmt.Errorf("document %d: %w", id, err)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.remove(id)
	slot := ix.take(id, nanoseconds(d.Time))
	ix.slots[id] = slot
	ix.analyze(slot, d)
	ix.session[slot] = none
	if d.Session != "" {
		ix.session[slot] = ix.sessions.number(d.Session)
		ix.join(slot)
	}
	return nil
}

// Delete takes a document out, and reports whether it was there.
func (ix *Index) Delete(id int64) bool {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.remove(id)
}

// take answers a slot for a document.
func (ix *Index) take(id, at int64) int32 {
	slot := int32(len(ix.docs))
	if n := len(ix.free); n > 0 {
		slot, ix.free = ix.free[n-1], ix.free[:n-1]
	} else {
		ix.docs = append(ix.docs, document{})
		ix.length = append(ix.length, 0)
		ix.around = append(ix.around, [2]int32{})
		ix.session = append(ix.session, none)
		ix.speaker = append(ix.speaker, none)
		ix.flags = append(ix.flags, 0)
	}
	ix.docs[slot] = document{id: id, at: at}
	ix.around[slot] = [2]int32{none, none}
	return slot
}

// remove takes all of a document out.
func (ix *Index) remove(id int64) bool {
	slot, ok := ix.slots[id]
	if !ok {
		return false
	}
	delete(ix.slots, id)
	for _, term := range ix.docs[slot].terms {
		p := &ix.postings[term]
		p.remove(slot)
		if len(p.entries) == 0 {
			delete(ix.terms, p.term)
			*p = postings{}
			ix.spare = append(ix.spare, term)
			ix.analyzer.forget() // it may remember a word that nobody has stored any more
		}
	}
	ix.total -= int64(ix.length[slot])
	ix.leave(slot)
	ix.speakers.release(ix.speaker[slot])
	ix.sessions.release(ix.session[slot])
	ix.docs[slot], ix.length[slot], ix.flags[slot] = document{}, 0, 0
	ix.session[slot], ix.speaker[slot] = none, none
	ix.free = append(ix.free, slot)
	return true
}

// join puts a document into the order of its session, between its neighbours.
func (ix *Index) join(slot int32) {
	s := ix.sessions.at(ix.session[slot])
	at, _ := slices.BinarySearchFunc(s.slots, slot, ix.order)
	s.slots = slices.Insert(s.slots, at, slot)
	before, after := int32(none), int32(none)
	if at > 0 {
		before = s.slots[at-1]
	}
	if at+1 < len(s.slots) {
		after = s.slots[at+1]
	}
	ix.link(before, slot)
	ix.link(slot, after)
}

// leave takes a document out of the order of its session.
func (ix *Index) leave(slot int32) {
	if ix.session[slot] == none {
		return
	}
	s := ix.sessions.at(ix.session[slot])
	if at, ok := slices.BinarySearchFunc(s.slots, slot, ix.order); ok {
		s.slots = slices.Delete(s.slots, at, at+1)
	}
	ix.link(ix.around[slot][0], ix.around[slot][1])
	ix.around[slot] = [2]int32{none, none}
}

func (ix *Index) link(before, after int32) {
	if before != none {
		ix.around[before][1] = after
	}
	if after != none {
		ix.around[after][0] = before
	}
}

// order compares documents of a session by time, then by id.
func (ix *Index) order(a, b int32) int {
	x, y := &ix.docs[a], &ix.docs[b]
	return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.id, y.id))
}

// checkTime refuses a time that nanoseconds cannot count.
func checkTime(t time.Time) error {
	if y := t.Year(); !t.IsZero() && (y < 1678 || y > 2261) {
		return fmt.Errorf("its time, the year %d, is not between 1678 and 2261", y)
	}
	return nil
}

// nanoseconds counts from 1970; an unknown time is before all others.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return unknownTime
	}
	return t.UnixNano()
}

const unknownTime = -1 << 63
