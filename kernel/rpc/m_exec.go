package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel"
)

// run is an execution that a client waits for.
type run struct {
	id    string
	peer  *peer
	exec  *kernel.Execution
	input *stdinPipe // nil: the script's input is empty

	flushes flushes
}

// runMethod is exec.run.
func runMethod() *method {
	m := slow[RunParams, RunResult]("exec.run", "Executes Lua and answers when that has ended. Until then, exec.status and exec.stream tell of it.", nil).isWork()
	m.long = true
	m.call = func(ctx context.Context, p *peer, r *request) (any, error) {
		return p.run(ctx, r, r.params.(*RunParams))
	}
	return m
}

func (r *RunParams) check() *Error {
	switch {
	case r.Code != "" && r.File != "":
		return badParam("file", "exec.run: code and file are both given: give one")
	case r.TimeoutMS < 0:
		return badParam("timeout_ms", "exec.run: timeout_ms is negative")
	case len(r.Execution) > 256:
		return badParam("execution", "exec.run: the id of the execution has more than 256 bytes")
	case r.Session != "" && r.ownSession():
		return badParam("session", "exec.run: cwd, env, permissions and limits are those of the session: leave them or the session out")
	}
	return nil
}

// ownSession tells whether the execution gets a session for itself.
func (r *RunParams) ownSession() bool {
	return r.Cwd != "" || r.Env != nil || r.Permissions != nil || r.Limits != nil
}

// where finds the session to run in; done must be called afterwards.
func (p *peer) where(c ctx, r *RunParams) (h *kernel.Hosted, done func(), err error) {
	done = func() {}
	switch {
	case r.Session != "":
		h, err = p.hosted("exec.run", r.Session)
	case r.ownSession():
		folder := ""
		if r.File != "" {
			folder = filepath.Dir(string(r.File))
			if !filepath.IsAbs(folder) {
				cwd := string(r.Cwd)
				if !filepath.IsAbs(cwd) {
					cwd = filepath.Join(p.cwd, cwd)
				}
				folder = filepath.Join(cwd, folder)
			}
		}
		h, err = p.open(c, "exec.run", SessionParams{Cwd: string(r.Cwd), Env: r.Env, Permissions: r.Permissions, Limits: r.Limits, Ephemeral: true, Name: p.hello.Client}, folder)
		done = func() {
			if h != nil {
				h.Close()
				p.mu.Lock()
				defer p.mu.Unlock()
				delete(p.ephemeral, h.ID())
			}
		}
	default:
		h, err = p.own()
	}
	return h, done, err
}

// run executes Lua.
func (p *peer) run(ctx context.Context, from *request, r *RunParams) (*RunResult, error) {
	if e := r.check(); e != nil {
		return nil, e
	}
	h, done, err := p.where(ctx, r)
	if err != nil {
		return nil, err
	}
	defer done()
	request := json.RawMessage(from.id)
	if len(request) == 0 {
		request = json.RawMessage("null")
	}
	w := &run{id: r.Execution, peer: p}
	out := &streamer{out: p.out, request: request}
	if r.Stdin {
		w.input = newStdinPipe(func() {
			p.notify("exec.input", ExecInput{request, w.id, stdinChunk})
		})
		defer w.input.close()
	}
	submitted := make(chan struct{}) // closed when w and out are complete
	req := kernel.Request{
		Code: string(r.Code), File: string(r.File), Name: r.Name, Args: plain(r.Args), Timeout: milliseconds(r.TimeoutMS), Values: r.Values, Pretty: r.Pretty,
	}
	if w.input != nil {
		req.Stdin = w.input
	}
	status := func(word string) {
		p.notify("exec.status", ExecStatus{request, h.ID(), w.id, w.exec.Sequence(), word})
	}
	if !r.Quiet {
		req.Started = func() {
			<-submitted
			status("running")
		}
		req.Output = func(stream kernel.Stream, data []byte) {
			<-submitted
			if left := out.write(w.exec.Ending(), p.ctx.Done(), string(stream), data); left > 0 && errors.Is(context.Cause(p.ctx), errSlow) {
				p.server.lost.Add(int64(left))
			}
		}
		req.Flush = p.flusher(w, out, submitted)
	} else if w.input != nil {
		req.Started = func() { <-submitted }
	}
	w.exec, err = h.Submit(ctx, req)
	if from.queued != nil {
		from.queued()
	}
	if err != nil {
		return nil, err
	}
	if w.id == "" {
		w.id = h.ID() + ":" + itoa(w.exec.Sequence())
	}
	out.execution = w.id
	if e := p.server.register(w); e != nil {
		w.exec.Cancel(e)
		close(submitted)
		<-w.exec.Done()
		return nil, e
	}
	defer p.server.unregister(w)
	if !r.Quiet {
		status("queued")
	}
	close(submitted)
	o := w.exec.Outcome()
	out.end()
	return result(h, w, o), nil
}

