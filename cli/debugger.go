package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/internal/ctxread"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
)

// debugger is the terminal debugger: it runs a script under the engine and
// shows each stop.
type debugger struct {
	app         *app
	session     *kernel.Session
	engine      *debug.Engine
	out         *output
	batch       bool
	specs       []breakSpec
	watches     []string // expressions, shown at each stop
	breakpoints []debug.Breakpoint
	stops       chan debug.Stop
	ended       chan error
	quit        bool
	frame       int // index of the frame that commands look at

	mu  sync.Mutex
	hit map[int]bool
}

func (d *debugger) run(ctx context.Context, script string, args []string, specs []breakSpec, entry bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.specs, d.hit = specs, map[int]bool{}
	var err error
	if d.engine, err = debug.Attach(d.session.State(), d, debug.Options{StopOnEntry: entry}); err != nil {
		return err
	}
	d.engine.SetExceptionFilters(debug.ExceptionFilter{Uncaught: true})
	d.setBreakpoints()
	for i, b := range d.breakpoints {
		if !b.Verified {
			fmt.Fprintf(d.app.stderr, "breakpoint %s:%d: %s\n", filepath.Base(specs[i].path), specs[i].Line, b.Message)
		}
	}
	d.execute(ctx, script, args)
	in := bufio.NewScanner(ctxread.New(ctx, d.app.stdin))
	for {
		select {
		case err := <-d.ended:
			d.engine.Detach()
			return errors.Join(d.result(err), d.out.Flush())
		case s := <-d.stops:
			d.frame = 0
			if err := d.out.Flush(); err != nil {
				return err
			}
			d.show(s)
			d.watch(ctx, s.Thread)
			if d.batch {
				err = d.engine.Continue()
			} else {
				err = d.prompt(in, cancel)
			}
			if err != nil {
				return err
			}
		}
	}
}

