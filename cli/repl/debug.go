package repl

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-dap"
)

// debugWords is the debugger of a loop. It attaches to the session when it is first
// needed.
type debugWords struct {
	loop    *loop
	client  *dapClient
	stops   chan stop // stops that the loop has not seen
	current *stop     // where the script is stopped
	frame   int       // index of the frame that is looked at
	points  []point
	last    int // number of the last breakpoint
	watches []string
	running bool
	stepped int // the execution in which the last step began
}

// stop is where a script has stopped.
type stop struct {
	thread int
	reason string
	text   string
	frames []dap.StackFrame
	over   <-chan struct{} // closed when the stop is ended by others, or the debugger is gone
}

// point is a breakpoint.
type point struct {
	number    int
	file      string // "": a function
	line      int
	function  string
	condition string
	enabled   bool
}

func (p point) String() string {
	where := p.function
	if p.file != "" {
		where = fmt.Sprintf("%s:%d", filepath.Base(p.file), p.line)
	}
	if p.condition != "" {
		where += " if " + p.condition
	}
	if !p.enabled {
		where += " (disabled)"
	}
	return where
}

// debugCommands are the words of the debugger.
func debugCommands() []meta {
	words := []struct {
		name    string
		aliases []string
		args    string
		help    string
		run     func(d *debugWords, ctx context.Context, rest string) error
	}{
		{"break", []string{"b"}, "[FILE:]LINE|FUNCTION [if CONDITION]", "set a breakpoint; a line alone is of the file that ran last", (*debugWords).addPoint},
		{"delete", []string{"d"}, "NUMBER", "delete a breakpoint", (*debugWords).deletePoint},
		{"enable", nil, "NUMBER", "enable a breakpoint", (*debugWords).enable},
		{"disable", nil, "NUMBER", "disable a breakpoint", (*debugWords).disable},
		{"list", []string{"breakpoints"}, "", "list the breakpoints", (*debugWords).list},
		{"pause", nil, "", "stop at the first line of what runs next", (*debugWords).pause},
		{"step", []string{"s"}, "", "run to the next line, into functions", resume("stepIn")},
		{"next", []string{"n"}, "", "run to the next line of this function", resume("next")},
		{"finish", []string{"out"}, "", "run until this function returns", resume("stepOut")},
		{"continue", []string{"c"}, "", "run on", resume("continue")},
		{"locals", nil, "", "show the locals of the frame", (*debugWords).locals},
		{"backtrace", []string{"bt", "where", "stack"}, "", "show the stack", (*debugWords).backtrace},
		{"frame", []string{"f"}, "NUMBER", "look at another frame", (*debugWords).selectFrame},
		{"up", nil, "", "look at the caller", (*debugWords).up},
		{"down", nil, "", "look at the frame below", (*debugWords).down},
		{"print", []string{"p"}, "EXPRESSION", "evaluate in the frame", (*debugWords).print},
		{"watch", []string{"w"}, "EXPRESSION", "show the value of an expression at each stop", (*debugWords).watch},
		{"unwatch", nil, "EXPRESSION", "show it no longer", (*debugWords).unwatch},
	}
	out := make([]meta, len(words))
	for i, w := range words {
		out[i] = meta{w.name, w.aliases, w.args, w.help, func(l *loop, ctx context.Context, rest string) error {
			if err := w.run(&l.debug, ctx, rest); err != nil {
				l.errorf("%v", err)
			}
			return nil
		}}
	}
	return out
}

// debugTimeout is for requests that the kernel answers at once.
const debugTimeout = 20 * time.Second

func (d *debugWords) stopped() bool { return d.current != nil }

// attach attaches to the session, unless that is done.
func (d *debugWords) attach(ctx context.Context) error {
	if d.client != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, debugTimeout)
	defer cancel()
	conn, err := d.loop.attach(ctx)
	if err != nil {
		return fmt.Errorf("debug the session: %w", err)
	}
	initialized := make(chan struct{}, 1)
	d.stops = make(chan stop, 16)
	stops := d.stops
	var over chan struct{} // of the last stop
	c := newDAPClient(conn, func(name string, body json.RawMessage) {
		switch name {
		case "initialized":
			initialized <- struct{}{}
		case "stopped":
			var b dap.StoppedEventBody
			if json.Unmarshal(body, &b) == nil {
				over = make(chan struct{})
				select {
				case stops <- stop{thread: b.ThreadId, reason: b.Reason, text: b.Text, over: over}:
				default: // there is one at a time, so there is room
				}
			}
		case "continued", "terminated", "closed":
			if over != nil {
				close(over)
				over = nil
			}
		}
	})
	err = c.call(ctx, "initialize", dap.InitializeRequestArguments{
		AdapterID: "llmspell", ClientID: "llmspell repl", LinesStartAt1: true, ColumnsStartAt1: true, PathFormat: "path",
	}, nil)
	var attached chan dapAnswer
	if err == nil {
		attached, err = c.send("attach", map[string]any{})
	}
	if err == nil {
		select {
		case <-initialized:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err == nil {
		err = c.call(ctx, "configurationDone", map[string]any{}, nil)
	}
	if err == nil {
		err = c.wait(ctx, "attach", attached, nil)
	}
	if err != nil {
		_ = conn.Close() // the first error says more
		return fmt.Errorf("debug the session: %w", err)
	}
	d.client = c
	return nil
}

// detach leaves the session; a script that is stopped runs on.
func (d *debugWords) detach() {
	if d.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), debugTimeout)
	defer cancel()
	_ = d.client.call(ctx, "disconnect", map[string]any{}, nil) // it is over in any case
	_ = d.client.conn.Close()
	d.client, d.current, d.points = nil, nil, nil
}

