package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/replay"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools"
)

// record connects a Session with its record in the archive.
type record struct {
	view  archive.View
	id    string
	state string // names the Lua state in the journal
	// incarnation tells the session from another one that is imported under its id.
	incarnation archive.Incarnation

	running atomic.Pointer[archive.Recorder] // of the execution that goes on
	calls   sync.Map                         // *tools.HookCall to the parameters that it came with
	result  []any                            // of the execution that goes on
	late    bool                             // the variables have changed since they were kept: errLate
}

// errLate says that the variables are kept later, because an execution had to end.
var errLate = errors.New("the execution had to end")

// lateAfter is how long the variables may take when an execution must end: all of it has
// 50 ms.
const lateAfter = 20 * time.Millisecond

// hurry returns a context that ends lateAfter after ctx.
func hurry(ctx context.Context) (context.Context, func()) {
	until, end := context.WithCancelCause(context.Background())
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(lateAfter, func() { end(errLate) })
	})
	return until, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		end(nil)
	}
}

// openRecord finds the session's record, if it is to have one.
func (s *Session) openRecord() error {
	if s.cfg.SessionID == "" {
		return nil
	}
	store, err := s.cfg.Services.Archive()
	if err != nil {
		return err
	}
	st, err := store.Standing(s.cfg.Loading, s.cfg.SessionID)
	if err != nil {
		return err
	}
	r, err := store.Get(s.cfg.Loading, s.cfg.SessionID)
	if err != nil {
		return err
	}
	if r.Status != archive.Active {
		return fmt.Errorf("session %s (%s) is %s: nothing can be executed in it; %s", r.ID, r.Name, r.Status, nextFor(r.Status))
	}
	s.record = &record{view: archive.View{Store: store, Hooks: s.hookRegistry()}, id: r.ID, state: newID(), incarnation: st.Incarnation}
	return nil
}

// nextFor says what can be done with a session in which nothing can be executed.
func nextFor(s archive.Status) string {
	if slices.Contains(s.Next(), archive.Active) {
		return "'llmspell session resume' makes it active"
	}
	return "it stays as it is; use another session"
}

// installSession defines the globals that meet the archive.
func (s *Session) installSession() {
	env := globals.SessionEnv{
		Env: s.env(),
		View: func() (archive.View, error) {
			store, err := s.cfg.Services.Archive()
			return archive.View{Store: store, Hooks: s.hookRegistry()}, err
		},
		ID: cmp.Or(s.cfg.SessionID, s.cfg.currentID), Variables: s.KeptVariables, SetVariables: s.SetVariables, Alloc: s.state.Host().Alloc,
	}
	if !s.cfg.replays {
		env.Replay = s.replay
	}
	if s.record != nil {
		env.Lost = s.replaced
	}
	globals.InstallSession(s.state.L, env)
}

// replaced tells why what runs here may no longer touch the session: another one has its
// id. That it was deleted, what touches it finds out itself.
func (s *Session) replaced(ctx context.Context) error {
	st, err := s.record.view.Standing(ctx, s.record.id)
	if err != nil || st.Status == "" {
		return err
	}
	return st.Since(s.record.id, s.record.incarnation)
}

// replay replays a session of the archive, with what this session may touch.
func (s *Session) replay(ctx context.Context, id string, o replay.Options) (*replay.Report, error) {
	store, err := s.cfg.Services.Archive()
	if err != nil {
		return nil, err
	}
	cfg := s.cfg
	cfg.Sandbox = s.box
	return (&Replayer{Config: cfg}).Replay(ctx, store, id, o)
}

// restore makes the kept variables globals.
func (s *Session) restore() error {
	if s.record == nil {
		return nil
	}
	ctx := s.cfg.Loading
	_, vars, err := s.record.view.Load(ctx, s.record.id)
	if err == nil {
		err = s.SetVariables(ctx, vars)
	}
	return err
}

// recorded is an output stream whose text is journaled.
func (s *Session) recorded(w io.Writer) io.Writer {
	if s.cfg.SessionID == "" {
		return w
	}
	return &recordedWriter{s, w}
}

type recordedWriter struct {
	s *Session
	w io.Writer
}

func (r *recordedWriter) Write(p []byte) (int, error) {
	if rec := r.s.record.running.Load(); rec != nil {
		rec.Output(p)
	}
	return r.w.Write(p)
}

