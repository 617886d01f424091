package text

// accumulator is what one search counts.
type accumulator struct {
	own     []float32 // by slot: BM25
	mark    []bool    // by slot: in reached
	reached []int32   // slots that matched, then their neighbours
	session []answered
	touched []int32 // sessions that matched
}

// answered tells how well a session answers a query: each term counts as in its best document. So it
// is the same in whatever order the documents come.
type answered struct {
	sum  float32 // of the terms before
	best float32 // of this term
	term int32   // +1
}

// accumulator answers one that is all zeros.
func (ix *Index) accumulator() *accumulator {
	acc, _ := ix.scratch.Get().(*accumulator)
	if acc == nil {
		acc = &accumulator{}
	}
	if len(acc.own) < len(ix.docs) {
		n := cap(ix.docs)
		acc.own, acc.mark = make([]float32, n), make([]bool, n)
	}
	if len(acc.session) < len(ix.sessions.entries) {
		acc.session = make([]answered, cap(ix.sessions.entries))
	}
	return acc
}

func (acc *accumulator) reset() {
	for _, slot := range acc.reached {
		acc.own[slot], acc.mark[slot] = 0, false
	}
	for _, s := range acc.touched {
		acc.session[s] = answered{}
	}
	acc.reached, acc.touched = acc.reached[:0], acc.touched[:0]
}

// score adds up BM25 of all documents that have a term of the query.
func (ix *Index) score(acc *accumulator, q query) {
	k1, b := float32(ix.params.K1), float32(ix.params.B)
	average := max(float32(ix.total)/float32(max(len(ix.slots), 1)), 1)
	base, slope := k1*(1-b), k1*b/average
	for i, t := range q.terms {
		weight := t.weight * (k1 + 1)
		for _, p := range ix.postings[t.number].entries {
			gain := weight * p.count / (p.count + base + slope*ix.length[p.slot])
			if !acc.mark[p.slot] {
				acc.mark[p.slot] = true
				acc.reached = append(acc.reached, p.slot)
			}
			acc.own[p.slot] += gain
			if s := ix.session[p.slot]; s != none {
				acc.answer(s, int32(i+1), gain)
			}
		}
	}
}

// answer counts what a term is worth in one document of a session.
func (acc *accumulator) answer(number, term int32, gain float32) {
	s := &acc.session[number]
	if s.term == term {
		s.best = max(s.best, gain)
		return
	}
	if s.term == 0 {
		acc.touched = append(acc.touched, number)
	}
	s.sum, s.best, s.term = s.sum+s.best, gain, term
}

// weak is a score of its own that lifts no neighbour over least: a document that does not match, and
// none of whose four neighbours is better than weak, cannot be among the best.
func (ix *Index) weak(acc *accumulator, q query, least float32) float32 {
	session := float32(0)
	for _, s := range acc.touched {
		session = max(session, acc.session[s].sum+acc.session[s].best)
	}
	factor := max(float32(ix.params.Question), 1)
	if q.speakers != nil {
		factor *= max(float32(ix.params.Speaker), 1)
	}
	if q.when {
		factor *= max(float32(ix.params.Timely), 1)
	}
	// A little less, since sums of floats are rounded.
	return 0.999 * (least/factor - float32(ix.params.Session)*session) / float32(2*ix.params.Near+2*ix.params.Far)
}

// spread reaches the neighbours, up to two away, of what matched better than weak.
func (ix *Index) spread(acc *accumulator, weak float32) {
	if ix.params.Near == 0 && ix.params.Far == 0 {
		return
	}
	for _, slot := range acc.reached { // those that are here already
		if acc.own[slot] <= weak {
			continue
		}
		for side := range 2 {
			at := slot
			for range 2 {
				if at = ix.around[at][side]; at == none {
					break
				}
				if !acc.mark[at] {
					acc.mark[at] = true
					acc.reached = append(acc.reached, at)
				}
			}
		}
	}
}

// rank is the score of a document: its own, shares in its neighbours' and its session's, and
// how well it suits what the query asks. It is summed in one order, whatever the slots are.
func (ix *Index) rank(acc *accumulator, q query, slot int32) float32 {
	near, far := float32(0), float32(0)
	for side := range 2 {
		if at := ix.around[slot][side]; at != none {
			near += acc.own[at]
			if at = ix.around[at][side]; at != none {
				far += acc.own[at]
			}
		}
	}
	score := acc.own[slot] + float32(ix.params.Near)*near + float32(ix.params.Far)*far
	if s := ix.session[slot]; s != none {
		score += float32(ix.params.Session) * (acc.session[s].sum + acc.session[s].best)
	}
	if n := ix.speaker[slot]; n != none && q.speakers != nil && q.speakers[n] {
		score *= float32(ix.params.Speaker)
	}
	if q.when && ix.flags[slot]&isTimely != 0 {
		score *= float32(ix.params.Timely)
	}
	if ix.flags[slot]&isQuestion != 0 {
		score *= float32(ix.params.Question)
	}
	return score
}
