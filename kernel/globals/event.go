package globals

import (
	"context"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/tool"
)

// InstallEvent defines the global Event in a Lua state:
//
//	Event.publish(type, data, options)   true; options {language, correlation_id, source, target, tags, priority, ttl_seconds}
//	Event.subscribe(pattern | {pattern, …}, options)  an id; options {buffer, policy, block_ms, language}
//	Event.receive(id | {id, …}, timeout_ms = 5000)    the event, of a list also the id that got it; or nil
//	Event.receive_batch(id | {id, …}, most = 100, timeout_ms = 5000)  {event, …}: those that wait, or the next
//	Event.unsubscribe(id)            whether it was there
//	Event.on(pattern, fn, options)   an id; fn(event) is called by Event.dispatch
//	Event.dispatch(timeout_ms = 0)   how many events were handled
//	Event.list_subscriptions()       {{id, pattern, language, …}, …}
//	Event.subscription_stats(id)     {id, pattern, language, …}, or nil
//	Event.history({pattern, since, until, after, correlation_id, limit})  {event, …}, the oldest first
//	Event.get_stats()                {event_bus_stats, bridge_stats}
//
// Subscriptions end with the session. Env.Events must be set.
func InstallEvent(L *lua.LState, env Env) {
	g := &eventGlobal{env: env, subs: map[uint64]*events.Subscription{}, handlers: map[uint64]*lua.LFunction{}, notify: make(chan struct{}, 1)}
	t := L.CreateTable(0, 12)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"publish", g.publish}, {"subscribe", g.subscribe}, {"receive", g.receive}, {"receive_batch", g.receiveBatch}, {"unsubscribe", g.unsubscribe}, {"on", g.on},
		{"dispatch", g.dispatch}, {"list_subscriptions", g.list}, {"subscription_stats", g.subscriptionStats}, {"history", g.history}, {"get_stats", g.stats},
	} {
		t.RawSetString(f.name, L.NewFunction(f.fn))
	}
	asMethods(t)
	L.SetGlobal("Event", t)
	env.onClose(g.close)
}

// eventGlobal is the Event of one Lua state.
type eventGlobal struct {
	env      Env
	subs     map[uint64]*events.Subscription
	order    []uint64                  // of subs
	handlers map[uint64]*lua.LFunction // of Event.on
	notify   chan struct{}             // has a value when one of subs gets an event

	published, received, handled, failed int64
}

// maxSessionSubscriptions is how many subscriptions one session may have.
const maxSessionSubscriptions = 200

// defaultWait is how long Event.receive waits.
const defaultWait = 5 * time.Second

func (g *eventGlobal) raise(L *lua.LState, function string, err error) int {
	return g.env.raise(L, fmt.Errorf("%s: %w", function, err))
}

func (g *eventGlobal) publish(L *lua.LState) int {
	const function = "Event.publish"
	eventType, ok := L.Get(1).(lua.LString)
	if !ok {
		return g.raise(L, function, fmt.Errorf("expected the type of the event as a string, such as \"user.created\", got %s", L.Get(1).Type()))
	}
	data, err := runtime.ToGo(L.Get(2), g.env.wholeTables(L))
	if err != nil {
		return g.raise(L, function, err)
	}
	opt, err := publishOptions(L.Get(3))
	if err != nil {
		return g.raise(L, function, err)
	}
	opt.Owner, opt.Hooks, opt.Thread = g.env.Session, g.env.Hooks, L
	if opt.Meta.Source == "" {
		opt.Meta.Source = g.env.Session
	}
	e, err := g.publishWith(L, string(eventType), data, opt)
	if err != nil {
		return g.raise(L, function, err)
	}
	if e != nil {
		g.published++
	}
	L.Push(lua.LTrue)
	return 1
}

