package globals

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/options"
	"github.com/llmspell/llmspell/kernel/replay"
)

// installReplay defines the global Replay.
func (g *sessionGlobal) installReplay(L *lua.LState) {
	t := g.install(L, "Replay", map[string]sessionFunc{
		"create_config": g.createConfig, "create_modification": g.createModification, "create_comparator": g.createComparator,
		"compare": g.compareJSON, "run": g.replay, "next_times": g.nextTimes,
	})
	modes := L.CreateTable(0, 4)
	for _, m := range replay.Modes() {
		modes.RawSetString(string(m), lua.LString(m))
	}
	t.RawSetString("modes", modes)
	schedules := L.CreateTable(0, 3)
	schedules.RawSetString("cron", g.function(L, "Replay.schedules.cron", g.scheduleCron))
	schedules.RawSetString("interval", g.function(L, "Replay.schedules.interval", g.scheduleInterval))
	schedules.RawSetString("once", g.function(L, "Replay.schedules.once", g.scheduleOnce))
	asMethods(schedules)
	t.RawSetString("schedules", schedules)
}

// createConfig is Replay.create_config(mode): a table of options for
// Session.replay, to be changed.
func (g *sessionGlobal) createConfig(c *sessionCall) int {
	m, err := replay.ParseMode(c.optionalText(1, "a mode"))
	c.must(err)
	return c.push(map[string]any{"mode": string(m), "compare_results": true, "stop_on_error": false, "metadata": map[string]any{}, "modifications": []any{}})
}

// createModification is Replay.create_modification(path, value, enabled): an item
// of the option modifications.
func (g *sessionGlobal) createModification(c *sessionCall) int {
	path := c.text(1, "a path")
	c.must(replay.CheckPath(path))
	m := map[string]any{"path": path, "value": c.value(2, "the value"), "enabled": c.L.Get(3) != lua.LFalse}
	return c.push(m)
}

// createComparator is Replay.create_comparator(): an object with compare_json.
func (g *sessionGlobal) createComparator(c *sessionCall) int {
	t := c.L.CreateTable(0, 1)
	t.RawSetString("compare_json", g.function(c.L, "comparator:compare_json", func(c *sessionCall) int {
		if c.L.Get(1) == t {
			c.L.Remove(1)
		}
		return g.compareJSON(c)
	}))
	c.L.Push(t)
	return 1
}

// compareJSON compares two values, or texts that hold JSON: {identical,
// similarity_score, summary, differences}.
func (g *sessionGlobal) compareJSON(c *sessionCall) int {
	return c.push(describeComparison(replay.Compare(c.jsonValue(1), c.jsonValue(2))))
}

// jsonValue is argument n. A text that is a JSON object or array stands for it.
func (c *sessionCall) jsonValue(n int) any {
	v := c.value(n, fmt.Sprintf("argument %d", n))
	text, ok := v.(string)
	trimmed := bytes.TrimSpace([]byte(text))
	if !ok || len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid(trimmed) {
		return v
	}
	return archive.Journaled(json.RawMessage(trimmed))
}

func describeComparison(cmp *replay.Comparison) map[string]any {
	differences := make([]any, len(cmp.Differences))
	for i, d := range cmp.Differences {
		m := map[string]any{"path": d.Path, "kind": d.Kind}
		if d.Original != nil {
			m["original"] = d.Original
		}
		if d.Replayed != nil {
			m["replayed"] = d.Replayed
		}
		differences[i] = m
	}
	return map[string]any{"identical": cmp.Identical, "similarity_score": cmp.Similarity, "summary": cmp.Summary, "differences": differences}
}

func (c *sessionCall) secondsAt(n int, what string) time.Duration {
	v := c.value(n, what)
	d, ok := secondsOf(v)
	if !ok {
		c.fail("argument %d must be %s in seconds, 0 or more", n, what)
	}
	return d
}

// scheduleOnce is Replay.schedules.once(delay).
func (g *sessionGlobal) scheduleOnce(c *sessionCall) int {
	s, err := replay.Once(c.secondsAt(1, "the delay"))
	c.must(err)
	return c.push(map[string]any{"type": "once", "delay_seconds": s.Delay.Seconds()})
}

