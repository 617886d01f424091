package dap

import (
	"context"
	"os"
	"path/filepath"

	"github.com/llmspell/llmspell/runtime/debug"
)

// Values evaluates expressions in a frame that a client of this server looks at, for
// another part of the process, such as a language server that shows the values of
// variables in the text. path is the script's file as this machine names it, line the one
// where the frame has stopped, from 1, and frame the number that the client knows the
// frame by. Nothing is changed, and nothing that runs for long is waited for.
//
// It returns the texts of the values, as the client shows them, by their expressions. Those
// that fail are left out; all are, if no session has such a frame, or more than one: each
// numbers its own.
func (s *Server) Values(ctx context.Context, path string, line, frame int, expressions []string) map[string]string {
	var values map[string]string
	for _, se := range s.list() {
		v, ok := se.values(ctx, path, line, frame, expressions)
		if !ok {
			continue
		}
		if values != nil {
			return nil
		}
		values = v
	}
	return values
}

// list returns the sessions of now.
func (s *Server) list() []*session {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*session, 0, len(s.conversations))
	for se := range s.conversations {
		list = append(list, se)
	}
	return list
}

// values is Values for one session; ok: it has the frame.
func (s *session) values(ctx context.Context, path string, line, frame int, expressions []string) (values map[string]string, ok bool) {
	found := make(chan map[string]string, 1)
	r := &request{command: "values", inside: func(context.Context) {
		var err error // logged; a fault here must not end the session
		defer s.recovered("values", &err)
		if v, ok := s.valuesAt(ctx, path, line, frame, expressions); ok {
			found <- v
		}
	}}
	if s.in.put(r, false) != nil {
		return nil, false
	}
	select {
	case values = <-found:
		return values, true
	case <-ctx.Done():
		return nil, false
	case <-r.ctx.Done(): // it has been handled, or never will be
	}
	select {
	case values = <-found:
		return values, true
	default:
		return nil, false
	}
}

// valuesAt is values on the dispatcher.
func (s *session) valuesAt(ctx context.Context, path string, line, frame int, expressions []string) (map[string]string, bool) {
	if s.run == nil || frame <= 0 {
		return nil, false
	}
	e, n, err := s.engineFor(frame)
	if err != nil {
		return nil, false
	}
	at, err := e.FrameAt(n)
	if err != nil || at.Line != line || !samePath(at.Source.Path, path) {
		return nil, false
	}
	values := make(map[string]string, len(expressions))
	for _, expression := range expressions {
		v, err := e.Eval(ctx, debug.EvalRequest{Frame: n, Expression: expression, Mode: debug.EvalHover})
		if err == nil {
			values[expression] = v.Value
		}
	}
	return values, true
}

// samePath tells whether two paths name one file.
func samePath(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
