package events

// ring is a queue that grows as far as it is told.
type ring struct {
	items []*Event
	first int
	n     int
	bytes int
}

func (r *ring) push(e *Event, most int) {
	if r.n == len(r.items) {
		bigger := make([]*Event, min(max(16, 2*len(r.items)), max(most, r.n+1)))
		for i := range r.n {
			bigger[i] = r.at(i)
		}
		r.items, r.first = bigger, 0
	}
	i := r.first + r.n
	if i >= len(r.items) {
		i -= len(r.items)
	}
	r.items[i] = e
	r.n++
	r.bytes += e.size
}

func (r *ring) at(i int) *Event {
	if i += r.first; i >= len(r.items) {
		i -= len(r.items)
	}
	return r.items[i]
}

func (r *ring) pop() *Event {
	e := r.items[r.first]
	r.items[r.first] = nil
	if r.first++; r.first == len(r.items) {
		r.first = 0
	}
	r.n--
	r.bytes -= e.size
	if r.n == 0 && len(r.items) > 1024 { // a burst is over
		r.items, r.first = nil, 0
	}
	return e
}
