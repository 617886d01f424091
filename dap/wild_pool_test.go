package dap_test

import (
	"maps"
	"slices"
	"sync"
)

// pool remembers the ids that the server gave, old ones too.
type pool struct {
	world *wildWorld

	mu      sync.Mutex
	numbers map[string][]int
	texts   map[string][]string
	asked   int
}

func newPool(w *wildWorld) *pool {
	return &pool{
		world:   w,
		numbers: map[string][]int{argThread: {1}},
		texts:   map[string][]string{},
	}
}

// poolLimit is how many ids of a kind are kept.
const poolLimit = 40

// learn takes the ids from a message.
func (p *pool) learn(m map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m["type"] == "response" {
		command, _ := m["command"].(string)
		p.world.count(command, m["success"] == true)
	}
	if m["type"] == "request" {
		n, _ := m["seq"].(float64)
		p.asked = int(n)
	}
	kind := map[string]string{"threads": argThread, "stackTrace": argFrame, "stepInTargets": argTarget, "gotoTargets": argTarget}
	command, _ := m["command"].(string)
	p.walk(m["body"], kind[command])
}

func (p *pool) walk(v any, id string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v[:min(len(v), 8)] {
			p.walk(x, id)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.take(key, v[key], id)
			p.walk(v[key], id)
		}
	}
}

func (p *pool) take(key string, value any, id string) {
	kinds := map[string]string{
		"id": id, "threadId": argThread, "variablesReference": argRef, "sourceReference": argSource, "valueLocationReference": argLocation,
		"memoryReference": argMemory, "instructionPointerReference": argAddress, "address": argAddress, "instructionReference": argAddress, "dataId": argDataID,
		"evaluateName": argName,
	}
	kind := kinds[key]
	if kind == "" {
		return
	}
	switch value := value.(type) {
	case float64:
		if value != 0 {
			p.numbers[kind] = keep(append(p.numbers[kind], int(value)))
		}
	case string:
		p.texts[kind] = keep(append(p.texts[kind], value))
	}
}

// keep drops every other of too many: old ids stay for a while.
func keep[T any](list []T) []T {
	if len(list) <= poolLimit {
		return list
	}
	kept := list[:0]
	for i := 0; i < len(list); i += 2 {
		kept = append(kept, list[i])
	}
	return kept
}

// number returns an id of a kind; the latest are the likeliest.
func (p *pool) number(kind string, c *choices) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.numbers[kind]
	n := c.next()
	if len(known) == 0 || n < 16 {
		return wildNumbers[n%len(wildNumbers)]
	}
	return known[back(n, len(known))]
}

func (p *pool) text(kind string, c *choices) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.texts[kind]
	n := c.next()
	if len(known) == 0 || n < 16 {
		return []string{"", "0x0", "0x10000", "nonsense", "0xffffffffffffffff", "-1"}[n%6]
	}
	return known[back(n, len(known))]
}

// back chooses an index from the end of a list of n: most choices are among the
// last three.
func back(choice, n int) int {
	if choice%8 != 0 {
		return n - 1 - choice/8%min(n, 3)
	}
	return choice / 8 % n
}

// reverse returns the number of the server's last request to the client.
func (p *pool) reverse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *pool) script(c *choices) string {
	return p.world.scripts[c.below(len(p.world.scripts))]
}
