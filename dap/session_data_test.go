package dap_test

import (
	"fmt"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

func TestDataBreakpoints(t *testing.T) {
	c := stoppedAt(t, 3,
		"total = 0",
		"local n = 1",
		"n = n + 1",
		"n = n + 0",
		"total = n * 10",
		"print(n, total)")
	path := c.Top(1).Source.Path
	frame := c.Top(1).Id
	c.SetBreakpoints(path)
	locals := c.Scope(frame, "Locals").VariablesReference
	n := c.DataBreakpointInfo(locals, "n")
	if n.ID == nil || n.CanPersist {
		t.Fatalf("the local cannot be watched, or beyond its run: %+v", n)
	}
	equal(t, "access types", fmt.Sprint(n.AccessTypes), "[read write readWrite]")
	contains(t, n.Description, "n")
	total := c.DataExpressionInfo(0, "total")
	if total.ID == nil || !total.CanPersist {
		t.Fatalf("the global cannot be watched, or not beyond its run: %+v", total)
	}
	none := c.DataExpressionInfo(frame, "n + 1")
	if none.ID != nil || none.Description == "" {
		t.Errorf("an expression can be watched: %+v", none)
	}
	contains(t, c.CallError("dataBreakpointInfo", map[string]any{"name": "0x10", "asAddress": true}), "addresses")

	set := c.SetDataBreakpoints(
		godap.DataBreakpoint{DataId: *n.ID}, // without an access type: changes
		godap.DataBreakpoint{DataId: *total.ID, AccessType: "write", Condition: "n == 2"},
		godap.DataBreakpoint{DataId: "nonsense", AccessType: "write"})
	equal(t, "verified", fmt.Sprint(set[0].Verified, set[1].Verified, set[2].Verified), "true true false")
	c.Continue(1)
	stop := c.ExpectStoppedAt("data breakpoint", 3)
	equal(t, "hit", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{set[0].ID}))
	contains(t, stop.Text, "1 -> 2")
	c.Continue(1)
	stop = c.ExpectStoppedAt("data breakpoint", 5) // line 4 changes nothing
	equal(t, "hit", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{set[1].ID}))
	contains(t, stop.Text, "0 -> 20")

	// After a restart the local's is void, the global's works.
	c.Restart(nil)
	var event struct {
		Breakpoint struct {
			ID       int
			Verified bool
			Message  string
		}
	}
	c.ExpectEvent("continued", nil)
	c.ExpectEvent("breakpoint", &event)
	equal(t, "void", fmt.Sprint(event.Breakpoint.ID, event.Breakpoint.Verified), fmt.Sprint(set[0].ID, false))
	contains(t, event.Breakpoint.Message, "set it again")
	stop = c.ExpectStoppedAt("data breakpoint", 5)
	equal(t, "hit after a restart", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{set[1].ID}))
	c.SetDataBreakpoints()
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
}

func TestDataBreakpointAccess(t *testing.T) {
	c := stoppedAt(t, 2, "local t = {size = 1}", "local a = t.size", "t.size = 1", "t.size = 2", "print(a, t.size)")
	path := c.Top(1).Source.Path
	c.SetBreakpoints(path)
	id := c.DataExpressionInfo(c.Top(1).Id, "t.size").ID
	if id == nil {
		t.Fatal("the field cannot be watched")
	}
	for _, step := range []struct {
		access string
		line   int
	}{{"read", 2}, {"write", 3}, {"change", 4}, {"readWrite", 5}} {
		args := map[string]any{"breakpoints": []any{map[string]any{"dataId": *id, "accessType": step.access}}}
		if step.access == "change" { // ours: the schema does not know it
			seq := c.NextSeq()
			c.SendRaw(seq, "setDataBreakpoints", fmt.Sprintf(
				`{"seq":%d,"type":"request","command":"setDataBreakpoints","arguments":{"breakpoints":[{"dataId":%q,"accessType":"change"}]}}`, seq, *id))
			c.Succeeds(seq, nil)
		} else {
			c.Call("setDataBreakpoints", args, nil)
		}
		c.Continue(1)
		c.ExpectStoppedAt("data breakpoint", step.line)
	}
	c.Disconnect()
}

// A data breakpoint that outlives sessions can be set before the launch.
func TestPersistentDataBreakpoint(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(program(script(t, "counter = 1", "counter = 2", "counter = 3")))
	set := c.SetDataBreakpoints(godap.DataBreakpoint{DataId: "global:counter", AccessType: "write", HitCondition: "2"})
	equal(t, "pending", fmt.Sprintf("%v %s", set[0].Verified, set[0].Reason), "false pending")
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectStoppedAt("data breakpoint", 2)
	c.Disconnect()
}