func result(h *kernel.Hosted, w *run, o kernel.Outcome) *RunResult {
	out := &RunResult{
		Session: h.ID(), Execution: w.id, Sequence: o.Sequence, Texts: Texts(o.Texts), Error: execError(o.Err),
		Started: o.Started, Truncated: o.Truncated, DurationMS: float64(o.Duration) / float64(time.Millisecond),
	}
	for _, v := range o.Values {
		out.Values = append(out.Values, JSONValue(v))
	}
	return out
}

// register makes an execution known by its id.
func (s *Server) register(w *run) *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.executions[w.id] != nil {
		return errorf(CodeExists, "there is an execution %q", w.id).withHint("choose another id, or none")
	}
	s.executions[w.id] = w
	return nil
}

func (s *Server) unregister(w *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.executions, w.id)
}

func (s *Server) execution(id string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.executions[id]
}

func noExecution(id string) *Error {
	return errorf(CodeNotFound, "there is no execution %.260q: it has ended, or never was", id)
}

// stdin is exec.stdin.
func (p *peer) stdin(_ ctx, r *StdinParams) (Empty, error) {
	w := p.server.execution(r.Execution)
	if w == nil {
		return Empty{}, noExecution(r.Execution)
	}
	if w.input == nil {
		return Empty{}, errorf(CodeConflict, "exec.stdin: the execution %q was not begun with stdin", r.Execution)
	}
	return Empty{}, w.input.put([]byte(r.Data), r.EOF)
}

// interrupt is exec.interrupt.
func (p *peer) interrupt(_ ctx, r *InterruptParams) (InterruptResult, error) {
	if r.Execution != "" {
		w := p.server.execution(r.Execution)
		if w == nil {
			return InterruptResult{}, noExecution(r.Execution)
		}
		w.exec.Cancel(kernel.ErrInterrupted)
		return InterruptResult{1}, nil
	}
	if r.Session != "" {
		h, err := p.hosted("exec.interrupt", r.Session)
		if err != nil {
			return InterruptResult{}, err
		}
		return InterruptResult{h.Interrupt(r.All)}, nil
	}
	s := p.server
	s.mu.Lock()
	var mine []*run
	for _, w := range s.executions {
		if w.peer == p {
			mine = append(mine, w)
		}
	}
	s.mu.Unlock()
	for _, w := range mine {
		w.exec.Cancel(kernel.ErrInterrupted)
	}
	return InterruptResult{len(mine)}, nil
}

const (
	// stdinChunk is what exec.input asks for at once, in bytes.
	stdinChunk = 64 << 10
	// stdinLimit is how much input waits for a script, in bytes.
	stdinLimit = 1 << 20
)

// stdinPipe is a script's input, which comes from a client when it is asked for.
type stdinPipe struct {
	ask func()

	mu     sync.Mutex
	data   []byte
	eof    bool
	closed bool
	asked  bool
	wake   sync.Cond
}

func newStdinPipe(ask func()) *stdinPipe {
	s := &stdinPipe{ask: ask}
	s.wake.L = &s.mu
	return s
}

// Read waits for input. It returns io.EOF when the client has said so, and when the
// execution has ended.
func (s *stdinPipe) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.data) == 0 && !s.eof && !s.closed {
		if s.asked {
			s.wake.Wait()
			continue
		}
		s.asked = true
		s.mu.Unlock()
		s.ask() // may wait for the client
		s.mu.Lock()
	}
	if s.closed || len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.data)
	s.data = s.data[n:]
	return n, nil
}

// put adds input.
func (s *stdinPipe) put(data []byte, eof bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.eof && len(data) > 0:
		return errorf(CodeConflict, "exec.stdin: the end of the input was sent already")
	case len(s.data)+len(data) > stdinLimit && len(s.data) > 0:
		return errorf(CodeBusy, "exec.stdin: %d bytes wait for the script to read them", len(s.data)).withHint("send input when exec.input asks for it")
	}
	s.data = append(s.data, data...)
	s.eof = s.eof || eof
	s.asked = false
	s.wake.Broadcast()
	return nil
}

func (s *stdinPipe) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake.Broadcast()
}
