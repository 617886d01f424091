package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// mainCalled is a fact about the program that this is linked into, found out
// once, before anything else happens.
var mainCalled atomic.Bool

// Main must be the first thing that a program's main does, and a test binary's
// TestMain, for Run to have its full strength. Run starts the program a second
// time, as a supervisor; there Main does the supervisor's work and never
// returns. Otherwise it returns at once.
func Main() {
	if len(os.Args) != 1 || os.Args[0] != supervisorName {
		mainCalled.Store(true)
		return
	}
	// What this process was told about signals came from a terminal or a
	// service manager, and is not for the program.
	var s supervisor
	r := s.run()
	data, err := json.Marshal(r)
	if err == nil {
		answer := os.NewFile(reportFd, "report")
		_, err = answer.Write(data)
		answer.Close()
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// supervisor starts one program, watches it and all that comes from it, and
// kills what is left. It adopts the orphans among its descendants (they are its
// children then), so that none is ever out of sight.
type supervisor struct {
	spec   spec
	report report
	// reaped tells of each child that ended; it is closed when no child is left.
	reaped chan death
	used   time.Duration // CPU time of the dead
	// inside asks the thread that stands within the walls to send a signal to
	// all others there. Nil when the walls do not keep signals in.
	inside chan order
}

type order struct {
	signal unix.Signal
	done   chan struct{}
}

type death struct {
	pid    int
	status syscall.WaitStatus
	usage  syscall.Rusage
}

func (s *supervisor) run() *report {
	control := os.NewFile(controlFd, "control")
	in := bufio.NewReader(control)
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.spec)
	}
	if err != nil {
		return s.failed("read what to run", err)
	}
	for fd := controlFd; fd <= folderFd; fd++ {
		syscall.CloseOnExec(fd)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return s.failed("adopt processes", err)
	}
	if err := unix.Fchdir(folderFd); err != nil {
		return s.failed("enter the working folder", err)
	}
	unix.Umask(0o077)
	if err := setLimits(s.spec.Limits); err != nil {
		return s.failed("set limits", err)
	}
	pid, err := s.start()
	if err != nil {
		return s.failed("start the program", err)
	}
	s.reaped = make(chan death, 64)
	go reap(s.reaped)
	ended := make(chan struct{})
	go func() { // nothing more comes: the one who asked has lost interest, or its life
		io.Copy(io.Discard, in)
		close(ended)
	}()
	s.watch(pid, ended)
	return &s.report
}

func (s *supervisor) failed(what string, err error) *report {
	r := &report{Failed: "cannot " + what}
	if !errors.As(err, &r.Errno) {
		r.Failed += ": " + err.Error()
	}
	return r
}

// start starts the program on a thread of its own that has put up the walls:
// they are passed on from the thread. The supervisor's other threads stay
// outside, so that the program can neither signal it nor look into it. The
// main thread must be one of them: it is what a signal to the process is
// checked against.
func (s *supervisor) start() (pid int, err error) {
	raisePriority()
	done := make(chan struct{})
	var begin func()
	begin = func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			go begin() // this goroutine keeps the main thread meanwhile
			<-done
			runtime.UnlockOSThread()
			return
		}
		pid, err = s.startInside()
		asked := s.inside
		close(done)
		for o := range asked {
			// To all that it may be sent to, which are those within the walls.
			// The system does it at once: nobody can fork meanwhile.
			unix.Kill(-1, o.signal)
			close(o.done)
		}
		// The program is killed when the thread that started it ends.
		select {}
	}
	go begin()
	<-done
	return pid, err
}

// startInside puts up the walls around this thread and starts the program.
func (s *supervisor) startInside() (int, error) {
	unix.Setpriority(unix.PRIO_PROCESS, 0, s.spec.Nice)
	confined, scoped, err := s.spec.Walls.putUp()
	if err != nil {
		return 0, err
	}
	s.report.Confined = confined
	// A signal to everybody must be out of the question before one is sent:
	// our parent, which is ours to signal, is seen to be out of reach.
	if scoped && errors.Is(unix.Kill(unix.Getppid(), 0), unix.EPERM) {
		s.inside = make(chan order)
	}
	return s.fork()
}

