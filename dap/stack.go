package dap

import (
	"strings"

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

func (s *session) stackTrace(args dap.StackTraceArguments) (any, error) {
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
	body := stackTraceBody{StackFrames: make([]dap.StackFrame, 0, len(frames)), TotalFrames: total}
	for _, f := range frames {
		w := s.run.translator.frame(f)
		w.Id = s.handles.toClient(f.ID)
		body.StackFrames = append(body.StackFrames, w)
	}
	return body, nil
}

// frame describes a frame to the client, except for its id. Without a source, line and column are
// 0 by the specification, whatever the client counts from.
func (t translator) frame(f debug.Frame) dap.StackFrame {
	w := dap.StackFrame{Name: f.Name}
	switch f.Kind {
	case debug.FrameTail:
		w.PresentationHint = "label"
	case debug.FrameGo:
		w.PresentationHint = "subtle"
	case debug.FrameLua, debug.FrameMain:
		w.PresentationHint = "normal"
	}
	if f.Line > 0 {
		if w.Source = t.source(f.Source); w.Source != nil {
			w.Line, w.Column = t.toClientLine(f.Line), t.columnBase
		}
	}
	return w
}

func (s *session) scopes(args dap.ScopesArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	frame, err := s.handles.toEngine(args.FrameId)
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

func (s *session) exceptionInfo(args dap.ExceptionInfoArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	x, err := e.ExceptionInfo(args.ThreadId)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, wrongState("exceptionInfo: thread %d is not stopped at an error", args.ThreadId)
	}
	body := dap.ExceptionInfoResponseBody{
		ExceptionId: x.Type,
		Description: x.Message,
		// A caught error stops only those who asked to stop at every error.
		BreakMode: "unhandled",
		Details: &dap.ExceptionDetails{
			Message: x.Message, TypeName: x.Type, FullTypeName: x.Type,
			StackTrace: strings.TrimRight(x.Traceback, "\n"),
		},
	}
	if x.Caught {
		body.BreakMode = "always"
	}
	// Each cause is inside the one before it.
	inner := &body.Details.InnerException
	for _, cause := range x.Causes {
		*inner = []dap.ExceptionDetails{{Message: cause, TypeName: "Go error"}}
		inner = &(*inner)[0].InnerException
	}
	return body, nil
}
