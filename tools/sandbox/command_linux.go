package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Command is a program that runs while its caller talks to it.
type Command struct {
	cmd     *exec.Cmd
	control *os.File
	answer  *os.File
	mark    string
	told    chan error
	once    sync.Once
}

// StartCommand starts a command that is ready to be started, its streams set,
// within the walls and limits of programs that Run runs: the file system and the
// network as the policy allows, its descendants counted, and killed when it
// ends. Its working folder is not asked for: the caller says it. Whether the
// program may be run at all is FindProgram's to say.
//
// With network there are no walls around the network: for who needs them to be
// open, as the debugger of the scripts that a script runs does.
//
// Nil without an error means that there are no walls for it (everything is
// allowed, or the platform or the program has none): the caller starts it.
func (s *Sandbox) StartCommand(cmd *exec.Cmd, network bool) (*Command, error) {
	if s.trusted || !mainCalled.Load() {
		return nil, nil
	}
	dir, err := os.Open(orString(cmd.Dir, "."))
	if err != nil {
		return nil, fmt.Errorf("cannot enter the working folder: %w", err)
	}
	defer dir.Close()
	controlR, control, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	defer controlR.Close()
	answer, answerW, err := os.Pipe()
	if err != nil {
		control.Close()
		return nil, fmt.Errorf("cannot make pipes: %w", err)
	}
	defer answerW.Close()
	j := &job{box: s, path: cmd.Path, args: cmd.Args, env: cmd.Env, limits: commandLimits()}
	c := &Command{cmd: cmd, control: control, answer: answer, mark: newMark(), told: make(chan error, 1)}
	cmd.Path, cmd.Args, cmd.Dir, cmd.Env = "/proc/self/exe", []string{supervisorName}, "/", []string{"GOMAXPROCS=2", c.mark}
	cmd.ExtraFiles = []*os.File{controlR, answerW, dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		control.Close()
		answer.Close()
		return nil, fmt.Errorf("cannot start %s: %w", j.path, err)
	}
	w := s.walls(j.path)
	if network {
		w.NoNetwork, w.AnyPort, w.Listen = false, true, true
	}
	go func() { c.told <- j.tell(control, c.mark, w) }()
	return c, nil
}

// Kill ends the command and all that it has started, soon.
func (c *Command) Kill() { c.once.Do(func() { c.control.Close() }) }

// Wait waits for the end of the command, and of all that it has started, and
// returns its wait status as the system gives it. It is called once.
func (c *Command) Wait() (status int, err error) {
	data, readErr := io.ReadAll(io.LimitReader(c.answer, 1<<20))
	c.Kill()
	c.answer.Close()
	<-c.told
	c.cmd.Process.Kill() // it has ended, or is beyond hope
	c.cmd.Wait()
	if len(data) == 0 {
		killMarked(c.mark)
		return int(syscall.SIGKILL), errors.Join(readErr, errors.New("the supervisor of the command was killed; what it ran was killed too"))
	}
	r, err := decodeReport(data)
	switch {
	case err != nil:
		return 0, err
	case r.Failed != "":
		return 0, (&job{path: "the shell"}).startError(r)
	case r.Reason == ByItself || r.Reason == BySignal:
		return int(r.Status), nil
	}
	return int(syscall.SIGKILL), nil // a limit, or Kill
}
