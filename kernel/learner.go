package kernel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/memory"
	"github.com/llmspell/llmspell/tools"
)

// Learner learns patterns from what sessions do: which value of the State follows which, which tool is called after
// which. Who does it only notes it; the patterns are counted and written later. Its methods may be
// called by any goroutine.
type Learner struct {
	open func() (*memory.Memory, error)

	mu      sync.Mutex
	noted   []observation
	spare   []observation // the room of those that were written; nil: somebody has it
	pending *time.Timer   // writes what was noted; nil: nothing was
	closed  bool

	writing sync.Mutex // one at a time, who then owns what is below
	values  map[[2]string]string
	before  map[string]string // the last tool of a session
	writers sync.WaitGroup
}

// observation is a change of the State, or a call of a tool.
type observation struct {
	session string
	at      time.Time
	scope   state.Scope
	key     string // "": a tool was called
	value   any    // nil: it is gone
	tool    string
	failed  bool
}

const (
	// learnAfter is how long what was noted waits for more.
	learnAfter = 2 * time.Second
	// learnAt is how much is written without waiting for more.
	learnAt = 1 << 12
	// maxNoted is how much can wait; what is done beyond that is not learned.
	maxNoted = 1 << 14
	// maxRemembered is of how many values and sessions it is known what was before.
	maxRemembered = 1 << 14
	// maxValue is how long a value is at most to be a part of a pattern as it is.
	maxValue = 200
)

// NewLearner makes a learner whose patterns go to the memory that open opens.
func NewLearner(open func() (*memory.Memory, error)) *Learner {
	return &Learner{open: open, values: map[[2]string]string{}, before: map[string]string{}}
}

// note keeps an observation for later.
func (l *Learner) note(o observation) {
	o.at = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.noted) >= maxNoted {
		return
	}
	if l.noted == nil {
		l.noted, l.spare = l.spare, nil
	}
	l.noted = append(l.noted, o)
	if len(l.noted) == learnAt && l.pending != nil && l.pending.Stop() {
		l.pending.Reset(0)
	}
	if l.pending == nil {
		l.writers.Add(1)
		l.pending = time.AfterFunc(learnAfter, func() {
			defer l.writers.Done()
			_ = l.Write(context.Background()) // patterns are counts: what cannot be written is not missed
		})
	}
}

// changed notes a change of the State.
func (l *Learner) changed(session string, c state.Change) {
	switch c.Operation {
	case "set", "delete", "increment", "compare_and_set":
		l.note(observation{session: session, scope: c.Scope, key: c.Key, value: c.Value})
	}
}

// hook notes calls of tools.
func (l *Learner) hook(session string) tools.Hook {
	return tools.Hook{After: func(_ context.Context, c *tools.HookCall, r *tools.Response) {
		l.note(observation{session: session, tool: c.Tool.Name, failed: r.Error != nil})
	}}
}

// Write counts what was noted, and writes it.
func (l *Learner) Write(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	noted := l.noted
	l.noted = nil
	if l.pending != nil && l.pending.Stop() {
		l.writers.Done()
	}
	l.pending = nil
	l.mu.Unlock()
	if len(noted) == 0 {
		return nil
	}
	m, err := l.open()
	if err != nil {
		return err
	}
	patterns := l.count(noted)
	if cap(noted) <= 2*learnAt {
		clear(noted)
		l.mu.Lock()
		l.spare = noted[:0]
		l.mu.Unlock()
	}
	return m.Learn(ctx, patterns)
}

// Close writes what is left, and waits for it.
func (l *Learner) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	err := l.Write(context.Background())
	l.writers.Wait()
	return err
}

// count makes patterns of observations.
func (l *Learner) count(noted []observation) []memory.Pattern {
	type key struct{ session, kind, about, from, to string }
	counts := map[key]int{}
	var out []memory.Pattern
	for _, o := range noted {
		p := memory.Pattern{Session: o.session, Kind: memory.ToolPattern, Count: 1, First: memory.At(o.at), Last: memory.At(o.at)}
		if o.key == "" {
			p.From, p.To = l.before[o.session], o.tool
			remember(l.before, o.session, o.tool)
		} else {
			p.Kind, p.About = memory.StatePattern, o.scope.String()+"/"+o.key
			at, now := [2]string{o.session, p.About}, shownValue(o.value)
			p.From, p.To = step(l.values[at], now)
			remember(l.values, at, now)
			if len(p.About) > memory.MaxName {
				continue
			}
		}
		if o.failed {
			p.Failed = 1
		}
		k := key{p.Session, p.Kind, p.About, p.From, p.To}
		if i, ok := counts[k]; ok {
			out[i].Count, out[i].Failed, out[i].Last = out[i].Count+1, out[i].Failed+p.Failed, p.Last
			continue
		}
		counts[k] = len(out)
		out = append(out, p)
	}
	return out
}

// remember keeps a value, and not too many of them.
func remember[K comparable](m map[K]string, k K, v string) {
	if _, ok := m[k]; !ok && len(m) >= maxRemembered {
		clear(m) // what comes next begins anew
	}
	m[k] = v
}

// shownValue is a value as JSON; one that is long by its hash.
func shownValue(v any) string {
	if v == nil {
		return ""
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("(%T)", v)
	}
	if len(data) <= maxValue {
		return string(data)
	}
	sum := sha256.Sum256(data)
	return fmt.Sprintf("(%d bytes, %s)", len(data), hex.EncodeToString(sum[:6]))
}

// step is a change of a value. Of numbers it is by how much, so that a count is one pattern.
func step(from, to string) (string, string) {
	var a, b float64
	if json.Unmarshal([]byte(from), &a) != nil || json.Unmarshal([]byte(to), &b) != nil {
		return from, to
	}
	switch d := b - a; {
	case d != math.Trunc(d) || math.Abs(d) > 1000:
		return "n", "another number"
	default:
		return "n", fmt.Sprintf("n%+.0f", d)
	}
}