// scheduleInterval is Replay.schedules.interval(initial, every, max).
func (g *sessionGlobal) scheduleInterval(c *sessionCall) int {
	n := 0
	if c.L.Get(3) != lua.LNil {
		n = c.whole(3, "how many replays there are")
	}
	s, err := replay.Interval(c.secondsAt(1, "the initial delay"), c.secondsAt(2, "the interval"), n)
	c.must(err)
	return c.push(map[string]any{"type": "interval", "initial_delay_seconds": s.Delay.Seconds(), "interval_seconds": s.Every.Seconds(), "max_executions": n})
}

// scheduleCron is Replay.schedules.cron(table, max).
func (g *sessionGlobal) scheduleCron(c *sessionCall) int {
	cron, err := replay.ParseCron(c.text(1, "a time table"))
	c.must(err)
	n := 1
	if c.L.Get(2) != lua.LNil {
		n = c.whole(2, "how many replays there are")
	}
	return c.push(map[string]any{"type": "cron", "expression": cron.String(), "max_executions": n})
}

func (c *sessionCall) whole(n int, what string) int {
	v, ok := c.value(n, what).(int64)
	if !ok || v < 0 || v > 1<<31 {
		c.fail("argument %d must be %s as a whole number, 0 or more", n, what)
	}
	return int(v)
}

// schedule reads what the functions of Replay.schedules return.
func (o *sessionOptions) schedule() replay.Schedule {
	s := replay.Schedule{}
	var err error
	switch typ := o.text("type"); typ {
	case "once":
		s, err = replay.Once(o.seconds("delay_seconds"))
	case "interval":
		s, err = replay.Interval(o.seconds("initial_delay_seconds"), o.seconds("interval_seconds"), int(o.integer("max_executions")))
	case "cron":
		s.Cron, err = replay.ParseCron(o.text("expression"))
		s.Max = int(o.integer("max_executions"))
	default:
		err = fmt.Errorf("%q is no type of schedule: make one with Replay.schedules.once, interval or cron", typ)
	}
	o.c.must(err)
	o.done()
	return s
}

// nextTimes is Replay.next_times(schedule, n): the times of the next replays, as
// os.time gives them; 5 unless n says so.
func (g *sessionGlobal) nextTimes(c *sessionCall) int {
	s := c.table(1).schedule()
	n := 5
	if c.L.Get(2) != lua.LNil {
		n = min(c.whole(2, "how many times"), 10_000)
	}
	now := time.Now()
	out, at := []any{}, now
	for i := range n {
		due, ok := s.Next(i, now, at)
		if !ok {
			break
		}
		out = append(out, float64(due.UnixMilli())/1000)
		at = due
	}
	return c.push(out)
}

// canReplay is Session.can_replay(id): whether anything is in its journal, and if
// not why.
func (g *sessionGlobal) canReplay(c *sessionCall) int {
	info, err := replay.Describe(c.context(), c.view().Store, c.session(1))
	c.must(err)
	c.L.Push(lua.LBool(info.CanReplay))
	if info.CanReplay {
		return 1
	}
	c.L.Push(lua.LString(info.Reason))
	return 2
}

// replayMetadata is Session.get_replay_metadata(id): what there is to replay.
func (g *sessionGlobal) replayMetadata(c *sessionCall) int {
	info, err := replay.Describe(c.context(), c.view().Store, c.session(1))
	c.must(err)
	m, ok := archive.Journaled(info).(map[string]any)
	if !ok {
		c.fail("what is known of the session cannot be shown")
	}
	return c.push(m)
}

// listReplayable is Session.list_replayable(limit): the records of sessions that
// have something to replay.
func (g *sessionGlobal) listReplayable(c *sessionCall) int {
	n := 0
	if c.L.Get(1) != lua.LNil {
		n = c.whole(1, "how many sessions at most")
	}
	list, err := replay.Replayable(c.context(), c.view().Store, n)
	c.must(err)
	return c.pushSessions(list)
}

