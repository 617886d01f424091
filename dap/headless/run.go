package headless

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime/debug"
)

// Result is the outcome of a run.
type Result struct {
	ExitCode int
	Failures []string // what was expected and not met
	Err      error    // what ended the script, or failed besides
}

// run is one execution of the script. It is the engine's Handler; the methods
// of that interface run on the goroutine that runs Lua, all others on Run's.
type run struct {
	debug.NopHandler
	task
	opts    Options
	session *kernel.Session
	engine  *debug.Engine
	files   files
	stops   chan debug.Stop
	ended   chan error

	n      int  // stops so far
	cutOff bool // --max-stops is reached
	script steps

	say      sync.Mutex // for reporter
	reporter reporter

	mu     sync.Mutex
	owners map[int]*point // by id of the engine's breakpoints
}

// Run runs the script to its end and reports. A *UsageError says that nothing
// has run.
func Run(ctx context.Context, opts Options) (Result, error) {
	t, err := opts.check()
	if err != nil {
		return Result{}, err
	}
	r := &run{
		task: t, opts: opts, files: newFiles(), stops: make(chan debug.Stop, 1), ended: make(chan error, 1),
		owners: map[int]*point{}, script: steps{all: t.steps},
	}
	var out io.Writer
	r.reporter, out = newReporter(opts)
	r.session, err = opts.NewSession(kernel.Config{Stdout: out, Stderr: opts.Stderr, Stdin: opts.Stdin})
	if err != nil {
		return Result{}, errors.Join(err, t.measures.close())
	}
	st := r.session.State()
	r.engine, err = debug.Attach(st, r, debug.Options{Coverage: t.measures.Coverage, StopOnEntry: r.script.stopOnEntry()})
	if err != nil {
		return Result{}, errors.Join(err, r.session.Close(), t.measures.close())
	}
	r.install()
	r.configure(ctx)
	r.measures.Start(st)
	began := time.Now()
	err = r.execute(ctx)
	r.countLogs()
	r.engine.Detach()
	after := errors.Join(r.measures.End(), r.session.Close())
	return r.finish(err, after, time.Since(began)), nil
}

func newReporter(opts Options) (reporter, io.Writer) {
	switch opts.Output {
	case "json":
		c := &capture{limit: outputLimit}
		return newJSONReporter(opts.Stdout, c), c
	case "junit":
		c := &capture{limit: junitLimit}
		return &junitReporter{w: opts.Stdout, output: c}, c
	}
	w := &lineWriter{w: opts.Stdout}
	return &textReporter{w}, w
}

// execute runs the script on a goroutine of its own, and serves its stops.
func (r *run) execute(ctx context.Context) error {
	go func() {
		_, err := r.session.RunFile(ctx, r.opts.Script, r.opts.Args)
		r.ended <- err
	}()
	for {
		select {
		case err := <-r.ended:
			return err
		case s := <-r.stops:
			r.atStop(ctx, s)
		}
	}
}

// atStop reports a stop, carries out the steps that are for it, and resumes.
func (r *run) atStop(ctx context.Context, s debug.Stop) {
	r.n++
	at := r.look(ctx, s)
	r.tell(func(p reporter) { p.stop(at.report) })
	resume := r.engine.Continue
	if r.opts.MaxStops > 0 && r.n >= r.opts.MaxStops {
		r.cutOff = true
		r.countLogs()
		r.install()
	} else {
		resume = r.doSteps(ctx, at)
	}
	r.measures.Running()
	err := resume()
	if err == nil || errors.Is(err, debug.ErrNotStopped) || errors.Is(err, debug.ErrEnded) {
		return // without a stop the execution was ended meanwhile
	}
	_ = r.engine.Continue() // the thread of a step is gone: it fails only for the reasons above
}

func (r *run) tell(fn func(reporter)) {
	r.say.Lock()
	defer r.say.Unlock()
	fn(r.reporter)
}

// Stopped implements debug.Handler.
func (r *run) Stopped(s debug.Stop) {
	r.measures.Stopped()
	r.stops <- s // has room: there is no stop before the last was resumed
}

// BreakpointChanged implements debug.Handler.
func (r *run) BreakpointChanged(b debug.Breakpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.owners[b.ID]; p != nil {
		p.answered(b)
	}
}

// LogPoint implements debug.Handler.
func (r *run) LogPoint(text string, src debug.Source, line int) {
	r.tell(func(p reporter) { p.log(Log{Type: "log", File: r.files.name(src), Line: line, Text: text}) })
}
