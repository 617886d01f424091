package sandbox

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

const (
	openDirectory = 0
	defaultPath   = `C:\Windows\System32;C:\Windows`
)

// Main does nothing here: there are supervisors on Linux only.
func Main() {}

// run runs the program, and kills it, but not what it has started, at its end
// of time. Of the limits only those of time and output are kept.
func (j *job) run(ctx context.Context) (*Exit, error) {
	io3, err := newStreams(j.stdin, j.limits.Output)
	if err != nil {
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	cmd := &exec.Cmd{Path: j.path, Args: j.args, Env: j.env, Dir: j.dir.Name(),
		Stdin: io3.child[0], Stdout: io3.child[1], Stderr: io3.child[2]}
	start := time.Now()
	err = cmd.Start()
	io3.start()
	defer io3.finish()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", j.path, err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	wall := time.NewTimer(j.limits.Wall)
	defer wall.Stop()
	e := &Exit{Path: j.path, Reason: ByItself}
	select {
	case <-exited:
	case <-ctx.Done():
		cmd.Process.Kill()
		<-exited
		return nil, ctx.Err()
	case <-wall.C:
		e.Reason = ByWallLimit
		cmd.Process.Kill()
		<-exited
	}
	e.Duration = time.Since(start)
	io3.finish()
	io3.into(e)
	e.Code, e.CPU = cmd.ProcessState.ExitCode(), cmd.ProcessState.SystemTime()+cmd.ProcessState.UserTime()
	return e, nil
}