// publishWith publishes. Where a subscription may make us wait for room another
// goroutine does that, so that this one can be reached meanwhile.
func (g *eventGlobal) publishWith(L *lua.LState, eventType string, data any, opt events.PublishOptions) (*events.Event, error) {
	if !g.env.Events.MayBlock(eventType) {
		return g.env.Events.Publish(g.env.context(), eventType, data, opt)
	}
	emission, err := g.env.Events.Prepare(g.env.context(), eventType, data, opt)
	if emission == nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(g.env.context())
	defer cancel() // also when the execution ends here
	delivered := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		delivered <- emission.Deliver(ctx)
		close(done)
	}()
	for {
		select {
		case err := <-delivered:
			emission.Emitted(ctx)
			return emission.Event, err
		default:
			g.pause(L, done, pollEvery)
		}
	}
}

// pause waits until ready has a value or is closed, for some time, or until there
// is something else to do on this goroutine, and does that. It raises an error when
// the execution must end.
func (g *eventGlobal) pause(L *lua.LState, ready <-chan struct{}, d time.Duration) {
	var wake <-chan struct{}
	if g.env.Wake != nil {
		wake = g.env.Wake()
	}
	timer := time.NewTimer(min(d, pollEvery))
	defer timer.Stop()
	select {
	case <-ready:
	case <-wake:
	case <-timer.C:
	case <-g.env.context().Done():
	}
	if g.env.SafePoint != nil {
		g.env.SafePoint(L)
	}
}

// pollEvery is how often a script that waits looks whether a debugger wants to pause
// it, which wakes nobody.
const pollEvery = 25 * time.Millisecond

func publishOptions(v lua.LValue) (events.PublishOptions, error) {
	opt := events.PublishOptions{Language: "lua"}
	if v == lua.LNil {
		return opt, nil
	}
	p, err := checked(v, options.EventPublishOptions)
	if err != nil {
		return opt, err
	}
	if p.Has("language") {
		opt.Language = p.String("language")
	}
	opt.Meta = events.Metadata{CorrelationID: p.String("correlation_id"), Source: p.String("source"), Target: p.String("target"),
		Tags: list(p["tags"]), Priority: p.Int("priority"), TTL: time.Duration(p.Float("ttl_seconds") * float64(time.Second))}
	return opt, nil
}

func (g *eventGlobal) subscribe(L *lua.LState) int {
	s := g.newSubscription(L, "Event.subscribe", L.Get(2))
	L.Push(lua.LNumber(s.ID()))
	return 1
}

func (g *eventGlobal) newSubscription(L *lua.LState, function string, given lua.LValue) *events.Subscription {
	var patterns []string
	switch v := L.Get(1).(type) {
	case lua.LString:
		patterns = []string{string(v)}
	case *lua.LTable:
		for i := 1; i <= v.Len(); i++ {
			p, ok := v.RawGetInt(i).(lua.LString)
			if !ok {
				g.raise(L, function, fmt.Errorf("pattern %d: expected a string, got %s", i, v.RawGetInt(i).Type()))
			}
			patterns = append(patterns, string(p))
		}
	default:
		g.raise(L, function, fmt.Errorf("expected a pattern as a string, such as \"user.*\", got %s", v.Type()))
	}
	opt := events.SubscribeOptions{Owner: g.env.Session, Language: "lua", Notify: g.notify}
	if given != lua.LNil {
		p, err := checked(given, options.EventSubscribeOptions)
		if err != nil {
			g.raise(L, function, err)
		}
		opt.Buffer, opt.Policy = p.Int("buffer"), events.Policy(p.String("policy"))
		opt.BlockTime = time.Duration(p.Int("block_ms")) * time.Millisecond
		if p.Has("language") {
			opt.Language = p.String("language")
		}
	}
	if len(g.subs) >= maxSessionSubscriptions {
		g.raise(L, function, fmt.Errorf("this session has %d subscriptions already; end some with Event.unsubscribe", len(g.subs)))
	}
	s, err := g.env.Events.Subscribe(opt, patterns...)
	if err != nil {
		g.raise(L, function, err)
	}
	g.subs[s.ID()] = s
	g.order = append(g.order, s.ID())
	return s
}

