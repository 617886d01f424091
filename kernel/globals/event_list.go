package globals

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
)

func (g *eventGlobal) list(L *lua.LState) int {
	t := L.CreateTable(0, 16)
	for _, id := range g.order {
		t.Append(subscriptionRow(L, g.subs[id].Info()))
	}
	L.Push(t)
	return 1
}

func subscriptionRow(L *lua.LState, i events.SubscriptionInfo) *lua.LTable {
	row := L.CreateTable(0, 10)
	row.RawSetString("id", lua.LNumber(i.ID))
	row.RawSetString("pattern", lua.LString(i.Patterns[0]))
	patterns := L.CreateTable(len(i.Patterns), 0)
	for _, p := range i.Patterns {
		patterns.Append(lua.LString(p))
	}
	row.RawSetString("patterns", patterns)
	row.RawSetString("language", lua.LString(i.Language))
	row.RawSetString("policy", lua.LString(i.Policy))
	for name, n := range map[string]int64{"buffer": int64(i.Buffer), "pending": int64(i.Pending), "received": i.Received, "dropped": i.Dropped, "expired": i.Expired} {
		row.RawSetString(name, lua.LNumber(n))
	}
	return row
}

// subscriptionStats is Event.subscription_stats(id): a row of Event.list_subscriptions,
// nil if there is no such subscription in this session.
func (g *eventGlobal) subscriptionStats(L *lua.LState) int {
	s := g.sub(L, "Event.subscription_stats", L.Get(1))
	if s == nil {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(subscriptionRow(L, s.Info()))
	return 1
}
