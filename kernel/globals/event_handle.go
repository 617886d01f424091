package globals

import (
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
)

// on is Event.on: a subscription whose events a function handles.
func (g *eventGlobal) on(L *lua.LState) int {
	fn, ok := L.Get(2).(*lua.LFunction)
	if !ok {
		return g.raise(L, "Event.on", fmt.Errorf("expected a function that takes an event, got %s", L.Get(2).Type()))
	}
	s := g.newSubscription(L, "Event.on", L.Get(3))
	g.handlers[s.ID()] = fn
	L.Push(lua.LNumber(s.ID()))
	return 1
}

// dispatch is Event.dispatch: it calls the handlers with the events that wait, and
// waits for the first if there is none. What handlers publish meanwhile is for the
// next call.
func (g *eventGlobal) dispatch(L *lua.LState) int {
	const function = "Event.dispatch"
	d := g.timeout(L, function, L.Get(1), 0)
	var subs []*events.Subscription
	waiting := 0
	for _, id := range g.order {
		if g.handlers[id] != nil {
			subs = append(subs, g.subs[id])
			waiting += g.subs[id].Pending()
		}
	}
	failures := L.NewTable()
	n, taken := 0, 0
	for e, s := g.await(L, subs, d); e != nil; e, s = g.await(L, subs, time.Duration(0)) {
		taken++
		if g.handle(L, s, e, failures) {
			n++
		}
		if taken >= waiting {
			break
		}
	}
	L.Push(lua.LNumber(n))
	L.Push(failures)
	return 2
}

// handle calls a handler, if it is still there. What it raises is told to hooks, and added to failures.
func (g *eventGlobal) handle(L *lua.LState, s *events.Subscription, e *events.Event, failures *lua.LTable) (called bool) {
	const function = "Event.dispatch"
	fn := g.handlers[s.ID()]
	if fn == nil { // another handler has ended the subscription
		return false
	}
	g.handled++
	_, err := g.env.protected(L, 0, fn, fromGo(L, g.env, function, e.Map()))
	if err == nil {
		return true
	}
	if !g.env.callable() {
		g.raise(L, function, err)
	}
	g.failed++
	g.env.Events.HandlerFailed(g.env.context(), g.env.Hooks, L, e, err)
	row := L.CreateTable(0, 3)
	row.RawSetString("id", lua.LNumber(s.ID()))
	row.RawSetString("event_type", lua.LString(e.Type))
	row.RawSetString("error", lua.LString(err.Error()))
	failures.Append(row)
	return true
}
