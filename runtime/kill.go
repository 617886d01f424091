package runtime

import (
	"maps"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

// killedMessage is what resuming a killed coroutine answers.
const killedMessage = lua.LString("coroutine terminated by the debugger")

// kills are the coroutines that Kill has ended, or is about to.
type kills struct {
	doomed map[*lua.LState]bool              // run, or have resumed others: they die at their next instruction
	dead   map[weak.Pointer[lua.LState]]bool // were suspended: their next resume says why
}

// Kill ends a coroutine. A suspended one is dead at once; any other raises an
// error at its next instruction, which nothing inside it can catch. Either way
// its resume returns false and a message. Only for the goroutine that runs
// Lua; th is not the main thread.
func (st *State) Kill(th *lua.LState) {
	switch st.Status(th) {
	case "dead":
	case "suspended":
		th.Dead = true
		delete(st.ending, weak.Make(th))
		maps.DeleteFunc(st.kills.dead, func(key weak.Pointer[lua.LState], _ bool) bool { return key.Value() == nil })
		st.kills.dead[weak.Make(th)] = true
		if st.hooks != nil && st.hooks.Thread != nil {
			st.hooks.Thread(th, false)
		}
	case "running":
		st.mon.raise(attendKill)
		st.kills.doomed[th] = true
	default:
		st.kills.doomed[th] = true
	}
}

// dying tells whether the running thread is to be ended now. Evaluations on it
// are left alone.
func (st *State) dying(L *lua.LState) bool {
	return st.mon.guard == nil && st.kills.doomed[L]
}

// raiseKill ends the running coroutine if it is to be: again and again,
// whatever it catches.
func (st *State) raiseKill(L *lua.LState) {
	if st.dying(L) {
		st.raiseExact(L, killedMessage)
	}
}

// settleKill is called when control is back from th to L with n results. It
// sees to it that th is dead if it was to be killed, even if it has just ended
// or yielded without another instruction.
func (st *State) settleKill(L, th *lua.LState, n int) int {
	if len(st.kills.doomed) == 0 {
		return n
	}
	if st.kills.doomed[th] {
		delete(st.kills.doomed, th)
		st.mon.lower(attendKill)
		delete(st.ending, weak.Make(th))
		th.Dead = true
		L.Pop(n)
		L.Push(lua.LFalse)
		L.Push(killedMessage)
		n = 2
	}
	if st.kills.doomed[L] {
		st.mon.raise(attendKill)
	}
	return n
}

// refusal is why a thread that is not suspended cannot be resumed.
func (st *State) refusal(th *lua.LState, status string) lua.LString {
	if key := weak.Make(th); st.kills.dead[key] {
		delete(st.kills.dead, key)
		return killedMessage
	}
	return lua.LString("cannot resume " + status + " coroutine")
}
