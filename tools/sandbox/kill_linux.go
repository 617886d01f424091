package sandbox

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

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
			giveUp.Reset(patience) // they are on their way
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

// patience is how long processes that were killed may take until the next is gone.
const patience = 3 * time.Second
