package daemon

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/windows"
)

// readyVariable holds the handle on which a kernel says that it is ready.
const readyVariable = "LLMSPELL_KERNEL_READY_FD"

// detach makes the command a process without a console, and gives it the pipe.
func detach(cmd *exec.Cmd, told *os.File) {
	h := syscall.Handle(told.Fd())
	_ = windows.SetHandleInformation(windows.Handle(h), windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags:              windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP,
		HideWindow:                 true,
		AdditionalInheritedHandles: []syscall.Handle{h},
	}
	cmd.Env = append(cmd.Env, readyVariable+"="+strconv.FormatUint(uint64(h), 10))
}
