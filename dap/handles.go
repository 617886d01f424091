package dap

import "github.com/llmspell/llmspell/runtime/debug"

// handles translates frame ids and variable references between the client and
// the engine. An engine never uses a number twice, but a restart brings a new
// engine that counts from 1 again: its numbers are moved behind those that the
// client has seen, so that an old one stays stale.
type handles struct {
	base int // added to the engine's numbers
	last int // the largest number that the client was given
}

// maxHandleBase leaves room below 2^31 for the numbers of a run.
const maxHandleBase = 1 << 30

// restart begins the numbers of a new engine.
func (h *handles) restart() {
	h.base = h.last
	if h.base > maxHandleBase {
		h.base, h.last = 0, 0
	}
}

// toClient translates a number of the engine; 0 means "none" on both sides.
func (h *handles) toClient(id int) int {
	if id == 0 {
		return 0
	}
	h.last = max(h.last, id+h.base)
	return id + h.base
}

// toEngine translates a number of the client.
func (h *handles) toEngine(id int) (int, error) {
	switch {
	case id == 0:
		return 0, nil
	case id <= h.base:
		return 0, debug.ErrStale
	default:
		return id - h.base, nil
	}
}