// Flush flushes what is written to, if it has a buffer.
func (r *recordedWriter) Flush() error {
	if f, ok := r.w.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// journalHooks are what sees the tool calls of the session, for the journal or a
// replay.
func (s *Session) journalHooks() []tools.Hook {
	list := s.cfg.toolHooks
	if r := s.record; r != nil {
		list = append(list, tools.Hook{
			Before: func(_ context.Context, c *tools.HookCall) error {
				if r.running.Load() != nil {
					r.calls.Store(c, c.Params)
				}
				return nil
			},
			After: r.toolCalled,
		})
	}
	return list
}

func (r *record) toolCalled(_ context.Context, c *tools.HookCall, resp *tools.Response) {
	params, noted := r.calls.LoadAndDelete(c)
	rec := r.running.Load()
	if !noted || rec == nil {
		return
	}
	rec.ToolCall(c.Tool.Name, params, envelope(resp), time.Now().Add(-resp.Duration), resp.Duration)
}

// envelope is a tool's answer without what is never twice the same.
func envelope(r *tools.Response) map[string]any {
	out := r.Map()
	meta := out["metadata"].(map[string]any) // Map has made it
	for _, name := range []string{"duration_ms", "cached", "attempts"} {
		delete(meta, name)
	}
	if len(meta) == 0 {
		delete(out, "metadata")
	}
	return out
}

// begin journals that a script begins. A file is read here, so that what is
// journaled is what runs.
func (s *Session) begin(ctx context.Context, script *Script, name string) (*archive.Recorder, error) {
	if s.record == nil {
		return nil, nil
	}
	start := archive.Start{Kind: archive.KindCode, Name: script.Name, Source: script.Code, Args: script.Args, Dir: s.workingDir(), State: s.record.state, Incarnation: s.record.incarnation}
	if script.File != "" {
		start.Kind, start.Name = archive.KindFile, name
		if script.Source == nil {
			path := script.File
			if !filepath.IsAbs(path) {
				path = filepath.Join(start.Dir, path)
			}
			if data, err := s.readScript(ctx, path); err == nil { // else loading it says what is wrong
				text := string(data)
				script.Source = &text
			}
		}
		if script.Source != nil {
			start.Source = *script.Source
		}
	}
	rec, err := s.record.view.Begin(ctx, s.record.id, start)
	if ctx.Err() != nil && err != nil {
		return nil, cancelled(context.Cause(ctx))
	}
	if err != nil {
		return nil, &runtime.Error{Kind: runtime.KindScript, Message: "the execution cannot be journaled, and was not begun: " + err.Error(), Cause: err}
	}
	s.record.result = nil
	s.record.running.Store(rec)
	return rec, nil
}

// readScript reads a script's file, which may be a pipe, until ctx is done or as long as
// an execution may take.
func (s *Session) readScript(ctx context.Context, path string) ([]byte, error) {
	if t := s.state.TimeLimit(); t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t)
		defer cancel()
	}
	host := lualib.NewHost()
	host.Context = func() context.Context { return ctx }
	return lualib.ReadScript(host, lualib.OS{}, path)
}

func (s *Session) workingDir() string {
	if s.cfg.Dir != "" {
		return s.cfg.Dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}

// noteResult keeps what a script returned, for the journal.
func (s *Session) noteResult(L *lua.LState, values []lua.LValue) {
	for _, v := range values {
		s.record.result = append(s.record.result, globals.Shown(v, func(v lua.LValue) string { return lualib.ToString(L, v) }))
	}
}

// end journals how a script has ended, and keeps the variables. It returns err, or
// else why that could not be done. Where that takes long and the execution must end, they
// are kept with the next one, or when the session is closed.
func (s *Session) end(ctx context.Context, rec *archive.Recorder, err error) error {
	if rec == nil {
		return err
	}
	s.record.running.Store(nil)
	until, done := hurry(ctx)
	defer done()
	vars, unkept, late := s.keptVariables(until)
	for name, why := range unkept {
		s.log.Info("a variable is not kept", zap.String("variable", name), zap.Error(why))
	}
	outcome, text := outcomeOf(err)
	beyond := globals.BeyondLimits(unkept)
	if beyond != nil && err == nil {
		text = "not everything could be kept: " + beyond.Error()
	}
	kept := rec.End(ctx, archive.End{Outcome: outcome, Result: s.record.result, Error: text, Variables: vars, Until: until})
	if errors.Is(kept, errLate) {
		late, kept = kept, nil
	}
	if s.record.late = late != nil; s.record.late {
		s.log.Info("the execution had to end before its variables were kept: they are with the next one, or at the session's end")
	}
	if kept == nil {
		kept = beyond
	}
	switch {
	case kept == nil:
		return err
	case err != nil:
		s.log.Error("the end of an execution is not journaled as a whole", zap.Error(kept))
		if lerr, ok := errors.AsType[*runtime.Error](err); ok && errors.Is(kept, archive.ErrLost) {
			both := *lerr
			both.Message += "; besides, " + kept.Error()
			return &both
		}
		return err
	}
	return &runtime.Error{Kind: runtime.KindScript, Message: "the script has ended, but not everything could be kept: " + kept.Error(), Cause: kept}
}

// closeTime is how long the end of a session may take to keep its variables.
const closeTime = 10 * time.Second

// keepLate keeps the variables that end has left.
func (s *Session) keepLate() {
	if s.record == nil || !s.record.late {
		return
	}
	defer func() {
		if v := recover(); v != nil { // a session may be closed because its state is damaged
			s.log.Error("the variables that the last execution has left could not be kept", zap.Any("panic", v))
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.replaced(ctx)
	var vars map[string]any
	if err == nil {
		vars, _, err = s.keptVariables(ctx)
	}
	if err == nil {
		err = s.record.view.SaveVariables(ctx, s.record.id, vars)
	}
	if err != nil {
		s.log.Error("the variables that the last execution has left could not be kept", zap.Error(err))
	}
}

// outcomeOf tells how the journal calls the end of a script.
func outcomeOf(err error) (archive.Outcome, string) {
	if err == nil {
		return archive.Succeeded, ""
	}
	e := (*runtime.Error)(nil)
	if errors.As(err, &e) && e.Kind >= runtime.KindCancelled && e.Kind != runtime.KindExit {
		return archive.Interrupted, err.Error()
	}
	return archive.Erred, err.Error()
}

// hookRegistry holds the hooks that see what happens to the session's record.
func (s *Session) hookRegistry() *hooks.Registry { return s.hooks }
