package globals

import (
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/profile"
)

// Bounds of what timers keep: the oldest that have stopped make room.
const (
	maxDebugTimers = 1000
	maxTimerMarks  = 1000
)

// debugTimer is a timer of Debug.timer.
type debugTimer struct {
	id     int
	name   string
	began  time.Time
	took   time.Duration // once it has stopped
	ended  bool
	laps   []timerMark
	events []timerMark
}

// timerMark is a lap or event of a timer.
type timerMark struct {
	name string
	at   time.Duration // since the timer began
	data any
}

func (t *debugTimer) elapsed() time.Duration {
	if t.ended {
		return t.took
	}
	return time.Since(t.began)
}

func milliseconds(d time.Duration) lua.LNumber {
	return lua.LNumber(float64(d) / float64(time.Millisecond))
}

func (g *debugGlobal) timer(L *lua.LState) int {
	name := g.text(L, "Debug.timer", 1, "a name")
	g.roomForTimer(L)
	g.lastID++
	tm := &debugTimer{id: g.lastID, name: name, began: time.Now()}
	g.timers[tm.id] = tm
	g.order = append(g.order, tm.id)

	t := L.CreateTable(0, 8)
	t.RawSetString("id", lua.LNumber(tm.id))
	t.RawSetString("name", lua.LString(name))
	t.RawSetString("stop", L.NewFunction(func(L *lua.LState) int {
		if !tm.ended {
			tm.took, tm.ended = time.Since(tm.began), true
		}
		L.Push(milliseconds(tm.took))
		return 1
	}))
	t.RawSetString("lap", L.NewFunction(func(L *lua.LState) int {
		i := 1
		if L.Get(1) == t { // called with a colon
			i = 2
		}
		label := fmt.Sprintf("lap %d", len(tm.laps)+1)
		if L.Get(i) != lua.LNil {
			label = g.text(L, "timer:lap", i, "a name")
		}
		at := tm.elapsed()
		g.mark(L, "timer:lap", &tm.laps, timerMark{name: label, at: at})
		L.Push(milliseconds(at))
		return 1
	}))
	t.RawSetString("elapsed", L.NewFunction(func(L *lua.LState) int { L.Push(milliseconds(tm.elapsed())); return 1 }))
	L.Push(t)
	return 1
}

// roomForTimer forgets the oldest timer that has stopped, if there are many.
func (g *debugGlobal) roomForTimer(L *lua.LState) {
	if len(g.order) < maxDebugTimers {
		return
	}
	for i, id := range g.order {
		if g.timers[id].ended {
			delete(g.timers, id)
			g.order = append(g.order[:i], g.order[i+1:]...)
			return
		}
	}
	g.raise(L, "Debug.timer", "%d timers run, and no more are allowed: stop some", maxDebugTimers)
}

func (g *debugGlobal) mark(L *lua.LState, function string, to *[]timerMark, m timerMark) {
	if len(*to) == maxTimerMarks {
		g.raise(L, function, "the timer has %d marks, and no more are allowed", maxTimerMarks)
	}
	*to = append(*to, m)
}

// recordEvent is Debug.recordEvent(timer or its id, name, metadata).
func (g *debugGlobal) recordEvent(L *lua.LState) int {
	const function = "Debug.recordEvent"
	v := L.Get(1)
	if t, ok := v.(*lua.LTable); ok {
		v = t.RawGetString("id")
	}
	id, _ := v.(lua.LNumber)
	tm := g.timers[int(id)]
	if tm == nil {
		return g.raise(L, function, "argument 1: expected a timer, or the id of one, that Debug.timer has made")
	}
	m := timerMark{name: g.text(L, function, 2, "the name of the event"), at: tm.elapsed()}
	if data := L.Get(3); data != lua.LNil {
		var err error
		if m.data, err = runtime.ToGo(data, runtime.ConvertLimits{}); err != nil {
			return g.raise(L, function, "the metadata: %w", err)
		}
	}
	g.mark(L, function, &tm.events, m)
	return 0
}