// replay is Session.replay(id, {mode=, compare_results=, timeout_seconds=,
// stop_on_error=, from_step=, to_step=, modifications=, metadata=, schedule=}): the
// report, or with a schedule the list of the reports.
func (g *sessionGlobal) replay(c *sessionCall) int {
	id := c.session(1)
	o := c.options(2, options.ReplayOptions)
	opt, schedule := o.replay()
	if g.env.Replay == nil {
		c.fail("this is a replay itself, and cannot start another")
	}
	if schedule == nil {
		return c.push(c.runReplay(id, opt))
	}
	if schedule.Max == 0 {
		c.fail("the schedule has no end: give it a greatest number of replays")
	}
	reports := []any{}
	began := time.Now()
	for {
		due, ok := schedule.Next(len(reports), began, time.Now())
		if !ok {
			return c.push(reports)
		}
		c.waitUntil(due)
		reports = append(reports, c.runReplay(id, opt))
	}
}

func (o *sessionOptions) replay() (replay.Options, *replay.Schedule) {
	opt := replay.Options{
		Mode: replay.Mode(o.text("mode")), Compare: o.boolean("compare_results"), Timeout: o.seconds("timeout_seconds"), StopOnError: o.boolean("stop_on_error"),
		From: int(o.integer("from_step")), To: int(o.integer("to_step")), Metadata: o.table("metadata"),
	}
	var err error
	opt.Mode, err = replay.ParseMode(string(opt.Mode))
	o.c.must(err)
	if v, ok := o.get("modifications"); ok {
		list, _ := v.([]any)
		if m, empty := v.(map[string]any); list == nil && !(empty && len(m) == 0) {
			o.wrong("modifications", "a list of what Replay.create_modification returns", v)
		}
		for _, item := range list {
			m, _ := item.(map[string]any)
			path, ok := m["path"].(string)
			if !ok {
				o.wrong("modifications", "a list of what Replay.create_modification returns", item)
			}
			opt.Modifications = append(opt.Modifications, replay.Modification{Path: path, Value: m["value"], Disabled: m["enabled"] == false})
		}
	}
	var schedule *replay.Schedule
	if m := o.table("schedule"); m != nil {
		s := (&sessionOptions{c: o.c, m: m}).schedule()
		schedule = &s
	}
	return opt, schedule
}

// runReplay replays on a goroutine of its own, so that clients and a debugger are
// answered meanwhile. It ends with the script.
func (c *sessionCall) runReplay(id string, opt replay.Options) any {
	var report *replay.Report
	var err error
	ctx, cancel := context.WithCancel(c.context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		report, err = c.g.env.Replay(ctx, id, opt)
	}()
	if waited := c.g.env.await(ctx, done); waited != nil {
		cancel()
		<-done
		c.must(waited)
	}
	c.must(err)
	return describeReport(report)
}

func describeReport(r *replay.Report) map[string]any {
	steps := make([]any, len(r.Steps))
	for i, s := range r.Steps {
		m := map[string]any{
			"sequence": s.Sequence, "kind": s.Kind, "name": s.Name, "outcome": s.Outcome, "recorded_outcome": s.Recorded, "failed": s.Failed,
			"duration_ms": s.DurationMS, "tool_calls": s.ToolCalls, "simulated_calls": s.Simulated,
		}
		if s.Error != "" {
			m["error"] = s.Error
		}
		if s.Damaged != "" {
			m["damaged"] = s.Damaged
		}
		if s.Comparison != nil {
			m["comparison"] = describeComparison(s.Comparison)
		}
		if s.Original != nil {
			m["original"], m["replayed"] = s.Original, s.Replayed
		}
		steps[i] = m
	}
	out := map[string]any{
		"session_id": r.Session, "mode": string(r.Mode), "status": string(r.Status), "started_at": rfc(r.Started), "duration_ms": r.DurationMS,
		"steps": steps, "failed": r.Failed, "compared": r.Compared, "metadata": r.Metadata,
	}
	if r.Reason != "" {
		out["reason"] = r.Reason
	}
	if r.Compared {
		out["identical"], out["similarity_score"] = r.Identical, r.Similarity
	}
	return out
}

// waitUntil waits, and ends with the script.
func (c *sessionCall) waitUntil(due time.Time) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(c.context())
	defer cancel()
	go func() {
		defer close(done)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}()
	c.must(c.g.env.await(ctx, done))
	c.must(c.context().Err())
}