// begin and end enclose an execution.
func (d *debugWords) begin() { d.running = true }

func (d *debugWords) end() { d.running, d.current = false, nil }

// at serves the terminal while the script is stopped.
func (d *debugWords) at(ctx context.Context, s stop) error {
	l := d.loop
	if s.reason == "step" && d.stepped != l.count {
		// The step has led out of what was typed then. It was not meant for this.
		_ = d.call(ctx, "continue", dap.ContinueArguments{ThreadId: s.thread}, nil) // or it has ended
		return nil
	}
	var body dap.StackTraceResponseBody
	if err := d.call(ctx, "stackTrace", dap.StackTraceArguments{ThreadId: s.thread}, &body); err != nil {
		return nil // it has run on, or has ended
	}
	s.frames = body.StackFrames
	d.current, d.frame = &s, 0
	d.show(ctx)
	for d.current != nil && !l.quit {
		line, err := l.editor.ReadLine("debug> ", "")
		if err == errInterrupted {
			l.interrupt(ctx)
			d.current = nil
			return nil
		}
		if err != nil {
			l.interrupt(ctx)
			l.quit, d.current = true, nil
			return nil
		}
		select {
		case <-s.over:
			d.current = nil
			text := "the script is not stopped here any more: it was ended"
			if strings.TrimSpace(line) != "" {
				text += "; not done: " + line
			}
			l.errorf("%s", text)
			return nil
		default:
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		l.remember(ctx, line)
		if word, rest, ok := command(line); !ok {
			err = d.print(ctx, line)
		} else if slices.Contains([]string{"run", "load", "reset", "set", "unset"}, word) {
			err = fmt.Errorf(".%s: the script is stopped; .continue or Ctrl-C ends that", word)
		} else if err := l.command(ctx, word, rest); err != nil {
			return err
		}
		if err != nil {
			l.errorf("%v", err)
		}
	}
	if l.quit {
		l.interrupt(ctx)
	}
	return nil
}

func (d *debugWords) call(ctx context.Context, command string, args, into any) error {
	ctx, cancel := context.WithTimeout(ctx, debugTimeout)
	defer cancel()
	return d.client.call(ctx, command, args, into)
}

// show tells where the script is.
func (d *debugWords) show(ctx context.Context) {
	s := d.current
	if len(s.frames) == 0 {
		return
	}
	f := s.frames[d.frame]
	what := s.reason
	if s.text != "" {
		what += ": " + s.text
	}
	d.loop.printf("%s at %s:%d in %s\n", what, sourceName(f.Source), f.Line, f.Name)
	d.source(ctx, f)
	for _, w := range d.watches {
		if err := d.evaluate(ctx, w, "watch", w+" = "); err != nil {
			d.loop.printf("%s: %v\n", w, err)
		}
	}
}

func sourceName(s *dap.Source) string {
	if s == nil {
		return "?"
	}
	return s.Name
}

// source shows the lines around that of a frame.
func (d *debugWords) source(ctx context.Context, f dap.StackFrame) {
	if f.Source == nil || f.Line == 0 {
		return
	}
	var body dap.SourceResponseBody
	if d.call(ctx, "source", dap.SourceArguments{Source: f.Source, SourceReference: f.Source.SourceReference}, &body) != nil {
		data, err := os.ReadFile(f.Source.Path)
		if err != nil {
			return
		}
		body.Content = string(data)
	}
	lines := strings.Split(strings.TrimRight(body.Content, "\n"), "\n")
	for n := max(1, f.Line-2); n <= min(len(lines), f.Line+2); n++ {
		mark := "  "
		if n == f.Line {
			mark = "->"
		}
		d.loop.printf(" %s %4d  %s\n", mark, n, strings.TrimRight(lines[n-1], "\r"))
	}
}

// resume makes the command that sends a request which lets the script run on.
func resume(command string) func(*debugWords, context.Context, string) error {
	return func(d *debugWords, ctx context.Context, _ string) error {
		if d.current == nil {
			return fmt.Errorf("no script is stopped: set a breakpoint with .break, and .run a script")
		}
		d.stepped = d.loop.count
		err := d.call(ctx, command, map[string]any{"threadId": d.current.thread}, nil)
		if err == nil {
			d.current = nil
		}
		return err
	}
}

func (d *debugWords) pause(ctx context.Context, _ string) error {
	if err := d.attach(ctx); err != nil {
		return err
	}
	return d.call(ctx, "pause", map[string]any{"threadId": 1}, nil)
}

// addPoint sets a breakpoint: LINE, FILE:LINE or FUNCTION, and a condition.
func (d *debugWords) addPoint(ctx context.Context, rest string) error {
	where, condition, _ := strings.Cut(rest, " if ")
	where = strings.TrimSpace(where)
	p := point{number: d.last + 1, condition: strings.TrimSpace(condition), enabled: true}
	file, line, found := where, where, true
	if i := strings.LastIndexByte(where, ':'); i >= 0 {
		file, line = where[:i], where[i+1:]
	} else {
		file, found = d.loop.file, false
	}
	n, err := strconv.Atoi(line)
	switch {
	case where == "":
		return fmt.Errorf(".break needs a line, FILE:LINE, or the name of a function")
	case err != nil:
		p.function = where
	case n < 1:
		return fmt.Errorf(".break: lines count from 1")
	case !found && file == "":
		return fmt.Errorf(".break: no file has run yet: say FILE:%d", n)
	default:
		p.file, p.line = d.loop.path(file), n
	}
	if err := d.attach(ctx); err != nil {
		return err
	}
	d.points = append(d.points, p)
	said, err := d.sync(ctx, p)
	if err != nil {
		d.points = d.points[:len(d.points)-1]
		return err
	}
	d.last = p.number
	if said != "" {
		said = ": " + said
		if _, err := os.Stat(p.file); p.file != "" && os.IsNotExist(err) {
			said += "; there is no file " + p.file
		}
	}
	d.loop.printf("breakpoint %d at %s%s\n", p.number, p, said)
	return nil
}

// sync sends the breakpoints of p's kind and file, and returns what the kernel says
// of p.
func (d *debugWords) sync(ctx context.Context, p point) (string, error) {
	var lines []dap.SourceBreakpoint
	functions := []dap.FunctionBreakpoint{}
	at := -1
	for _, q := range d.points {
		if !q.enabled || q.file != p.file {
			continue
		}
		if q.number == p.number {
			at = max(len(lines), len(functions))
		}
		if q.file == "" {
			functions = append(functions, dap.FunctionBreakpoint{Name: q.function, Condition: q.condition})
		} else {
			lines = append(lines, dap.SourceBreakpoint{Line: q.line, Condition: q.condition})
		}
	}
	var body dap.SetBreakpointsResponseBody
	var err error
	if p.file == "" {
		err = d.call(ctx, "setFunctionBreakpoints", dap.SetFunctionBreakpointsArguments{Breakpoints: functions}, &body)
	} else {
		err = d.call(ctx, "setBreakpoints", dap.SetBreakpointsArguments{Source: dap.Source{Path: p.file}, Breakpoints: lines}, &body)
	}
	if err != nil || at < 0 || at >= len(body.Breakpoints) {
		return "", err
	}
	return body.Breakpoints[at].Message, nil
}

// find returns the index of the breakpoint whose number is given.
func (d *debugWords) find(text string) (int, error) {
	n, err := number(text, 1)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(d.points, func(p point) bool { return p.number == n })
	if i < 0 {
		return 0, fmt.Errorf("there is no breakpoint %d: see .list", n)
	}
	return i, nil
}

func (d *debugWords) deletePoint(ctx context.Context, rest string) error {
	i, err := d.find(rest)
	if err != nil {
		return err
	}
	p := d.points[i]
	d.points = slices.Delete(d.points, i, i+1)
	_, err = d.sync(ctx, p)
	return err
}

func (d *debugWords) enable(ctx context.Context, rest string) error {
	return d.setEnabled(ctx, rest, true)
}

func (d *debugWords) disable(ctx context.Context, rest string) error {
	return d.setEnabled(ctx, rest, false)
}

func (d *debugWords) setEnabled(ctx context.Context, rest string, enabled bool) error {
	i, err := d.find(rest)
	if err != nil {
		return err
	}
	d.points[i].enabled = enabled
	_, err = d.sync(ctx, d.points[i])
	return err
}

func (d *debugWords) list(context.Context, string) error {
	for _, p := range d.points {
		d.loop.printf("%d  %s\n", p.number, p)
	}
	for _, w := range d.watches {
		d.loop.printf("watch  %s\n", w)
	}
	if len(d.points)+len(d.watches) == 0 {
		d.loop.printf("(none)\n")
	}
	return nil
}
