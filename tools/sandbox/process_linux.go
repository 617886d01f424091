package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const openDirectory = unix.O_DIRECTORY

func (j *job) run(ctx context.Context) (*Exit, error) {
	if !mainCalled.Load() {
		return j.runPlain(ctx)
	}
	return j.runSupervised(ctx)
}

// runSupervised starts this process's own program once more as a supervisor,
// which starts the program and outlives all that comes from it.
func (j *job) runSupervised(ctx context.Context) (*Exit, error) {
	io3, err := newStreams(j.stdin, j.limits.Output)
	if err != nil {
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	controlR, control, err := os.Pipe()
	answer, answerW, err2 := os.Pipe()
	if err := errors.Join(err, err2); err != nil {
		for _, f := range []*os.File{controlR, control, answer, answerW} {
			f.Close() // a nil one takes it with an error
		}
		io3.start()
		io3.finish()
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	mark := newMark()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{supervisorName}, Dir: "/",
		// Nothing of this process's environment: children can read their parents'.
		Env:   []string{"GOMAXPROCS=2", mark},
		Stdin: io3.child[0], Stdout: io3.child[1], Stderr: io3.child[2],
		ExtraFiles: []*os.File{controlR, answerW, j.dir},
		// What is typed at the terminal is for us: we decide what ends the program.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	start := time.Now()
	err = cmd.Start()
	controlR.Close()
	answerW.Close()
	io3.start()
	defer io3.finish()
	defer answer.Close()
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("cannot start %s: %w", j.path, err)
	}
	told := make(chan error, 1)
	go func() { told <- j.tell(control, mark, j.box.walls(j.path)) }()
	answered := make(chan []byte, 1)
	go func() {
		data, _ := io.ReadAll(io.LimitReader(answer, 1<<20))
		answered <- data
	}()
	var data []byte
	select {
	case data = <-answered:
		control.Close()
	case <-ctx.Done():
		control.Close() // the supervisor kills everything now
		timer := time.NewTimer(10 * patience)
		defer timer.Stop()
		select {
		case data = <-answered:
		case <-timer.C:
		}
	}
	<-told
	cmd.Process.Kill() // it has ended, or is beyond hope
	cmd.Wait()
	if len(data) == 0 {
		// Somebody has killed it. What it watched is found by its mark.
		killMarked(mark)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return j.exit(data, io3, time.Since(start))
}

// tell sends the supervisor its work. The pipe stays open: its end means to
// stop.
func (j *job) tell(control io.Writer, mark string, w walls) error {
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		nice = 20
	}
	line, err := json.Marshal(spec{Path: j.path, Args: j.args, Env: append(j.env, mark), Limits: j.limits, Walls: w,
		Nice: 20 - nice}) // the system call counts from 40 to 1
	if err != nil {
		return err
	}
	_, err = control.Write(append(line, '\n'))
	return err
}

// exit makes an Exit of the supervisor's report.
func (j *job) exit(data []byte, io3 *streams, took time.Duration) (*Exit, error) {
	io3.finish()
	if len(data) == 0 {
		return nil, fmt.Errorf("the supervisor of %s was killed; what it ran was killed too", j.path)
	}
	r, err := decodeReport(data)
	switch {
	case err != nil:
		return nil, err
	case r.Failed != "":
		return nil, j.startError(r)
	case r.Left > 0:
		return nil, fmt.Errorf("%d processes of %s cannot be killed now: they wait in the system, for a disk or a server", r.Left, j.path)
	}
	e := &Exit{Path: j.path, Reason: r.Reason, Duration: took, CPU: time.Duration(r.CPU), Memory: r.Memory, Killed: r.Killed, Confined: r.Confined}
	e.setStatus(r.Status)
	io3.into(e)
	return e, nil
}

func (j *job) startError(r *report) error {
	if r.Errno == 0 {
		return fmt.Errorf("%s (%s)", r.Failed, j.path)
	}
	return explainStart(j.path, fmt.Errorf("%s: %w", r.Failed, r.Errno))
}

// killMarked kills the processes that carry a mark in their environment, and
// those of their groups and sessions, until there are none.
func killMarked(mark string) (left int) {
	needle := []byte(mark)
	for range 200 {
		left = 0
		groups, sessions := map[int]bool{}, map[int]bool{}
		all := processes()
		var victims []int
		for _, p := range all {
			env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
			if bytes.Contains(env, needle) && p.pid != os.Getpid() && !p.zombie {
				groups[p.group], sessions[p.session] = true, true
				victims = append(victims, p.pid)
			}
		}
		own, _ := unix.Getsid(0)
		for _, p := range all {
			if (groups[p.group] || sessions[p.session]) && p.session != own && !p.zombie {
				victims = append(victims, p.pid)
			}
		}
		if left = len(victims); left == 0 {
			return 0
		}
		for _, signal := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} {
			for _, pid := range victims {
				unix.Kill(pid, signal)
			}
		}
		time.Sleep(time.Millisecond)
	}
	return left
}

// folderPath names an open folder for the start of a process: the folder
// itself, whatever has been put in its place.
func folderPath(dir *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", dir.Fd()) }