// raisePriority lets the supervisor run when the program has filled the
// machine. Only root may do that; others are bounded by their own limits.
func raisePriority() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if tid, err := strconv.Atoi(t.Name()); err == nil {
			unix.Setpriority(unix.PRIO_PROCESS, tid, -20)
		}
	}
}

func (s *supervisor) fork() (int, error) {
	attr := &syscall.ProcAttr{Env: s.spec.Env, Files: []uintptr{0, 1, 2},
		// A session of its own: no terminal whose input it could fake.
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}}
	s.report.Confined = append(s.report.Confined, "limits", "tree")
	if s.spec.Walls.NoNetwork {
		attr.Sys.Cloneflags = unix.CLONE_NEWNET
		pid, err := syscall.ForkExec(s.spec.Path, s.spec.Args, attr)
		if !errors.Is(err, unix.EPERM) {
			s.report.Confined = append(s.report.Confined, "network")
			return pid, err
		}
		// Only root may do that; the rules about ports remain.
		attr.Sys.Cloneflags = 0
	}
	return syscall.ForkExec(s.spec.Path, s.spec.Args, attr)
}

// reap waits for every child, those that were adopted among them.
func reap(reaped chan<- death) {
	for {
		var d death
		var err error
		d.pid, err = syscall.Wait4(-1, &d.status, 0, &d.usage)
		switch {
		case err == nil:
			reaped <- d
		case !errors.Is(err, syscall.EINTR): // ECHILD: nobody is left
			close(reaped)
			return
		}
	}
}

// watch waits for the end of the program, or brings it about.
func (s *supervisor) watch(program int, ended <-chan struct{}) {
	wall := time.NewTimer(s.spec.Limits.Wall)
	defer wall.Stop()
	pace := newPace()
	tick := time.NewTimer(pace.interval)
	defer tick.Stop()
	for {
		select {
		case d, ok := <-s.reaped:
			if !ok {
				return
			}
			s.account(d)
			if d.pid == program {
				s.report.Status, s.report.Reason = d.status, ByItself
				if d.status.Signaled() {
					s.report.Reason = BySignal
				}
				if d.status.Signaled() && d.status.Signal() == unix.SIGXCPU {
					s.report.Reason = ByCPULimit
				}
				s.killAll(program)
				return
			}
		case <-ended:
			s.report.Reason = "" // nobody will read it
			s.killAll(program)
			return
		case <-wall.C:
			s.report.Reason = ByWallLimit
			s.killAll(program)
			return
		case <-tick.C:
			// Reading the table takes longer the more there are, and they
			// become more meanwhile: a bomb is looked at while it stands still.
			frozen := pace.burst(s.spec.Limits.Processes) && s.signalAll(unix.SIGSTOP)
			if !frozen && !pace.due() {
				tick.Reset(pace.interval)
				continue
			}
			start, before := time.Now(), countThreads()
			// While processes come and go fast, the lost are most likely ours.
			tree := slices.Concat(family(os.Getpid()))
			if reason := s.exceeded(tree); reason != "" {
				s.report.Reason = reason
				s.killAll(program)
				return
			}
			if frozen {
				s.signalAll(unix.SIGCONT)
			}
			pace.looked(before, countOf(tree), time.Since(start))
			tick.Reset(pace.interval)
		}
	}
}

// account adds what a dead child has used, with the children that it has waited for.
func (s *supervisor) account(d death) {
	s.used += time.Duration(d.usage.Utime.Nano() + d.usage.Stime.Nano())
	s.report.CPU = int64(s.used)
	s.report.Memory = max(s.report.Memory, d.usage.Maxrss<<10)
}

// exceeded tells which limit the living processes, and what the dead have used, exceed.
func (s *supervisor) exceeded(tree []process) Reason {
	l := &s.spec.Limits
	cpu, resident, threads := s.used, int64(0), countOf(tree)
	for i := range tree {
		cpu += tree[i].cpu
		resident += tree[i].resident
	}
	switch {
	case len(tree) > l.Processes || threads > l.Processes+maxThreads:
		return ByProcessLimit
	case cpu > l.CPU:
		return ByCPULimit
	case resident > l.Memory && ownMemory(tree) > l.Memory:
		return ByMemoryLimit
	}
	return ""
}

