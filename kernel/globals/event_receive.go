package globals

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
)

// receivers reads the first argument of the functions that wait: a subscription, or a
// list of them.
func (g *eventGlobal) receivers(L *lua.LState, function string) (subs []*events.Subscription, several bool) {
	add := func(v lua.LValue) {
		s := g.sub(L, function, v)
		if s == nil {
			g.raise(L, function, fmt.Errorf("there is no subscription %s in this session; it may have been ended", v))
		}
		subs = append(subs, s)
	}
	t, several := L.Get(1).(*lua.LTable)
	if several {
		for i := 1; i <= t.Len(); i++ {
			add(t.RawGetInt(i))
		}
	} else {
		add(L.Get(1))
	}
	return subs, several
}

func (g *eventGlobal) receive(L *lua.LState) int {
	const function = "Event.receive"
	subs, several := g.receivers(L, function)
	e, from := g.await(L, subs, g.timeout(L, function, L.Get(2), defaultWait))
	if e == nil {
		L.Push(lua.LNil)
		return 1
	}
	g.received++
	L.Push(fromGo(L, g.env, function, e.Map()))
	if !several { // one result, so that it can stand as the last argument of a call
		return 1
	}
	L.Push(lua.LNumber(from.ID()))
	return 2
}

// How many events Event.receive_batch returns.
const (
	defaultBatch = 100
	maxBatch     = events.MaxBuffer
)

// receiveBatch is Event.receive_batch: it waits for the first event only.
func (g *eventGlobal) receiveBatch(L *lua.LState) int {
	const function = "Event.receive_batch"
	subs, _ := g.receivers(L, function)
	most := defaultBatch
	switch v := L.Get(2).(type) {
	case *lua.LNilType:
	case lua.LNumber:
		if most = int(v); lua.LNumber(most) != v || most < 1 || most > maxBatch {
			g.raise(L, function, fmt.Errorf("argument 2 is how many events at most, a whole number from 1 to %d, not %s", maxBatch, v))
		}
	default:
		g.raise(L, function, fmt.Errorf("argument 2 is how many events at most, a number, not a %s", v.Type()))
	}
	out := L.NewTable()
	wait := g.timeout(L, function, L.Get(3), defaultWait)
	for e, _ := g.await(L, subs, wait); e != nil; e, _ = g.await(L, subs, 0) {
		g.received++
		out.Append(fromGo(L, g.env, function, e.Map()))
		if out.Len() >= most {
			break
		}
	}
	L.Push(out)
	return 1
}

// await waits for an event of one of several subscriptions. It is nil when the time
// is up. While it waits, a debugger and others can reach the Lua state.
func (g *eventGlobal) await(L *lua.LState, subs []*events.Subscription, d time.Duration) (*events.Event, *events.Subscription) {
	for deadline := time.Now().Add(d); ; {
		for _, s := range subs {
			if e := s.TryReceive(); e != nil {
				return e, s
			}
		}
		if err := g.env.context().Err(); err != nil {
			g.raise(L, "Event.receive", err)
		}
		left := time.Until(deadline)
		if left <= 0 || len(subs) == 0 {
			return nil, nil
		}
		g.pause(L, g.notify, left)
	}
}
