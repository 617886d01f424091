package text

import "slices"

// postings are the documents that have a term, in the order of their slots.
type postings struct {
	term    string
	entries []posting
}

// posting says how often a document has a term: once in the body counts 1, in other fields less.
type posting struct {
	slot  int32
	count float32
}

func (p *postings) find(slot int32) (int, bool) {
	// Mostly documents are added one after the other.
	switch n := len(p.entries); {
	case n == 0 || p.entries[n-1].slot < slot:
		return n, false
	case p.entries[n-1].slot == slot:
		return n - 1, true
	}
	return slices.BinarySearchFunc(p.entries, slot, func(e posting, slot int32) int { return int(e.slot) - int(slot) })
}

// add counts an occurrence, and reports whether it is the document's first.
func (p *postings) add(slot int32, count float32) bool {
	at, ok := p.find(slot)
	if ok {
		p.entries[at].count += count
		return false
	}
	if at == len(p.entries) {
		p.entries = append(p.entries, posting{slot, count})
	} else {
		p.entries = slices.Insert(p.entries, at, posting{slot, count})
	}
	return true
}

func (p *postings) remove(slot int32) {
	at, ok := p.find(slot)
	if !ok {
		return
	}
	p.entries = slices.Delete(p.entries, at, at+1)
	if cap(p.entries) > 16 && len(p.entries) < cap(p.entries)/4 {
		p.entries = slices.Clip(slices.Clone(p.entries))
	}
}
