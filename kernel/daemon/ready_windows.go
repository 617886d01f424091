package daemon

import "golang.org/x/sys/windows"

// closeOnExec keeps programs that scripts run from holding the pipe open.
func closeOnExec(fd uintptr) {
	_ = windows.SetHandleInformation(windows.Handle(fd), windows.HANDLE_FLAG_INHERIT, 0)
}
