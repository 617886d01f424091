package runtime

import lua "github.com/yuin/gopher-lua"

// end makes the execution end with an error at the next safe point, whatever
// the script catches. The first reason stays.
func (m *monitor) end(err *Error) {
	m.mu.Lock()
	if m.held != nil && err.isLimit() { // one limit has been shown: the next changes nothing
		m.mu.Unlock()
		return
	}
	if m.abort == nil {
		m.abort = err
	}
	m.mu.Unlock()
	m.raise(attendAbort)
}

func (m *monitor) aborted() *Error {
	if m.attention.Load()&attendAbort == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.abort
}

func (m *monitor) raiseAbort(L *lua.LState) {
	err := m.aborted()
	if err == nil {
		return
	}
	if m.guard == nil {
		m.reached(L, err)
	}
	L.RaiseError("%s", err.Message)
}

// reached is called when the execution is about to be ended, while the frames
// are those that were running. The first time it notes where that was, and
// shows a debugger the limit that was reached.
func (m *monitor) reached(L *lua.LState, err *Error) {
	if m.traced {
		return
	}
	m.traced = true
	if err.Kind == KindExit {
		return
	}
	err.Trace = m.st.Traceback(L, "", 0)
	err.Chunk, err.Line = m.st.where(L)
	if st := m.st; err.isLimit() && st.hooks != nil && st.hooks.Raise != nil {
		text := err.Error()
		ctx := st.runContext
		m.hold()
		st.runContext = st.callCtx // a time limit has ended the other one
		defer func() {
			st.runContext = ctx
			m.release()
		}()
		st.hooks.Raise(L, Raised{Value: lua.LString(text), Message: text, Origin: OriginLimit, Chunk: err.Chunk, Line: err.Line})
	}
}

// hold takes the end of the execution back until release, so that a debugger
// can evaluate meanwhile. Only a cancellation gets through.
func (m *monitor) hold() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held, m.abort = m.abort, nil
	m.lower(attendAbort)
}

func (m *monitor) release() {
	m.mu.Lock()
	m.held, m.abort = nil, m.held
	m.mu.Unlock()
	m.raise(attendAbort)
}