// countOf counts the threads of processes.
func countOf(tree []process) (n int) {
	for i := range tree {
		n += tree[i].threads
	}
	return n
}

// maxThreads is how many threads there may be, beyond one for each process.
const maxThreads = 1024

// killAll kills every descendant, and waits until none is left.
func (s *supervisor) killAll(program int) {
	// Mostly nothing is left, which the waiting goroutine is about to find out.
	giveUp, again := time.NewTimer(patience), time.NewTimer(time.Millisecond)
	defer giveUp.Stop()
	defer again.Stop()
	if s.report.Reason != ByItself && s.report.Reason != BySignal {
		again.Reset(0)
	}
	for {
		select {
		case d, ok := <-s.reaped:
			if !ok {
				return
			}
			s.account(d)
			if d.pid == program {
				s.report.Status = d.status
			} else if d.status.Signaled() && d.status.Signal() == unix.SIGKILL {
				s.report.Killed++
			}
		case <-again.C:
			s.killOnce()
			again.Reset(5 * time.Millisecond)
		case <-giveUp.C: // asleep in the kernel, where no signal reaches them
			if s.report.Left = len(descendants(os.Getpid())); s.report.Left > 0 {
				return
			}
		}
	}
}

// signalAll sends all descendants a signal at one moment, if that can be done.
func (s *supervisor) signalAll(signal unix.Signal) bool {
	if s.inside == nil {
		return false
	}
	o := order{signal, make(chan struct{})}
	s.inside <- o
	<-o.done
	return true
}

// killOnce kills all descendants that there are. What runs can fork faster than
// it is found. So all are killed by one signal where the walls keep it in; else
// they are stopped first, by groups, until no new one turns up.
func (s *supervisor) killOnce() {
	if s.signalAll(unix.SIGKILL) {
		return
	}
	own := unix.Getpgrp()
	stopped := map[int]bool{}
	for fresh := true; fresh; {
		fresh = false
		for _, p := range descendants(os.Getpid()) {
			target := -p.group
			if p.group == own {
				target = p.pid
			}
			if !stopped[p.pid] && !p.zombie {
				stopped[p.pid], fresh = true, true
				unix.Kill(target, unix.SIGSTOP)
			}
		}
	}
	for pid := range stopped {
		unix.Kill(pid, unix.SIGKILL)
	}
}

// patience is how long processes that were killed may take to be gone.
const patience = 3 * time.Second

// setLimits sets the limits that the system keeps for each process, as a
// second wall behind the supervisor's counting, which is about all together.
func setLimits(l Limits) error {
	seconds := uint64(l.CPU/time.Second) + 1
	limits := []struct {
		resource int
		name     string
		value    uint64
	}{
		{unix.RLIMIT_CORE, "core", 0},
		{unix.RLIMIT_FSIZE, "file size", uint64(l.FileSize)},
		{unix.RLIMIT_NOFILE, "open files", uint64(max(l.OpenFiles, minFiles))},
		{unix.RLIMIT_CPU, "CPU", seconds},
		// The supervisor lives within it too. Address space would be the wrong
		// measure: many runtimes reserve more than they ever use.
		{unix.RLIMIT_DATA, "memory", uint64(max(l.Memory+l.Memory/4, minData))},
		{unix.RLIMIT_NPROC, "processes", uint64(ownThreads() + l.Processes + spareThreads)},
	}
	for _, r := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(r.resource, &now); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		value := min(r.value, now.Max)
		if err := unix.Setrlimit(r.resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

const (
	minFiles = 16
	minData  = 512 << 20
	// spareThreads is what the user's other programs may start meanwhile. The
	// system counts all threads of a user. It does not bind root.
	spareThreads = 256
)

// ownThreads counts the threads of the user whose process this is.
func ownThreads() (n int) {
	if os.Geteuid() == 0 {
		return 0
	}
	for _, p := range processes() {
		var info unix.Stat_t
		if unix.Stat("/proc/"+strconv.Itoa(p.pid), &info) == nil && int(info.Uid) == os.Getuid() {
			n += p.threads
		}
	}
	return n
}
