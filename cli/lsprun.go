package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/llmspell/llmspell/lsp"
)

// stopPatience is how long a script has to end that an editor stops.
const stopPatience = 3 * time.Second

// maxSource is how large a script's text may be that comes on stdin, in bytes.
const maxSource = 64 << 20

// runForEditor runs a script in a process of its own, as llmspell run does with its
// defaults: it has its own memory, limits and sandbox, and the language server outlives
// whatever it does.
func runForEditor(ctx context.Context, s lsp.Script) (exitCode int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"run", "--source-on-stdin", s.Path, "--"}, s.Args...)...)
	cmd.Stdin = strings.NewReader(s.Text)
	out := &outputTo{s.Output} // one pipe for both streams, as on a terminal: what is printed stays in order
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = stopPatience
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil { // systems that have no interrupts
			return cmd.Process.Kill()
		}
		return nil
	}
	err = cmd.Run()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// outputTo is a writer that hands on what is written. It is used by its address: os/exec
// gives one pipe to two streams only where it can compare their writers.
type outputTo struct{ take func(text string) }

func (o *outputTo) Write(p []byte) (int, error) {
	o.take(string(p))
	return len(p), nil
}

// sourceOf reads the text of a script that comes on stdin.
func sourceOf(r io.Reader) (*string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSource+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSource {
		return nil, usagef("--source-on-stdin: the script has more than %d bytes", maxSource)
	}
	text := string(data)
	return &text, nil
}
