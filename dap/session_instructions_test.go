package dap_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	godap "github.com/google/go-dap"
)

func TestDisassembleAndInstructionBreakpoints(t *testing.T) {
	c := stoppedAt(t, 3,
		"local sum = 0",
		"for i = 1, 3 do",
		"  sum = sum + i",
		"end",
		"print(sum)")
	top := c.Top(1)
	ip := top.InstructionPointerReference
	if !strings.HasPrefix(ip, "0x") {
		t.Fatalf("instruction pointer %q", ip)
	}
	list := c.Disassemble(ip, -2, 6)
	equal(t, "at the pointer", list[2].Address, ip)
	last := uint64(0)
	add := ""
	for i, in := range list {
		address, err := strconv.ParseUint(in.Address, 0, 64)
		if err != nil || address <= last {
			t.Errorf("address %d is %s after %x (%v)", i, in.Address, last, err)
		}
		last = address
		if strings.Contains(in.Instruction, "ADD") {
			add = in.Address
			equal(t, "line of the addition", in.Line, 3)
		}
	}
	if list[0].Location == nil || list[0].Location.Path != top.Source.Path || list[1].Location != nil {
		t.Errorf("locations %+v, %+v", list[0].Location, list[1].Location)
	}
	far := c.Disassemble(ip, 5000, 3)
	equal(t, "outside the function", far[0].PresentationHint, "invalid")
	if add == "" {
		t.Fatalf("no addition in %+v", list)
	}

	c.SetBreakpoints(top.Source.Path)
	set := c.SetInstructionBreakpoints(
		godap.InstructionBreakpoint{InstructionReference: add, Condition: "i == 2"},
		godap.InstructionBreakpoint{InstructionReference: far[0].Address},
		godap.InstructionBreakpoint{InstructionReference: "main"})
	equal(t, "verified", fmt.Sprint(set[0].Verified, set[1].Verified, set[2].Verified), "true false false")
	contains(t, set[2].Message, "not the address")
	c.Continue(1)
	stop := c.ExpectStopped("instruction breakpoint")
	equal(t, "hit", fmt.Sprint(stop.HitBreakpointIds), fmt.Sprint([]int{set[0].ID}))
	equal(t, "i", c.Locals(1)["i"], "2")
	equal(t, "pointer", c.Top(1).InstructionPointerReference, add)

	// Addresses belong to a run: after a restart they say so.
	c.SetBreakpoints(top.Source.Path, 3)
	c.Restart(nil)
	c.ExpectEvent("continued", nil)
	var event struct {
		Reason     string
		Breakpoint struct {
			ID       int
			Verified bool
			Message  string
		}
	}
	c.ExpectEvent("breakpoint", &event)
	equal(t, "breakpoint", fmt.Sprint(event.Reason, event.Breakpoint.ID, event.Breakpoint.Verified), fmt.Sprint("changed", set[0].ID, false))
	contains(t, event.Breakpoint.Message, "has ended")
	c.ExpectStoppedAt("breakpoint", 3)
	contains(t, c.CallError("disassemble", map[string]any{"memoryReference": add, "instructionCount": 1}), "stale")
	if now := c.Top(1).InstructionPointerReference; now == ip {
		t.Errorf("the same address %s in two runs", now)
	}
	contains(t, c.CallError("disassemble", map[string]any{"memoryReference": "0x1", "instructionCount": 1_000_000}), "instructionCount")
	c.Disconnect()
}
