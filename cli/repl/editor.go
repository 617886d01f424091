package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/chzyer/readline"

	"github.com/llmspell/llmspell/internal/ctxread"
)

// errInterrupted means that Ctrl-C has dropped the input.
var errInterrupted = errors.New("interrupted")

// editor reads lines.
type editor interface {
	// ReadLine returns a line without its end; what a terminal edits begins with
	// indent. Errors are io.EOF, errInterrupted, context.Canceled if
	// the loop is to end, or what is wrong with the input.
	ReadLine(prompt, indent string) (string, error)
	// Remember adds an input to what the arrow keys bring back.
	Remember(text string)
	// Input is what a script reads, until ctx is done: it has ended. interrupted is
	// called when somebody presses Ctrl-C instead.
	Input(ctx context.Context, interrupted func()) io.Reader
	Close() error
}

func newEditor(ctx context.Context, l *loop) (editor, error) {
	if !l.opts.Interactive {
		return &plainEditor{in: bufio.NewReaderSize(ctxread.New(ctx, l.opts.Stdin), 64<<10)}, nil
	}
	var past []string
	if h := l.opts.History; h != nil {
		var err error
		if past, err = h.Latest(maxRecalled); err != nil {
			fmt.Fprintf(l.opts.Stderr, "the history cannot be read: %v\n", err)
		}
	}
	stdin, ok := l.opts.Stdin.(*os.File)
	if !ok {
		return nil, errors.New("use the terminal: stdin is no file")
	}
	raw := &rawMode{fd: int(stdin.Fd())}
	rl, err := readline.NewEx(&readline.Config{
		Stdin: stdin, Stdout: l.opts.Stdout, Stderr: l.opts.Stderr,
		AutoComplete: completer{l}, HistoryLimit: maxRecalled, DisableAutoSaveHistory: true, HistorySearchFold: true,
		InterruptPrompt: "^C", EOFPrompt: "\n", FuncMakeRaw: raw.enter, FuncExitRaw: raw.exit,
	})
	if err != nil {
		return nil, fmt.Errorf("use the terminal: %w", err)
	}
	e := &terminalEditor{rl: rl, raw: raw, signals: l.signals, done: ctx.Done()}
	for _, text := range past {
		e.Remember(text)
	}
	return e, nil
}

// plainEditor reads lines of a file or pipe.
type plainEditor struct{ in *bufio.Reader }

func (e *plainEditor) ReadLine(string, string) (string, error) {
	var line []byte
	for {
		part, err := e.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxInput:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return "", fmt.Errorf("a line of the input is longer than %d MB", maxInput>>20)
		case err != nil && len(line) == 0:
			return "", err
		}
		return trimEnd(string(line)), nil
	}
}

func trimEnd(line string) string {
	for _, end := range []string{"\n", "\r"} {
		if n := len(line); n > 0 && line[n-1:] == end {
			line = line[:n-1]
		}
	}
	return line
}

func (e *plainEditor) Remember(string) {}
func (e *plainEditor) Close() error    { return nil }

func (e *plainEditor) Input(context.Context, func()) io.Reader { return lines{e.in} }

// lines gives a script one line at a time: what follows is for the loop.
type lines struct{ in *bufio.Reader }

func (l lines) Read(p []byte) (int, error) {
	for i := range p {
		c, err := l.in.ReadByte()
		if err != nil {
			if i > 0 {
				err = nil
			}
			return i, err
		}
		if p[i] = c; c == '\n' {
			return i + 1, nil
		}
	}
	return len(p), nil
}

// terminalEditor edits lines on a terminal, also those that scripts read.
type terminalEditor struct {
	rl      *readline.Instance
	raw     *rawMode
	signals <-chan os.Signal
	done    <-chan struct{} // the loop is to end

	mu sync.Mutex
	// asked is where a line will come that nobody has taken, because the script that
	// asked for it has ended.
	asked chan lineRead
}

// rawMode is how the terminal is while a line is edited: keys come as they are.
// Entering it again does nothing.
type rawMode struct {
	fd int

	mu     sync.Mutex
	before *readline.State // nil: the mode is off
}

func (r *rawMode) enter() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before != nil {
		return nil
	}
	var err error
	r.before, err = readline.MakeRaw(r.fd)
	return err
}

func (r *rawMode) exit() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.before == nil {
		return nil
	}
	before := r.before
	r.before = nil
	return readline.Restore(r.fd, before)
}

type lineRead struct {
	text string
	err  error
}

// ask begins to read a line, unless that goes on.
func (e *terminalEditor) ask(prompt, indent string) chan lineRead {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked != nil {
		e.rl.SetPrompt(prompt)
		return e.asked
	}
	if err := e.raw.enter(); err != nil {
		ch := make(chan lineRead, 1)
		ch <- lineRead{err: fmt.Errorf("use the terminal: %w", err)}
		return ch
	}
	e.rl.SetPrompt(prompt) // shows it: what is typed from now on is ours
	ch := make(chan lineRead, 1)
	e.asked = ch
	go func() {
		text, err := e.rl.ReadlineWithDefault(indent)
		ch <- lineRead{text, err}
	}()
	return ch
}

func (e *terminalEditor) taken() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = nil
}

func (e *terminalEditor) ReadLine(prompt, indent string) (string, error) {
	select {
	case r := <-e.ask(prompt, indent):
		e.taken()
		if errors.Is(r.err, readline.ErrInterrupt) {
			return "", errInterrupted
		}
		return r.text, r.err
	case <-e.signals: // Ctrl-C before the terminal gave it to us as a key
		return "", errInterrupted
	case <-e.done:
		return "", context.Canceled
	}
}

func (e *terminalEditor) Remember(text string) { _ = e.rl.SaveHistory(text) } // in memory: cannot fail

func (e *terminalEditor) Close() error { return e.rl.Close() }

func (e *terminalEditor) Input(ctx context.Context, interrupted func()) io.Reader {
	return &typedInput{e: e, ctx: ctx, interrupted: interrupted}
}

// typedInput is what a script reads from the terminal.
type typedInput struct {
	e           *terminalEditor
	ctx         context.Context
	interrupted func()
	rest        string
}

func (t *typedInput) Read(p []byte) (int, error) {
	if t.rest == "" {
		select {
		case r := <-t.e.ask("", ""):
			t.e.taken()
			if errors.Is(r.err, readline.ErrInterrupt) {
				t.interrupted()
				return 0, io.EOF
			}
			if r.err != nil {
				return 0, r.err
			}
			t.rest = r.text + "\n"
		case <-t.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}
