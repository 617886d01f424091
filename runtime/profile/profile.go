package profile

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// DefaultRate is how many samples a second Start takes if it is given none.
const DefaultRate = 100

// maxRate is the highest rate: more would measure the profiler.
const maxRate = 1000

// Profile collects the samples of one state.
type Profile struct {
	st        *runtime.State
	period    time.Duration
	began     time.Time
	asking    atomic.Bool // a sample was asked for and not taken yet
	suspended atomic.Bool
	stop      func()
	done      chan struct{}

	mu      sync.Mutex
	took    time.Duration // from Start to Stop; 0 while it runs
	stacks  map[string]*stack
	places  map[place]int // number of each place
	ordered []place
	known   map[uintptr]known // by the address of the prototype
	callees map[site]string
}

// stack is where the script was, innermost place first, and for how many periods.
type stack struct {
	places  []int
	periods int64
}

// place is a line of a function. Functions that are no Lua compiled by llmspell
// have only a name.
type place struct {
	fn   *compile.Function
	name string
	path string
	line int
}

// known keeps the prototype, so that no other can come to have its address.
type known struct {
	proto *lua.FunctionProto
	fn    *compile.Function
	path  string
}

// site is a call in a function, by its raw pc.
type site struct {
	fn  *compile.Function
	raw int
}

// Start takes hz samples a second of a state, from 1 to 1000 (0: DefaultRate),
// until Stop.
func Start(st *runtime.State, hz int) *Profile {
	if hz <= 0 {
		hz = DefaultRate
	}
	stop := make(chan struct{})
	p := &Profile{
		st: st, period: time.Second / time.Duration(min(hz, maxRate)), began: time.Now(),
		stop: sync.OnceFunc(func() { close(stop) }), done: make(chan struct{}),
		stacks: map[string]*stack{}, places: map[place]int{}, known: map[uintptr]known{}, callees: map[site]string{},
	}
	go p.run(stop)
	return p
}

// run asks for a sample in each period.
func (p *Profile) run(stop <-chan struct{}) {
	defer close(p.done)
	ticker := time.NewTicker(p.period)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.ask()
		}
	}
}

// ask asks for a sample, unless one is outstanding: that one will count the
// periods until it is taken.
func (p *Profile) ask() {
	if p.suspended.Load() || !p.asking.CompareAndSwap(false, true) {
		return
	}
	asked := time.Now()
	p.st.Post(func(L *lua.LState) {
		defer p.asking.Store(false)
		if !p.suspended.Load() {
			p.take(L, int64(time.Since(asked)/p.period))
		}
	})
}

// Suspend takes no samples until Resume: a debugger has stopped the script. Any
// goroutine.
func (p *Profile) Suspend() { p.suspended.Store(true) }

// Resume ends Suspend.
func (p *Profile) Resume() { p.suspended.Store(false) }

// Stop ends the sampling. The profile can be written afterwards. Any goroutine.
func (p *Profile) Stop() {
	p.stop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.took == 0 {
		p.took = max(time.Since(p.began), 1)
	}
}

// Samples returns how many periods were counted.
func (p *Profile) Samples() (n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stacks {
		n += s.periods
	}
	return n
}

// take counts the stack of the running thread, for one period and those that
// have passed since it was asked for. On the goroutine that runs Lua.
func (p *Profile) take(L *lua.LState, late int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.took != 0 {
		return
	}
	places := p.walk(L, late > 0)
	if len(places) == 0 {
		return // the state is idle
	}
	key := make([]byte, 0, 2*len(places))
	for _, n := range places {
		key = binary.AppendUvarint(key, uint64(n))
	}
	s := p.stacks[string(key)]
	if s == nil {
		s = &stack{places: places}
		p.stacks[string(key)] = s
	}
	s.periods += 1 + late
}

// number gives a place its number.
func (p *Profile) number(at place) int {
	n, ok := p.places[at]
	if !ok {
		n = len(p.ordered)
		p.places[at] = n
		p.ordered = append(p.ordered, at)
	}
	return n
}
