package daemon

import (
	"strconv"

	"golang.org/x/sys/windows"
)

// bootID is empty: the start of a process tells enough, as it is a time of day.
func bootID() string { return "" }

// processStart returns when a process began, in nanoseconds since 1970.
func processStart(pid int) (string, error) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION|windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return "", err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	if state, err := windows.WaitForSingleObject(h, 0); err == nil && state == windows.WAIT_OBJECT_0 {
		return "", ErrGone
	}
	var created, exited, inKernel, inUser windows.Filetime
	if err := windows.GetProcessTimes(h, &created, &exited, &inKernel, &inUser); err != nil {
		return "", err
	}
	return strconv.FormatInt(created.Nanoseconds(), 10), nil
}
