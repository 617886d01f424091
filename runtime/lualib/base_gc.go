package lualib

import (
	"runtime/metrics"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// gcInterval is the least time between two collections that one state asks for.
// A collection stops the world for every state of the process, and scripts
// that call collectgarbage() in a loop are common.
const gcInterval = 50 * time.Millisecond

// collector answers collectgarbage for one state. Go has one collector for the
// process, so that its pace is not a script's to set: the parameters are
// remembered, because scripts save and restore them, but have no effect.
type collector struct {
	host           *Host
	process        *collections
	last           time.Time
	pause, stepMul int
}

func (c *collector) collectgarbage(L *lua.LState) int {
	option := optString(L, 1, "collect")
	argument := optInt(L, 2, 0)
	var result lua.LValue = lua.LNumber(0)
	switch option {
	case "collect":
		c.collect()
	case "count":
		result = lua.LNumber(float64(heapBytes()) / 1024)
	case "step":
		// Every step is reported as the end of a cycle, so that
		// "repeat until collectgarbage('step')" ends.
		c.collect()
		result = lua.LTrue
	case "stop", "restart":
	case "setpause":
		result = lua.LNumber(c.pause)
		c.pause = argument
	case "setstepmul":
		result = lua.LNumber(c.stepMul)
		c.stepMul = argument
	case "isrunning": // Lua 5.2
		result = lua.LTrue
	case "incremental", "generational": // Lua 5.4
		result = lua.LString("incremental")
	default:
		argError(L, 1, "invalid option '"+option+"'")
	}
	L.Push(result)
	return 1
}

// collect waits for a collection. The end of the execution ends the waiting, not the
// collection: nothing can interrupt that.
func (c *collector) collect() {
	if time.Since(c.last) < gcInterval || !c.wait(c.process.begin()) {
		return
	}
	c.last = time.Now() // a collection may take longer than the interval
}

// wait waits until done is closed, and tells whether it was.
func (c *collector) wait(done <-chan struct{}) bool {
	for ctx := c.host.Context(); ; {
		select {
		case <-done:
			return true
		case <-ctx.Done():
			return false
		case <-c.host.Wake():
			c.host.Serve()
		}
	}
}

func baseGCInfo(L *lua.LState) int {
	L.Push(lua.LNumber(heapBytes() / 1024))
	return 1
}

// heapBytes is the memory that live and not yet swept objects occupy. Unlike
// runtime.ReadMemStats, reading it does not stop the world.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