// sub reads the number of a subscription of this session; nil when it is gone.
func (g *eventGlobal) sub(L *lua.LState, function string, v lua.LValue) *events.Subscription {
	n, ok := v.(lua.LNumber)
	if !ok || n < 0 || n != lua.LNumber(uint64(n)) {
		g.raise(L, function, fmt.Errorf("expected an id of Event.subscribe, got %s", v.Type()))
	}
	return g.subs[uint64(n)]
}

func (g *eventGlobal) unsubscribe(L *lua.LState) int {
	s := g.sub(L, "Event.unsubscribe", L.Get(1))
	if s != nil {
		s.Unsubscribe()
		delete(g.subs, s.ID())
		delete(g.handlers, s.ID())
		g.order = slices.DeleteFunc(g.order, func(id uint64) bool { return id == s.ID() })
	}
	L.Push(lua.LBool(s != nil))
	return 1
}

// timeout reads a number of milliseconds.
func (g *eventGlobal) timeout(L *lua.LState, function string, v lua.LValue, def time.Duration) time.Duration {
	if v == lua.LNil {
		return def
	}
	ms, ok := v.(lua.LNumber)
	if !ok || !(ms >= 0 && float64(ms) <= float64(options.MaxTimeout/time.Millisecond)) {
		g.raise(L, function, fmt.Errorf("the timeout is a number of milliseconds between 0 and %d, not %s", options.MaxTimeout/time.Millisecond, shown(v)))
	}
	return ofMilliseconds(float64(ms))
}

func (g *eventGlobal) history(L *lua.LState) int {
	const function = "Event.history"
	q := events.Query{Limit: 100}
	if v := L.Get(1); v != lua.LNil {
		if pattern, ok := v.(lua.LString); ok {
			q.Patterns = []string{string(pattern)}
		} else {
			p, err := checked(v, options.EventQuery)
			if err != nil {
				return g.raise(L, function, err)
			}
			q = historyQuery(p)
		}
	}
	found := g.env.Events.History(q)
	t := L.CreateTable(len(found), 0)
	for _, e := range found {
		t.Append(fromGo(L, g.env, function, e.Map()))
	}
	L.Push(t)
	return 1
}

func historyQuery(p tool.Params) events.Query {
	q := events.Query{Limit: 100, CorrelationID: p.String("correlation_id"), After: uint64(max(p.Float("after"), 0))}
	if p.Has("limit") {
		q.Limit = p.Int("limit")
	}
	if p.Has("pattern") {
		q.Patterns = []string{p.String("pattern")}
	}
	for name, at := range map[string]*time.Time{"since": &q.Since, "until": &q.Until} {
		if p.Has(name) { // seconds since 1970, as os.time gives
			*at = time.UnixMilli(int64(p.Float(name) * 1000))
		}
	}
	return q
}

func (g *eventGlobal) stats(L *lua.LState) int {
	s := g.env.Events.Stats()
	L.Push(fromGo(L, g.env, "Event.get_stats", map[string]any{
		"event_bus_stats": map[string]any{
			"published": s.Published, "delivered": s.Delivered, "dropped": s.Dropped, "expired": s.Expired, "rejected": s.Rejected,
			"cancelled": s.Cancelled, "rate_limited": s.Limited, "subscriptions": s.Subscriptions, "pending": s.Pending,
			"history": s.History, "history_bytes": s.HistoryBytes, "sequence": s.Sequence,
		},
		"bridge_stats": map[string]any{
			"subscriptions": len(g.subs), "handlers": len(g.handlers), "published": g.published, "received": g.received,
			"handled": g.handled, "handler_errors": g.failed,
		},
	}))
	return 1
}

// close ends the session's subscriptions.
func (g *eventGlobal) close() {
	for _, s := range g.subs {
		s.Unsubscribe()
	}
	clear(g.subs)
	clear(g.handlers)
	g.order = nil
}
