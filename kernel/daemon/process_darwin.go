package daemon

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// bootID names this run of the system.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

// processStart returns when a process began, in microseconds since 1970.
func processStart(pid int) (string, error) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return "", err
	}
	const zombie = 5 // SZOMB of sys/proc.h
	if p.Proc.P_stat == zombie {
		return "", ErrGone
	}
	t := p.Proc.P_starttime
	return strconv.FormatInt(t.Sec*1e6+int64(t.Usec), 10), nil
}
