package debug

// handles numbers frames and containers for the clients. Numbers are never
// used again, so that one of an earlier stop is known to be stale.
type handles struct {
	items   map[int]any
	last    int
	changes int // how often the debugger may have changed the program's values
}

// maxHandle keeps handles within 31 bits, as the protocol requires.
const maxHandle = 1<<31 - 2

func (h *handles) add(v any) int {
	if h.items == nil {
		h.items = map[int]any{}
	}
	if h.last >= maxHandle {
		h.last = 0
	}
	h.last++
	h.items[h.last] = v
	return h.last
}

func (h *handles) get(id int) any { return h.items[id] }

func (h *handles) reset() { clear(h.items) }
