//go:build unix

package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"
	"time"
)

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// newMark makes a variable by which the processes of one Run are known again.
func newMark() string { return "LLMSPELL_RUN=" + rand.Text() }

// runPlain runs the program without a supervisor, in a session of its own,
// which is killed at the end. The limits of memory, CPU time, processes and
// files are not kept.
func (j *job) runPlain(ctx context.Context) (*Exit, error) {
	io3, err := newStreams(j.stdin, j.limits.Output)
	if err != nil {
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	mark := newMark()
	cmd := &exec.Cmd{Path: j.path, Args: j.args, Env: append(j.env, mark), Dir: folderPath(j.dir),
		Stdin: io3.child[0], Stdout: io3.child[1], Stderr: io3.child[2], SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	start := time.Now()
	err = cmd.Start()
	io3.start()
	defer io3.finish()
	if err != nil {
		return nil, explainStart(j.path, err)
	}
	kill := func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		killMarked(mark)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	wall := time.NewTimer(j.limits.Wall)
	defer wall.Stop()
	e := &Exit{Path: j.path, Reason: ByItself}
	select {
	case <-exited:
	case <-ctx.Done():
		kill()
		<-exited
		return nil, ctx.Err()
	case <-wall.C:
		e.Reason = ByWallLimit
		kill()
		<-exited
	}
	kill()
	e.Duration = time.Since(start)
	io3.finish()
	io3.into(e)
	state := cmd.ProcessState
	e.CPU = state.SystemTime() + state.UserTime()
	if status, ok := state.Sys().(syscall.WaitStatus); ok {
		if e.Reason == ByItself && status.Signaled() {
			e.Reason = BySignal
		}
		e.setStatus(status)
	}
	return e, nil
}

func (e *Exit) setStatus(status syscall.WaitStatus) {
	e.Code = status.ExitStatus() // -1 for a signal
	if status.Signaled() {
		e.Signal = status.Signal().String()
	}
}

// explainStart says what is wrong with a program that cannot be started.
func explainStart(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s is neither a program for this machine nor a script that begins with #! and its interpreter: %w", path, syscall.ENOEXEC)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s cannot be started: the interpreter or loader that it names does not exist: %w", path, fs.ErrNotExist)
	case errors.Is(err, syscall.E2BIG):
		return fmt.Errorf("%s cannot be started: its arguments and environment are too long: %w", path, syscall.E2BIG)
	}
	return fmt.Errorf("%s cannot be started: %w", path, err)
}
