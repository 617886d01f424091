package daemon

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrGone says that a process has ended.
var ErrGone = errors.New("the process has ended")

// Process is one run of a program. Another process that gets the same id later is
// not the same Process.
type Process struct {
	PID int `json:"pid"`
	// Start is when the process began, in a unit of the system's own.
	Start string `json:"process_start"`
	// Boot is the run of the system that it belongs to.
	Boot string `json:"boot_id"`
}

// Self is this process.
func Self() Process {
	p := Process{PID: os.Getpid(), Boot: bootID()}
	p.Start, _ = processStart(p.PID) // without /proc: the id alone has to do
	return p
}

// Alive tells whether the process still runs.
func (p Process) Alive() bool {
	if p.PID <= 0 || p.Boot != bootID() {
		return false
	}
	start, err := processStart(p.PID)
	return err == nil && start == p.Start
}

// Signal sends a signal to the process, and never to another. The error wraps
// ErrGone if it has ended.
func (p Process) Signal(sig os.Signal) error {
	h, err := os.FindProcess(p.PID)
	if err != nil {
		return fmt.Errorf("process %d: %w", p.PID, ErrGone)
	}
	defer func() { _ = h.Release() }()
	// The handle sticks to one process, so it is looked at after the handle is there.
	if !p.Alive() {
		return fmt.Errorf("process %d: %w", p.PID, ErrGone)
	}
	err = h.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("process %d: %w", p.PID, ErrGone)
	}
	if err != nil {
		return fmt.Errorf("signal process %d: %w", p.PID, err)
	}
	return nil
}

// waitGone waits until the process has ended, at most for so long.
func (p Process) waitGone(patience time.Duration) bool {
	end := time.Now().Add(patience)
	for pause := 2 * time.Millisecond; p.Alive(); pause = min(2*pause, 50*time.Millisecond) {
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		time.Sleep(min(pause, left))
	}
	return true
}
