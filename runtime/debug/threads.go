package debug

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// threadsTimeout bounds the wait for a safe point of requests that are
// answered while the script runs. stoppedTimeout is for one that is stopped: it
// serves at once, unless the machine is busy or it evaluates a Go function.
const (
	threadsTimeout = 200 * time.Millisecond
	stoppedTimeout = 5 * time.Second
)

// patience is how long a request waits for a safe point.
func (e *Engine) patience() time.Duration {
	if _, stopped := e.Stopped(); stopped {
		return stoppedTimeout
	}
	return threadsTimeout
}

// Threads lists the live threads, main first. While the script runs it waits
// for its next safe point, but not longer than a moment: of a script that does
// not come to one it lists main only, and the thread of the stop if there is one.
func (e *Engine) Threads() []Thread {
	at, stopped := e.Stopped()
	var out []Thread
	ctx, cancel := context.WithTimeout(context.Background(), e.patience())
	defer cancel()
	if e.st.Do(ctx, func(*lua.LState) { out = e.listThreads() }) == nil {
		return out
	}
	if stopped && at.Thread != 1 {
		return []Thread{
			{ID: 1, Name: "main", Status: "normal"},
			{ID: at.Thread, Name: fmt.Sprintf("coroutine %d", at.Thread), Status: "running"},
		}
	}
	return []Thread{{ID: 1, Name: "main", Status: "running"}}
}

func (e *Engine) listThreads() []Thread {
	live := e.st.Threads()
	out := append(make([]Thread, 0, 1+len(live)), e.describeThread(e.st.L))
	for _, th := range live {
		out = append(out, e.describeThread(th))
	}
	return out
}

func (e *Engine) describeThread(th *lua.LState) Thread {
	known := e.known(th)
	return Thread{ID: known.id, Name: known.name, Status: e.st.Status(th)}
}

// knownThread is what stays the same of a thread. Editors list all threads at each stop, and
// there may be many: the name is made once.
type knownThread struct {
	id   int
	name string
}

// threadName names a coroutine by its number and the place of its body.
func threadName(id int, th *lua.LState) string {
	name := fmt.Sprintf("coroutine %d", id)
	if fn := threadFunction(th); fn != nil {
		name += fmt.Sprintf(" (%s:%d)", fn.Chunk.Display, fn.Proto.LineDefined)
	}
	return name
}

// threadFunction is the body of a coroutine.
func threadFunction(th *lua.LState) (body *compile.Function) {
	if !currentFrame(th).Valid() { // not started: gopher-lua keeps it on the call stack
		if d, ok := th.GetStack(-1); ok {
			return staticOf(vm.Function(th, d))
		}
		return nil
	}
	for f := currentFrame(th); f.Valid(); f = f.Parent() {
		if f.Index() == 0 {
			return staticOf(functionOf(th, f))
		}
	}
	return nil
}

// thread finds a live thread by its id.
func (e *Engine) thread(id int) (*lua.LState, error) {
	if id == 1 {
		return e.st.L, nil
	}
	for w, known := range e.threads {
		if th := w.Value(); known.id == id && th != nil && !th.Dead {
			return th, nil
		}
	}
	return nil, fmt.Errorf("thread %d: %w", id, ErrNoThread)
}

// threadTop returns a thread and its innermost frame that is shown. For an
// unknown thread these are those of the stop.
func (e *Engine) threadTop(id int, at *stop) (*lua.LState, vm.Frame) {
	th, err := e.thread(id)
	if err != nil || th == at.L {
		return at.L, at.top
	}
	f := currentFrame(th)
	for f.Valid() && f.IsGo() && f.Parent().Valid() {
		f = f.Parent() // resume or yield
	}
	if !f.Valid() {
		return at.L, at.top
	}
	return th, f
}
