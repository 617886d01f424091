package text

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
)

// Errors of Load. After both the caller builds the index from its documents.
var (
	// ErrCorrupt: what was read is not what Save wrote.
	ErrCorrupt = errors.New("the saved text index is damaged: build it anew from the stored documents")
	// ErrOther: it was saved by another version, or with other parameters.
	ErrOther = errors.New("the saved text index was made with another format or other parameters: build it anew from the stored documents")
)

// Load reads an index that Save wrote, and the generation that it was saved with.
func Load(r io.Reader, p Params) (*Index, uint64, error) {
	ix, err := New(p)
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, fmt.Errorf("load the text index: %w", err)
	}
	body := len(data) - 4
	if body < 0 || crc32.Checksum(data[:body], castagnoli) != binary.LittleEndian.Uint32(data[body:]) {
		return nil, 0, ErrCorrupt
	}
	d := &decoder{data: string(data[:body])}
	if d.text() != ix.params.print() {
		if d.bad {
			return nil, 0, ErrCorrupt
		}
		return nil, 0, ErrOther
	}
	generation := d.number()
	ix.decode(d)
	if d.bad || d.data != "" {
		return nil, 0, ErrCorrupt
	}
	return ix, generation, nil
}

// decoder takes from the front of a file. After bad nothing that it answers means anything.
type decoder struct {
	data string
	bad  bool
}

func (d *decoder) fail() uint64 {
	d.bad, d.data = true, ""
	return 0
}

func (d *decoder) number() uint64 {
	var n uint64
	for i := 0; i < len(d.data) && i < binary.MaxVarintLen64; i++ {
		c := d.data[i]
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.data = d.data[i+1:]
			return n
		}
	}
	return d.fail()
}

func (d *decoder) signed() int64 {
	n := d.number()
	return int64(n>>1) ^ -int64(n&1)
}

// count takes a number of things of which each takes so many bytes at least.
func (d *decoder) count(size int) int {
	n := d.number()
	if n > uint64(len(d.data)/size) {
		return int(d.fail())
	}
	return int(n)
}

// below takes a number that is less than a limit.
func (d *decoder) below(limit int) int {
	n := d.number()
	if n >= uint64(limit) {
		return int(d.fail())
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count(1)
	s := d.data[:n]
	d.data = d.data[n:]
	return s
}

func (d *decoder) float() float32 {
	if len(d.data) < 4 {
		d.fail()
		return 0
	}
	b := d.data[:4]
	d.data = d.data[4:]
	return math.Float32frombits(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
}

func (ix *Index) decode(d *decoder) {
	sessions, speakers := d.texts(), d.texts()
	for range d.count(6) {
		id, at := d.signed(), d.signed()
		session, speaker := d.below(len(sessions)+1), d.below(len(speakers)+1)
		length, flags := d.below(longestText+1), d.below(1<<8)
		if _, again := ix.slots[id]; d.bad || again {
			d.fail()
			return
		}
		slot := ix.take(id, at)
		ix.slots[id] = slot
		ix.length[slot], ix.flags[slot] = float32(length), uint8(flags)
		ix.total += int64(length)
		if session > 0 {
			ix.session[slot] = ix.sessions.number(sessions[session-1])
			s := ix.sessions.at(ix.session[slot])
			s.slots = append(s.slots, slot)
		}
		if speaker > 0 {
			ix.speaker[slot] = ix.speakers.number(speakers[speaker-1])
		}
	}
	for i := range ix.speakers.entries {
		e := &ix.speakers.entries[i]
		e.value.terms = ix.nameTerms(splitSpeaker(e.text))
	}
	for i := range ix.sessions.entries {
		slots := ix.sessions.entries[i].value.slots
		slices.SortFunc(slots, ix.order)
		for j := 1; j < len(slots); j++ {
			ix.link(slots[j-1], slots[j])
		}
	}
	ix.decodeTerms(d)
}

func (d *decoder) texts() []string {
	out := make([]string, d.count(1))
	for i := range out {
		out[i] = d.text()
	}
	return out
}

// decodeTerms reads the postings, and from them which terms a document has.
func (ix *Index) decodeTerms(d *decoder) {
	n := d.count(7)
	ix.postings = make([]postings, 0, n)
	ix.terms = make(map[string]int32, n)
	counts := make([]int32, len(ix.docs))
	for range n {
		term := strings.Clone(d.text())
		entries := make([]posting, d.count(5))
		last := -1
		for i := range entries {
			last += 1 + d.gap(len(ix.docs)-last-1)
			count := d.float()
			if !(count > 0 && count < 1<<25) {
				d.fail()
			}
			if d.bad {
				return
			}
			entries[i] = posting{int32(last), count}
			counts[last]++
		}
		if _, again := ix.terms[term]; again || len(entries) == 0 {
			d.fail()
			return
		}
		ix.terms[term] = int32(len(ix.postings))
		ix.postings = append(ix.postings, postings{term, entries})
	}
	for slot := range ix.docs {
		ix.docs[slot].terms = make([]int32, 0, counts[slot])
	}
	for number := range ix.postings {
		for _, p := range ix.postings[number].entries {
			ix.docs[p.slot].terms = append(ix.docs[p.slot].terms, int32(number))
		}
	}
}

// gap takes the distance to the next of so many documents, less one.
func (d *decoder) gap(left int) int {
	n := d.number()
	if n < 1 || n > uint64(max(left, 0)) {
		return int(d.fail())
	}
	return int(n) - 1
}