// result is the end of a debug session: a breakpoint that --batch never
// reached is a failure.
func (d *debugger) result(err error) error {
	if d.quit {
		return nil
	}
	if err != nil || !d.batch {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	missed := false
	for _, b := range d.breakpoints {
		if !d.hit[b.ID] {
			missed = true
			fmt.Fprintf(d.app.stderr, "breakpoint %s:%d was never reached\n", b.Source.Name, b.Line)
		}
	}
	if missed {
		return exitError{exitDebug}
	}
	return nil
}

// --- debug.Handler; these run on the goroutine that runs Lua ---

// Stopped hands the stop to the terminal's goroutine.
func (d *debugger) Stopped(s debug.Stop) {
	d.mu.Lock()
	for _, id := range s.Breakpoints {
		d.hit[id] = true
	}
	d.mu.Unlock()
	go func() { d.stops <- s }() // the engine serves requests once this returns
}

// StopEnded is of no interest on a terminal: the script ends, and so does the debugger.
func (d *debugger) StopEnded() {}

// ThreadStarted is of no interest on a terminal.
func (d *debugger) ThreadStarted(debug.Thread) {}

// ThreadExited is of no interest on a terminal.
func (d *debugger) ThreadExited(debug.Thread) {}

// SourceLoaded is of no interest on a terminal.
func (d *debugger) SourceLoaded(debug.Source) {}

// ModuleLoaded is of no interest on a terminal.
func (d *debugger) ModuleLoaded(debug.Module, bool) {}

// BreakpointChanged is of no interest on a terminal: lines are shown at stops.
func (d *debugger) BreakpointChanged(debug.Breakpoint) {}

// LogPoint prints what is wrong with a condition.
func (d *debugger) LogPoint(text string, src debug.Source, line int) {
	fmt.Fprintf(d.out, "%s:%d: %s\n", src.Name, line, text)
}

// --- what is shown ---

func (d *debugger) printf(format string, args ...any) { fmt.Fprintf(d.app.stdout, format, args...) }

func (d *debugger) show(s debug.Stop) {
	what := map[debug.StopReason]string{
		debug.ReasonBreakpoint: "Breakpoint", debug.ReasonStep: "Step", debug.ReasonEntry: "Entry",
		debug.ReasonPause: "Paused", debug.ReasonException: "Error",
	}[s.Reason]
	d.printf("%s at %s:%d", what, s.Source.Name, s.Line)
	if s.Text != "" {
		d.printf(": %s", s.Text)
	}
	d.printf("\n\n")
	d.list(s.Source, s.Line)
	if d.batch {
		d.printf("\nStack:\n")
		d.stack(s.Thread)
		d.printf("\nLocals:\n")
		d.locals(s.Thread)
		d.printf("\n")
	}
}

// watch shows the values of the expressions of --watch.
func (d *debugger) watch(ctx context.Context, thread int) {
	if len(d.watches) == 0 {
		return
	}
	d.printf("\nWatches:\n")
	defer d.printf("\n")
	f, err := d.currentFrame(thread)
	if err != nil {
		d.printf("    %v\n", err)
		return
	}
	for _, w := range d.watches {
		v, err := d.engine.Evaluate(ctx, f.ID, w, debug.EvalWatch)
		if err != nil {
			v.Value = "(" + err.Error() + ")"
		}
		d.printf("    %s = %s\n", w, v.Value)
	}
}

// around is how many source lines are shown on each side.
const around = 4

func (d *debugger) list(src debug.Source, line int) {
	text, err := d.sourceText(src)
	if err != nil {
		d.printf("  (%v)\n", err)
		return
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for n := max(1, line-around); n <= min(len(lines), line+around); n++ {
		mark := "  "
		if n == line {
			mark = "->"
		}
		d.printf(" %s %4d  %s\n", mark, n, strings.TrimRight(lines[n-1], "\r"))
	}
}

func (d *debugger) sourceText(src debug.Source) (string, error) {
	if src.Path == "" {
		return d.engine.SourceText(src.Reference)
	}
	data, err := os.ReadFile(src.Path)
	return string(data), err
}

func (d *debugger) stack(thread int) {
	frames, _, err := d.engine.StackTrace(thread, 0, 0)
	if err != nil {
		d.printf("  %v\n", err)
		return
	}
	for i, f := range frames {
		mark := " "
		if i == d.frame {
			mark = "*"
		}
		where := ""
		if f.Line > 0 {
			where = fmt.Sprintf("  at %s:%d", f.Source.Name, f.Line)
		}
		d.printf(" %s #%d %s%s\n", mark, i, f.Name, where)
	}
}

// scope prints the variables of a scope of the current frame.
func (d *debugger) scope(thread int, kind debug.ScopeKind) {
	f, err := d.currentFrame(thread)
	if err != nil {
		d.printf("  %v\n", err)
		return
	}
	scopes, err := d.engine.Scopes(f.ID)
	if err != nil {
		d.printf("  %v\n", err)
		return
	}
	for _, s := range scopes {
		if s.Kind != kind {
			continue
		}
		vars, err := d.engine.Variables(s.Ref, debug.FilterAll, 0, 0)
		if err != nil {
			d.printf("  %v\n", err)
			return
		}
		for _, v := range vars {
			d.printf("    %s = %s\n", v.Name, v.Value)
		}
		if len(vars) == 0 {
			d.printf("    (none)\n")
		}
	}
}

func (d *debugger) locals(thread int) { d.scope(thread, debug.ScopeLocals) }

func (d *debugger) currentFrame(thread int) (debug.Frame, error) {
	frames, total, err := d.engine.StackTrace(thread, d.frame, 1)
	if err != nil {
		return debug.Frame{}, err
	}
	if len(frames) == 0 {
		return debug.Frame{}, fmt.Errorf("no frame %d: there are %d", d.frame, total)
	}
	return frames[0], nil
}
