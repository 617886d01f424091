package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Patience is how long a process may live. It only ends what hangs.
const Patience = 2 * time.Hour

// Program is a running program whose stdin and stdout are pipes.
type Program struct {
	In  io.WriteCloser
	Out io.Reader

	cmd    *exec.Cmd
	cancel context.CancelFunc
	mu     sync.Mutex
	stderr strings.Builder
}

// Start starts a program. Its environment is ours if env is nil.
func Start(ctx context.Context, env []string, name string, args ...string) (*Program, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	p := &Program{cmd: exec.CommandContext(ctx, name, args...), cancel: cancel}
	p.cmd.Env, p.cmd.Stderr = env, (*complaints)(p)
	p.cmd.WaitDelay = time.Second
	var err error
	if p.In, err = p.cmd.StdinPipe(); err == nil {
		if p.Out, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// PID is the process's number.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// End closes the program's stdin, and waits until it ends.
func (p *Program) End() error {
	p.In.Close()
	err := p.cmd.Wait()
	p.cancel()
	if err != nil {
		return p.told(err)
	}
	return nil
}

// Kill ends the program.
func (p *Program) Kill() {
	p.cancel()
	_ = p.cmd.Wait() // it says that it was killed
}

// Interrupt asks the program to end, and waits until it has.
func (p *Program) Interrupt() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.Kill()
		return err
	}
	err := p.cmd.Wait()
	p.cancel()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // that is how it ends
	}
	return err
}

// told adds what the program said of its failure.
func (p *Program) told(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("%s: %w\n%s", strings.Join(p.cmd.Args, " "), err, strings.TrimSpace(p.stderr.String()))
}

// complaints keep the beginning of what a program says on stderr.
type complaints Program

func (c *complaints) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const most = 4096
	c.stderr.Write(b[:min(len(b), max(0, most-c.stderr.Len()))])
	return len(b), nil
}
