package dap

import (
	"context"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// threads lists the live coroutines, each with its state. It works at any
// time: VS Code asks right after configurationDone.
func (s *session) threads(*request) (any, error) {
	body := dap.ThreadsResponseBody{Threads: []dap.Thread{}}
	switch {
	case s.run == nil || s.run.over():
	case s.run.engine == nil:
		body.Threads = append(body.Threads, dap.Thread{Id: mainThread, Name: "main"})
	default:
		for _, t := range s.run.engine.Threads() {
			body.Threads = append(body.Threads, dap.Thread{Id: t.ID, Name: threadName(t)})
		}
	}
	return body, nil
}

// threadName adds the state to the name: the protocol has no field for it.
func threadName(t debug.Thread) string {
	if t.Status == "" || t.ID == mainThread && t.Status == "running" {
		return t.Name
	}
	return t.Name + " [" + t.Status + "]"
}

func (s *session) stackTrace(ctx context.Context, args dap.StackTraceArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.StartFrame < 0 || args.Levels < 0 {
		return nil, badArguments("stackTrace: startFrame and levels must not be negative")
	}
	frames, total, err := e.StackTrace(args.ThreadId, args.StartFrame, args.Levels)
	if err != nil {
		return nil, err
	}
	body := stackTraceBody{StackFrames: make([]stackFrame, 0, len(frames)), TotalFrames: total}
	for _, f := range frames {
		w := s.run.translator.frame(f)
		w.ID = s.handles.toClient(f.ID)
		w.Instruction = s.handles.toClientAddress(f.Address)
		w.Name = s.frameName(ctx, e, f, args.Format)
		s.run.addChecksum(w.Source, f.Source)
		body.StackFrames = append(body.StackFrames, w)
	}
	return body, nil
}

// frame describes a frame to the client, except for its handles. Without a
// source, line and column are 0 by the specification, whatever the client counts from.
func (t translator) frame(f debug.Frame) stackFrame {
	w := stackFrame{Name: f.Name, CanRestart: f.CanRestart, Module: f.Module}
	switch f.Kind {
	case debug.FrameTail, debug.FrameResumed:
		w.Hint = "label"
	case debug.FrameGo:
		w.Hint = "subtle"
	case debug.FrameLua, debug.FrameMain:
		w.Hint = "normal"
	}
	if f.Line > 0 {
		if w.Source = t.source(f.Source); w.Source != nil {
			w.Line, w.Column = t.toClientLine(f.Line), t.columnBase
		}
	}
	if f.Skipped {
		w.Hint = "subtle"
		if w.Source != nil {
			w.Source.PresentationHint, w.Source.Origin = "deemphasize", "skipped by skipFiles"
		}
	}
	return w
}

func (s *session) scopes(args dap.ScopesArguments) (any, error) {
	e, frame, err := s.engineFor(args.FrameId)
	if err != nil {
		return nil, err
	}
	scopes, err := e.Scopes(frame)
	if err != nil {
		return nil, err
	}
	body := dap.ScopesResponseBody{Scopes: make([]dap.Scope, 0, len(scopes))}
	for _, sc := range scopes {
		body.Scopes = append(body.Scopes, dap.Scope{
			Name:               sc.Name,
			PresentationHint:   string(sc.Kind),
			VariablesReference: s.handles.toClient(sc.Ref),
			NamedVariables:     sc.Named,
			IndexedVariables:   sc.Indexed,
			Expensive:          sc.Expensive,
		})
	}
	return body, nil
}
