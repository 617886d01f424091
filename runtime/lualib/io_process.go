package lualib

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// process is a child process. Its output is copied by goroutines of its own but
// handed to the Host on the goroutine that runs the state, whenever that waits
// for the process: the Host need not expect writes at any other time.
type process struct {
	host *Host
	cmd  *exec.Cmd
	// command is the process where the System has started it, else nil; status
	// is how that ended.
	command Command
	status  int
	// stdin is the pipe to the process, nil if there is none.
	stdin *os.File
	// script is the pipe from which the script reads the process's output, nil
	// if the output is the Host's.
	script *os.File
	// finished says that the script has read all output, or wants no more.
	finished bool

	// outputs are our ends of the output pipes, copying how many are not at their
	// end. chunks carries what came out of them.
	outputs []*os.File
	copying int
	chunks  chan outputChunk
	// unread is output that the script has not read.
	unread []byte

	// exited is closed when the process has ended.
	exited chan struct{}
	// quit is closed when nobody takes chunks any more.
	quit chan struct{}
	// mu guards ended: a process that has ended must not be killed, as its id may
	// belong to another one.
	mu    sync.Mutex
	ended bool
	// stopWatch ends the watch of the execution's context.
	stopWatch func() bool
}

// processMode says which of its streams a process shares with the script.
type processMode int

const (
	processRuns  processMode = iota // os.execute
	processReads                    // io.popen(…, "r"): the script reads its output
	processFeeds                    // io.popen(…, "w"): the script writes its input
)

// ErrFinished is the cause of the end of the Host's Context when the execution
// has ended by itself. Processes live on then: the next one may go on with them.
var ErrFinished = errors.New("the execution has finished")

// startProcess runs a command in the shell. It is killed when the execution is
// cancelled, unless it reads what the script writes: that is given to it when
// the script's files are closed.
func startProcess(h *Host, env *environment, command string, mode processMode) (*process, error) {
	argv := shell(command)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = h.Dir, env.list()
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would mean the process's environment
	}
	p := &process{
		host: h, cmd: cmd,
		chunks: make(chan outputChunk), exited: make(chan struct{}), quit: make(chan struct{}),
	}
	ctx := h.Context()
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close() // the child has its own
		}
	}()
	if err := p.connect(mode, &theirs); err != nil {
		p.release()
		return nil, err
	}
	if err := p.start(); err != nil {
		p.release()
		return nil, err
	}
	if mode != processFeeds {
		p.stopWatch = context.AfterFunc(ctx, func() {
			if !errors.Is(context.Cause(ctx), ErrFinished) {
				p.kill()
			}
		})
	}
	go func() {
		status := -1
		if p.command != nil {
			if n, err := p.command.Wait(); err == nil {
				status = n
			}
		} else {
			_ = cmd.Wait() // the state says how it ended
			status = waitStatus(cmd.ProcessState)
		}
		p.mu.Lock()
		p.status = status
		p.ended = true
		p.mu.Unlock()
		close(p.exited)
	}()
	return p, nil
}

// start starts the process, by the System if that wants to.
func (p *process) start() error {
	if s, ok := p.host.System.(Starter); ok {
		var err error
		if p.command, err = s.Start(p.cmd); err != nil || p.command != nil {
			return err
		}
	}
	return p.cmd.Start()
}

// receive takes a piece of output.
func (p *process) receive(c outputChunk) {
	switch {
	case c.data == nil:
		p.copying--
		if c.stream == streamOut {
			p.finished = true
		}
	case c.stream == streamErr:
		writeOut(p.host.Stderr, c.data)
	case p.script == nil:
		writeOut(p.host.Stdout, c.data)
	case !p.finished:
		p.unread = append(p.unread, c.data...)
	}
}

// kill ends the process and what it started.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ended:
	case p.command != nil:
		p.command.Kill()
	default:
		killGroup(p.cmd)
	}
}

// Read reads the process's output.
func (p *process) Read(buf []byte) (int, error) {
	ctx := p.host.Context()
	for len(p.unread) == 0 {
		if ctx.Err() != nil {
			return 0, errInterrupted
		}
		if p.finished {
			return 0, io.EOF
		}
		select {
		case c := <-p.chunks:
			p.receive(c)
		case <-ctx.Done():
		case <-p.host.Wake():
			p.host.Serve()
		}
	}
	n := copy(buf, p.unread)
	p.unread = p.unread[n:]
	return n, nil
}

// Write writes to the process's input. Its output is taken meanwhile, or both
// sides could wait for each other.
func (p *process) Write(data []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	ctx := p.host.Context()
	done := make(chan result, 1)
	go func() {
		n, err := p.stdin.Write(data)
		done <- result{n, err}
	}()
	for {
		select {
		case r := <-done:
			return r.n, r.err
		case c := <-p.chunks:
			p.receive(c)
		case <-p.host.Wake():
			p.host.Serve()
		case <-ctx.Done():
			_ = p.stdin.SetWriteDeadline(time.Unix(1, 0)) // ends the write above
			r := <-done
			return r.n, errInterrupted
		}
	}
}

// outputGrace is how long output is awaited after the process has ended:
// processes it left in the background may hold its streams open for ever.
const outputGrace = 100 * time.Millisecond

// wait waits for the end of the process and passes on its output.
func (p *process) wait() error {
	defer p.release()
	ctx := p.host.Context()
	for {
		select {
		case c := <-p.chunks:
			p.receive(c)
			continue
		case <-p.host.Wake():
			p.host.Serve()
			continue
		case <-ctx.Done():
			p.kill()
			<-p.exited
			return errInterrupted
		case <-p.exited:
		}
		break
	}
	for p.copying > 0 {
		select {
		case c := <-p.chunks:
			p.receive(c)
		case <-ctx.Done():
			return errInterrupted
		case <-time.After(outputGrace):
			return nil
		}
	}
	return nil
}

// Close ends the script's side of the process and waits for its end, as C's
// pclose does.
func (p *process) Close() error {
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
	if p.script != nil {
		p.finished, p.unread = true, nil
		_ = p.script.Close() // the process gets SIGPIPE if it goes on writing
	}
	return p.wait()
}

// farewell is how long a process that the script did not close may take to end.
const farewell = time.Second

// abandon makes a coming Close end soon, also if the process does not.
func (p *process) abandon() { time.AfterFunc(farewell, p.kill) }

// release frees everything but the process.
func (p *process) release() {
	if p.stopWatch != nil {
		p.stopWatch()
	}
	close(p.quit)
	for _, f := range p.outputs {
		_ = f.Close()
	}
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
}
