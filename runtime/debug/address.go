package debug

import (
	"sort"
	"sync"

	"github.com/llmspell/llmspell/runtime/compile"
)

// addressMap gives instructions addresses: a function's first one is a multiple
// of functionSpace, and the others follow by raw pc. Address 0 is none.
type addressMap struct {
	mu    sync.Mutex
	base  map[*compile.Function]uint64
	order []addressed // by base
	next  uint64
}

// addressed is a function with addresses.
type addressed struct {
	base   uint64
	fn     *compile.Function
	source Source
}

// functionSpace is a power of two.
const functionSpace = 1 << 20

// address is that of an instruction, by its raw pc. Only for the goroutine that
// runs Lua.
func (e *Engine) address(fn *compile.Function, raw int) uint64 {
	m := &e.addresses
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.base[fn]; !ok {
		m.add(fn.Chunk, e.sourceOfChunk(fn.Chunk))
	}
	return m.base[fn] + uint64(raw)
}

// add gives the functions of a chunk their addresses, which stay.
func (m *addressMap) add(c *compile.Chunk, src Source) {
	if m.base == nil {
		m.base, m.next = map[*compile.Function]uint64{}, functionSpace
	}
	for _, fn := range c.Functions {
		m.base[fn] = m.next
		m.order = append(m.order, addressed{m.next, fn, src})
		m.next += (uint64(fn.RawLen()) + functionSpace) &^ (functionSpace - 1)
	}
}

// at finds the function that has an instruction at an address.
func (m *addressMap) at(address uint64) (a addressed, raw int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := sort.Search(len(m.order), func(i int) bool { return m.order[i].base > address }) - 1
	if i < 0 || address-m.order[i].base >= uint64(m.order[i].fn.RawLen()) {
		return addressed{}, 0, false
	}
	a = m.order[i]
	return a, int(address - a.base), true
}
