package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/archive"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// Options of a loop.
type Options struct {
	// Dial connects to the kernel. It is called once for the loop, and once for each
	// debug session.
	Dial func(context.Context) (*rpc.Client, error)
	// Session is the session to work in; its ID may be that of one that exists in the
	// kernel. Else one is made that ends with the loop.
	Session rpc.SessionParams
	// Record finds the session on disk in which a session that is made works: its
	// variables are there, and what happens is journaled. Nil: none.
	Record func(context.Context, *rpc.Client) (*archive.Session, error)
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Interactive edits lines, prompts and shows results in colour where it can.
	// Stdin and Stdout must be terminals then.
	Interactive bool
	Color       bool
	History     *History // nil: none is kept
	Version     string   // for the greeting
}

// ErrFailed is what Run returns when the input was no terminal, and something in it
// failed.
var ErrFailed = errors.New("something that was typed has failed")

// maxInput is how long a statement may be, in bytes.
const maxInput = 10 << 20

// loop is a running REPL.
type loop struct {
	opts    Options
	client  *rpc.Client
	session string
	owned   bool // the session ends with the loop
	dir     string
	editor  editor
	typed   []input // what was executed without an error, for .save
	count   int
	perf    bool
	failed  bool
	quit    bool
	file    string // that .run or .load has run last, absolute
	debug   debugWords
	signals chan os.Signal
}

// Run reads until the end of the input or .exit. Its error is ErrFailed, or says
// why the kernel could not be used. When ctx is done the loop ends; so it does by an interrupt where
// the input is no terminal, with context.Canceled.
func Run(ctx context.Context, o Options) error {
	client, err := o.Dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // whatever it says, the loop has ended
	l := &loop{opts: o, client: client, signals: make(chan os.Signal, 1)}
	if l.dir = o.Session.Cwd; l.dir == "" {
		if l.dir, err = os.Getwd(); err != nil {
			return fmt.Errorf("the working folder is not known: %w", err)
		}
	}
	if err := l.open(ctx); err != nil {
		return err
	}
	l.debug.loop = l
	defer l.debug.detach()
	signal.Notify(l.signals, os.Interrupt)
	defer signal.Stop(l.signals)
	input := ctx
	if !o.Interactive { // nobody will type something else: an interrupt ends it, and what runs
		var stop context.CancelFunc
		input, stop = signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
	}
	if l.editor, err = newEditor(input, l); err != nil {
		return err
	}
	defer l.editor.Close()
	l.greet()
	for !l.quit && input.Err() == nil {
		if err := l.step(ctx); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
	}
	if l.owned {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = client.CloseSession(closing, l.session) // it ends with the connection at the latest
	}
	if err := input.Err(); err != nil {
		return err
	}
	if l.failed && !o.Interactive {
		return ErrFailed
	}
	return nil
}

// open finds the session, or makes it.
func (l *loop) open(ctx context.Context) error {
	p := l.opts.Session
	if p.ID != "" {
		if s, err := l.client.Session(ctx, p.ID); err == nil && !s.Ephemeral {
			l.session, l.dir = s.ID, s.Cwd
			return nil
		}
		p.ID = "" // may be a name, which ids are not
	}
	if l.opts.Record != nil {
		r, err := l.opts.Record(ctx, l.client)
		if err != nil {
			return err
		}
		p.Record, p.Name = r.ID, r.Name
	}
	p.Ephemeral = true
	s, err := l.client.CreateSession(ctx, p)
	if err != nil {
		return err
	}
	l.session, l.owned = s.ID, true
	return nil
}

func (l *loop) greet() {
	if l.opts.Interactive {
		l.printf("llmspell %s, Lua 5.1. Type .help for commands, .exit or Ctrl-D to leave.\n", l.opts.Version)
	}
}

func (l *loop) printf(format string, args ...any) { fmt.Fprintf(l.opts.Stdout, format, args...) }

// errorf reports what went wrong.
func (l *loop) errorf(format string, args ...any) {
	l.failed = true
	fmt.Fprintf(l.opts.Stderr, format+"\n", args...)
}

// step reads a command or statement and carries it out. Its error ends the loop.
func (l *loop) step(ctx context.Context) error {
	text, err := l.read()
	switch {
	case errors.Is(err, errInterrupted):
		return nil
	case err != nil:
		return err
	case strings.TrimSpace(text) == "":
		return nil
	}
	l.remember(ctx, text)
	if word, rest, ok := command(text); ok {
		return l.command(ctx, word, rest)
	}
	return l.execute(ctx, rpc.RunParams{Code: rpc.Text(text), Name: fmt.Sprintf("=(repl %d)", l.count+1), Pretty: true}, input{text: text})
}

// remember adds an input to the history. One that begins with a space is not kept.
func (l *loop) remember(ctx context.Context, text string) {
	if !l.opts.Interactive || strings.HasPrefix(text, " ") {
		return
	}
	l.editor.Remember(text)
	if h := l.opts.History; h != nil {
		if err := h.Add(ctx, l.dir, text); err != nil {
			l.opts.History = nil
			fmt.Fprintf(l.opts.Stderr, "the history is no longer kept: %v\n", err)
		}
	}
}

// read reads lines until they are a whole statement, or one command.
func (l *loop) read() (string, error) {
	text, indent := "", ""
	for {
		prompt := l.prompt()
		if text != "" {
			prompt = strings.Repeat(" ", len(prompt)-len("> ")) + ".. "
		}
		line, err := l.editor.ReadLine(prompt, indent)
		switch {
		case errors.Is(err, io.EOF) && text != "":
			l.errorf("the input ends in the middle of a statement: %s", strings.TrimSpace(text))
			return "", err
		case err != nil:
			return "", err
		case text != "":
			text += "\n" + line
		default:
			if _, _, ok := command(line); ok {
				return line, nil
			}
			text = line
			if rest, shown := strings.CutPrefix(line, "="); shown { // as Lua's own interpreter takes it
				text = "return " + rest
			}
		}
		if len(text) > maxInput {
			l.errorf("the statement is longer than %d MB: put it into a file, and .run that", maxInput>>20)
			return "", nil
		}
		state := kernel.IsComplete(text)
		if state.Status != kernel.CodeIncomplete {
			return text, nil
		}
		indent = state.Indent
	}
}

func (l *loop) prompt() string {
	if l.debug.stopped() {
		return "debug> "
	}
	return "> "
}

// attach opens a connection that carries the Debug Adapter Protocol.
func (l *loop) attach(ctx context.Context) (net.Conn, error) {
	client, err := l.opts.Dial(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := client.Attach(ctx, l.session)
	if err != nil {
		_ = client.Close() // the first error says more
		return nil, err
	}
	return conn, nil
}
