package repl

import (
	"context"
	"errors"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
)

// outcome is how an execution has ended.
type outcome struct {
	result *rpc.RunResult
	err    error
}

// execute runs something in the session, and shows stops of the debugger
// meanwhile. typed is what it was made of, for .save. Its error ends the loop.
func (l *loop) execute(ctx context.Context, p rpc.RunParams, typed input) error {
	p.Session = l.session
	l.count++
	ended := make(chan outcome, 1)
	l.debug.begin()
	if l.opts.Interactive { // else one that comes now ends this too
		drain(l.signals)
	}
	running, done := context.WithCancel(ctx)
	defer done()
	go func() {
		stdin := l.editor.Input(running, func() { l.interrupt(running) })
		r, err := l.client.Run(ctx, p, rpc.RunHandlers{Output: l.output, Stdin: stdin})
		ended <- outcome{r, err}
	}()
	for {
		select {
		case o := <-ended:
			l.debug.end()
			return l.show(o, typed)
		case s := <-l.debug.stops:
			if err := l.debug.at(ctx, s); err != nil {
				return err
			}
		case <-l.signals:
			l.interrupt(ctx)
		}
	}
}

// interrupt ends what runs in the session.
func (l *loop) interrupt(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := l.client.Interrupt(ctx, rpc.InterruptParams{Session: l.session}); err != nil {
		l.errorf("%v", err)
	}
}

func drain[T any](c <-chan T) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// output writes what a script prints.
func (l *loop) output(stream string, data []byte) {
	w := l.opts.Stdout
	if stream == "stderr" {
		w = l.opts.Stderr
	}
	_, _ = w.Write(data) // a terminal that is gone ends the loop when it is read
}

// show shows the results or the error of an execution.
func (l *loop) show(o outcome, typed input) error {
	if o.err != nil {
		var e *rpc.Error
		if errors.As(o.err, &e) { // the request was refused: the next may not be
			l.errorf("%v", o.err)
			return nil
		}
		return o.err
	}
	switch e := o.result.Error; {
	case e == nil:
		if typed.text != "" {
			l.typed = append(l.typed, typed)
		}
		for _, text := range o.result.Texts {
			l.printf("%s\n", text)
		}
	case e.Interrupted:
		l.errorf("interrupted")
	case e.Kind == "exit":
		l.errorf("the script ended with exit code %d", e.ExitCode)
	default:
		l.errorf("%s", l.paint(red, string(e.Message)))
		if e.Traceback != "" && l.opts.Interactive {
			l.errorf("%s", string(e.Traceback))
		}
	}
	if l.perf {
		l.printf("(%.3f ms)\n", o.result.DurationMS)
	}
	return nil
}

// Colours of a terminal.
const (
	red   = "31"
	green = "32"
	grey  = "90"
)

func (l *loop) paint(color, text string) string {
	if !l.opts.Color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
