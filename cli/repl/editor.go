package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/chzyer/readline"
)

// errInterrupted means that Ctrl-C has dropped the input.
var errInterrupted = errors.New("interrupted")

// editor reads lines.
type editor interface {
	// ReadLine returns a line without its end; what a terminal edits begins with
	// indent. Errors are io.EOF, errInterrupted, or
	// what is wrong with the input.
	ReadLine(prompt, indent string) (string, error)
	// Remember adds an input to what the arrow keys bring back.
	Remember(text string)
	// Input is what scripts read.
	Input() io.Reader
	Close() error
}

func newEditor(l *loop) (editor, error) {
	if !l.opts.Interactive {
		return &plainEditor{in: bufio.NewReaderSize(l.opts.Stdin, 64<<10)}, nil
	}
	var past []string
	if h := l.opts.History; h != nil {
		var err error
		if past, err = h.Latest(maxRecalled); err != nil {
			fmt.Fprintf(l.opts.Stderr, "the history cannot be read: %v\n", err)
		}
	}
	stdin, ok := l.opts.Stdin.(io.ReadCloser)
	if !ok {
		stdin = io.NopCloser(l.opts.Stdin)
	}
	rl, err := readline.NewEx(&readline.Config{
		Stdin: stdin, Stdout: l.opts.Stdout, Stderr: l.opts.Stderr,
		AutoComplete: completer{l}, HistoryLimit: maxRecalled, DisableAutoSaveHistory: true, HistorySearchFold: true,
		InterruptPrompt: "^C", EOFPrompt: "\n",
	})
	if err != nil {
		return nil, fmt.Errorf("use the terminal: %w", err)
	}
	e := &terminalEditor{rl: rl, raw: l.opts.Stdin}
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

func (e *plainEditor) Remember(string)  {}
func (e *plainEditor) Input() io.Reader { return e.in }
func (e *plainEditor) Close() error     { return nil }

// terminalEditor edits lines on a terminal.
type terminalEditor struct {
	rl  *readline.Instance
	raw io.Reader
}

func (e *terminalEditor) ReadLine(prompt, indent string) (string, error) {
	e.rl.SetPrompt(prompt)
	line, err := e.rl.ReadlineWithDefault(indent)
	if errors.Is(err, readline.ErrInterrupt) {
		err = errInterrupted
	}
	return line, err
}

func (e *terminalEditor) Remember(text string) { _ = e.rl.SaveHistory(text) } // in memory: cannot fail

func (e *terminalEditor) Input() io.Reader { return e.raw }
func (e *terminalEditor) Close() error     { return e.rl.Close() }