// report is what jsonReport writes.
func (g *debugGlobal) report() map[string]any {
	ms := func(d time.Duration) float64 { return float64(milliseconds(d)) }
	marks := func(list []timerMark) []any {
		out := make([]any, len(list))
		for i, m := range list {
			row := map[string]any{"name": m.name, "at_ms": ms(m.at)}
			if m.data != nil {
				row["metadata"] = m.data
			}
			out[i] = row
		}
		return out
	}
	timers := make([]any, 0, len(g.order))
	for _, id := range g.order {
		t := g.timers[id]
		timers = append(timers, map[string]any{
			"id": t.id, "name": t.name, "duration_ms": ms(t.elapsed()), "running": !t.ended, "laps": marks(t.laps), "events": marks(t.events),
		})
	}
	messages := map[string]any{}
	for _, e := range g.entries.list {
		n, _ := messages[e.level.String()].(int)
		messages[e.level.String()] = n + 1
	}
	return map[string]any{"uptime_ms": ms(time.Since(g.began)), "timers": timers, "messages": messages, "memory": memoryFigures()}
}

func (g *debugGlobal) jsonReport(L *lua.LState) int {
	text, err := json.MarshalIndent(g.report(), "", "  ")
	if err != nil { // metadata that JSON cannot express, such as an infinite number
		return g.raise(L, "Debug.jsonReport", "%w", err)
	}
	L.Push(lua.LString(text))
	return 1
}

func (g *debugGlobal) performanceReport(L *lua.LState) int {
	var b strings.Builder
	fmt.Fprintf(&b, "Timers: %d\n", len(g.order))
	for _, id := range g.order {
		t := g.timers[id]
		note := ""
		if !t.ended {
			note = " (running)"
		}
		fmt.Fprintf(&b, "  %s: %.3f ms%s\n", t.name, float64(milliseconds(t.elapsed())), note)
		for _, list := range [][]timerMark{t.laps, t.events} {
			for _, m := range list {
				fmt.Fprintf(&b, "    %s: at %.3f ms\n", m.name, float64(milliseconds(m.at)))
			}
		}
	}
	fmt.Fprintf(&b, "Messages captured: %d\n", len(g.entries.list))
	fmt.Fprintf(&b, "Memory in use: %.1f MB\n", float64(memoryFigures()["used_bytes"].(uint64))/(1<<20))
	L.Push(lua.LString(b.String()))
	return 1
}

// memoryFigures are those of the whole process, in which other sessions may run.
func memoryFigures() map[string]any {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return map[string]any{
		"used_bytes": m.HeapAlloc, "allocated_bytes": m.TotalAlloc, "resident_bytes": m.Sys - m.HeapReleased,
		"objects": m.HeapObjects, "collections": int(m.NumGC),
	}
}

func (g *debugGlobal) memoryStats(L *lua.LState) int {
	return g.push(L, "Debug.memoryStats", memoryFigures())
}

func (g *debugGlobal) memorySnapshot(L *lua.LState) int {
	f := memoryFigures()
	now := time.Now()
	f["timestamp"] = now.UTC().Format(time.RFC3339Nano)
	f["timestamp_secs"] = float64(now.UnixMilli()) / 1000
	f["active_timers"] = len(g.order)
	if label := L.Get(1); label != lua.LNil {
		f["label"] = g.text(L, "Debug.memorySnapshot", 1, "a label")
	}
	return g.push(L, "Debug.memorySnapshot", f)
}

// startProfile is Debug.startProfile(samples a second).
func (g *debugGlobal) startProfile(L *lua.LState) int {
	const function = "Debug.startProfile"
	hz := g.count(L, function, 1, 1, profile.DefaultRate)
	switch {
	case hz > 1000:
		return g.raise(L, function, "%d samples a second: at most 1000 are possible", hz)
	case g.running:
		return g.raise(L, function, "a profile is being taken: end it with Debug.stopProfile()")
	}
	g.prof, g.running = profile.Start(g.env.State, hz), true
	return 0
}

// stopProfile returns the folded stacks.
func (g *debugGlobal) stopProfile(L *lua.LState) int {
	if !g.running {
		return g.raise(L, "Debug.stopProfile", "no profile is being taken: begin one with Debug.startProfile()")
	}
	g.prof.Stop()
	g.running = false
	return g.flameGraph(L)
}

// flameGraph returns the stacks of the last profile in the folded form that flame
// graph viewers read, "" if none was taken.
func (g *debugGlobal) flameGraph(L *lua.LState) int {
	if g.running {
		return g.raise(L, "Debug.flameGraph", "a profile is being taken: end it with Debug.stopProfile()")
	}
	var b strings.Builder
	if g.prof != nil {
		if err := g.prof.WriteFolded(&b); err != nil {
			return g.raise(L, "Debug.flameGraph", "%w", err)
		}
	}
	L.Push(lua.LString(b.String()))
	return 1
}
