package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
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
	// A kernel that the language server follows, by LLMSPELL_KERNEL too, would run the file that is saved.
	cmd := exec.CommandContext(ctx, self, append([]string{"run", "--connect=", "--source-on-stdin", s.Path, "--"}, s.Args...)...)
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

// parentInterval is how often a script of an editor looks for the process that runs it.
const parentInterval = time.Second

// whileParentLives returns a context that is done when the process that has started this one is
// gone: a language server that is killed cannot stop its scripts. release must be called. Systems
// that do not tell of the end of a parent leave the script alone.
func whileParentLives(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	parent := os.Getppid()
	watching.Go(func() {
		ticker := time.NewTicker(parentInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if os.Getppid() != parent {
					cancel()
				}
			}
		}
	})
	return ctx, func() {
		cancel()
		watching.Wait()
	}
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
