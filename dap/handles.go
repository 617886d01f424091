package dap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// handles translates frame ids, variable references and the like between the
// client and the engine. An engine never uses a number twice, but a restart
// brings a new engine that counts from 1 again: its numbers are moved behind
// those that the client has seen, so that an old one stays stale.
type handles struct {
	run  int // counts engines, from 1
	base int // added to the engine's numbers
	last int // the largest number that the client was given
}

// maxHandleBase leaves room below 2^31 for the numbers of a run.
const maxHandleBase = 1 << 30

// Addresses of instructions carry the number of their run above these bits.
const addressBits = 40

// restart begins the numbers of a new engine.
func (h *handles) restart() {
	h.run++
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

// toClientText translates a reference that is a text, such as that of a
// string's bytes; "" means "none" on both sides.
func (h *handles) toClientText(ref string) string {
	if ref == "" {
		return ""
	}
	return fmt.Sprintf("run%d/%s", h.run, ref)
}

// toEngineText is the reverse.
func (h *handles) toEngineText(ref string) (string, error) {
	run, text, ok := strings.Cut(strings.TrimPrefix(ref, "run"), "/")
	switch {
	case !ok:
		return "", badArguments("%q is not a reference that this server gave", ref)
	case run != strconv.Itoa(h.run):
		return "", debug.ErrStale
	default:
		return text, nil
	}
}

// toClientAddress translates the address of an instruction; 0 means "none".
func (h *handles) toClientAddress(address uint64) string {
	if address == 0 {
		return ""
	}
	return h.addressText(address)
}

// addressText is toClientAddress for a list of addresses, of which 0 may be one.
func (h *handles) addressText(address uint64) string {
	return fmt.Sprintf("0x%x", address+uint64(max(h.run-1, 0))<<addressBits)
}

// toEngineAddress is the reverse, for an address that lies offset behind the
// one that the client names.
func (h *handles) toEngineAddress(ref string, offset int) (uint64, error) {
	address, err := strconv.ParseUint(ref, 0, 64)
	if err != nil {
		return 0, badArguments("%q is not the address of an instruction, such as a frame's instructionPointerReference", ref)
	}
	if address>>addressBits != uint64(max(h.run-1, 0)) {
		return 0, debug.ErrStale
	}
	// What wraps around is an address that no instruction has.
	return address&(1<<addressBits-1) + uint64(offset), nil
}
