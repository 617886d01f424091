package kernel

import (
	"bytes"
	"context"
	"errors"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/db"
	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// Replayer runs recorded executions again, in sessions of their own. What they do
// to sessions and artifacts goes to a database in memory, and with it.
type Replayer struct {
	// Config of the sessions. Their output is not shown; SessionID is ignored.
	Config Config
	// New makes the sessions; nil: NewSession.
	New func(Config) (*Session, error)
}

// Replay replays a session of the archive in sessions that are as those of the
// kernel, but not among its sessions: see replay.Run.
func (k *Kernel) Replay(ctx context.Context, o SessionOptions, store *archive.Store, session string, ro replay.Options) (*replay.Report, error) {
	if o.ID == "" {
		o.ID = newID()
	}
	p := &Replayer{Config: k.config(o), New: func(cfg Config) (*Session, error) { return k.opts.NewSession(o, cfg) }}
	return p.Replay(ctx, store, session, ro)
}

// IsReplay tells whether the session is made for a replay: no Hosted has it, and
// nobody sees its output.
func (c *Config) IsReplay() bool { return c.replays }

// Replay replays a session of the archive: see replay.Run.
func (p *Replayer) Replay(ctx context.Context, store *archive.Store, session string, o replay.Options) (*replay.Report, error) {
	r, err := store.Get(ctx, session)
	if err != nil {
		return nil, err
	}
	runner := &replayRunner{cfg: p.Config, make: p.New, of: r}
	if r.Status == archive.Archived && p.Config.Services != nil {
		runner.scope = &scopeCopy{services: p.Config.Services, of: scopeOf(r.ID)}
		defer runner.scope.clear()
	}
	return replay.Run(ctx, store, session, runner, o)
}

// replayRunner makes the sessions of one replay.
type replayRunner struct {
	cfg  Config
	make func(Config) (*Session, error)
	of   *archive.Session
	// scope stands for that of an archived session, which stays as it is. nil: the real one.
	scope *scopeCopy
}

// NewState makes a session for steps.
func (p *replayRunner) NewState(ctx context.Context, vars map[string]any) (replay.State, error) {
	st := &replayState{of: p.of}
	cfg := p.cfg
	if cfg.Services == nil {
		cfg.Services = NewServices(Openers{})
	}
	services := NewServices(Openers{State: cfg.Services.State, Archive: st.openScratch, KeepScopes: true})
	services.Events, services.Hooks = cfg.Services.Events, cfg.Services.Hooks
	cfg.Services = services
	cfg.SessionID, cfg.OnClose, cfg.replays = "", nil, true
	cfg.Stdout, cfg.Stderr, cfg.Stdin = &st.out, &st.out, nil
	cfg.toolHooks = []tools.Hook{{Before: st.before, Ready: st.ready, After: st.after}}
	cfg.currentID = p.of.ID
	if p.scope != nil {
		cfg.stateScope = p.scope.standsFor
	}
	if p.make == nil {
		p.make = NewSession
	}
	cfg.Loading = ctx
	s, err := p.make(cfg)
	if err != nil {
		return nil, err
	}
	st.session = s
	if err := s.SetVariables(ctx, vars); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openScratch makes the archive that the steps see: in memory, with a record for the
// session that is replayed.
func (st *replayState) openScratch() (*archive.Store, error) {
	ctx := context.Background()
	store, err := archive.Open(ctx, db.Memory, archive.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := store.Create(ctx, archive.Spec{
		ID: st.of.ID, Name: st.of.Name, Description: st.of.Description, Tags: st.of.Tags, Metadata: st.of.Metadata, CreatedBy: st.of.CreatedBy,
	}); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	st.scratch = store
	return store, nil
}

// replayState is a session that runs steps.
type replayState struct {
	of      *archive.Session
	session *Session
	scratch *archive.Store // nil: it was not asked for
	out     boundedOutput

	mu      sync.Mutex
	answers *replay.Answers
	calls   []replay.Call
	open    map[*tools.HookCall]*pendingCall
}

// pendingCall is a tool call that has not ended.
type pendingCall struct {
	params any
	answer replay.Answer
	err    error
}

// Run runs one step.
func (st *replayState) Run(ctx context.Context, step *replay.Step) *replay.Outcome {
	st.out.reset()
	st.mu.Lock()
	st.answers, st.calls, st.open = step.Answers, []replay.Call{}, map[*tools.HookCall]*pendingCall{}
	st.mu.Unlock()
	script := Script{Name: step.Execution.Name, Code: step.Source, Args: step.Args}
	if step.Execution.Kind == archive.KindFile {
		script = Script{File: step.Execution.Name, Source: &step.Source, Args: step.Args}
	}
	var result []any
	script.use = func(L *lua.LState, values []lua.LValue) {
		for _, v := range values {
			result = append(result, globals.Shown(v, func(v lua.LValue) string { return lualib.ToString(L, v) }))
		}
	}
	_, err := st.session.Run(ctx, script)
	out := &replay.Outcome{Output: st.out.String(), Result: result}
	out.Outcome, out.Error = outcomeOf(err)
	st.mu.Lock()
	out.Calls = st.calls
	st.mu.Unlock()
	return out
}

// Close frees the session.
func (st *replayState) Close() error {
	err := st.session.Close()
	if st.scratch != nil {
		err = errors.Join(err, st.scratch.Close())
	}
	return err
}

func (st *replayState) before(_ context.Context, c *tools.HookCall) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := &pendingCall{params: c.Params}
	st.open[c] = p
	if p.answer, p.err = st.answers.Next(c.Tool.Name, st.store(c.Params)); p.answer.Params != nil {
		c.Params, p.params = p.answer.Params, p.answer.Params
	}
	return nil
}

// store is a value as it comes back from the journal, to be compared with such.
func (st *replayState) store(v any) any { return archive.Journaled(v) }

func (st *replayState) ready(_ context.Context, c *tools.HookCall) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.open[c]
	switch {
	case p == nil:
		return nil
	case p.err != nil:
		return tool.Errorf(tool.ExecutionFailed, "%v", p.err)
	case !p.answer.Given:
		return nil
	}
	result, err := answered(p.answer.Result)
	if err != nil {
		return err
	}
	c.Answer(result)
	return nil
}

// answered makes a tool's result, or its error, of an envelope.
func answered(v any) (*tool.Result, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return tool.Value(v), nil
	}
	if e, failed := m["error"].(map[string]any); failed {
		code, _ := e["code"].(string)
		message, _ := e["message"].(string)
		err := tool.Errorf(tool.Code(code), "%s", message)
		err.Details, _ = e["details"].(map[string]any)
		return nil, err
	}
	r := &tool.Result{Value: m["result"]}
	r.Message, _ = m["message"].(string)
	if text, ok := m["text"].(string); ok {
		r.Text = &text
	}
	r.Metadata, _ = m["metadata"].(map[string]any)
	return r, nil
}

func (st *replayState) after(_ context.Context, c *tools.HookCall, r *tools.Response) {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.open[c]
	if p == nil {
		return // a call of an earlier step that has ended only now
	}
	delete(st.open, c)
	st.calls = append(st.calls, replay.Call{
		Tool: c.Tool.Name, Params: st.store(p.params), Result: st.store(envelope(r)), Simulated: p.answer.Given || p.err != nil,
	})
}

// maxReplayOutput is how much of a step's output is compared: what the journal
// keeps unless it is told otherwise.
const maxReplayOutput = 16 << 20

// boundedOutput keeps the beginning of what is printed.
type boundedOutput struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *boundedOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b.Write(p[:min(len(p), maxReplayOutput-o.b.Len())])
	return len(p), nil
}

func (o *boundedOutput) reset() {
	o.mu.Lock()
	o.b.Reset()
	o.mu.Unlock()
}

// String returns what was kept.
func (o *boundedOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
