package lualib

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// resolve makes a script's file name independent of the process's folder.
func resolve(h *Host, name string) string {
	if h.Dir == "" || name == "" || filepath.IsAbs(name) {
		return name
	}
	// Not filepath.Join, which would drop a trailing slash that makes
	// "file/" an error.
	return strings.TrimRight(h.Dir, string(filepath.Separator)) + string(filepath.Separator) + name
}

// pushResult pushes the results of a call to the operating system: true, or nil,
// a message and the error number.
func pushResult(L *lua.LState, err error) int {
	if err == nil {
		L.Push(lua.LTrue)
		return 1
	}
	message, number := systemError(err)
	return pushFailure(L, message, number)
}

// pushNamedResult is pushResult for a call on a named file.
func pushNamedResult(L *lua.LState, err error, name string) int {
	if err == nil {
		return pushResult(L, nil)
	}
	message, number := systemError(err)
	var denied *Denied
	if !errors.As(err, &denied) { // a refusal names the file itself
		message = name + ": " + message
	}
	return pushFailure(L, message, number)
}

func pushFailure(L *lua.LState, message string, number int) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(message))
	L.Push(lua.LNumber(number))
	return 3
}

// raiseDenied raises a refusal of the Host's System; other errors, and none, it
// leaves alone.
func raiseDenied(L *lua.LState, h *Host, err error) {
	var denied *Denied
	if errors.As(err, &denied) {
		h.Raise(L, denied.Err)
	}
}

// cError is an error that C's library reports, with its text and number there.
type cError struct {
	message string
	number  int
}

func (e *cError) Error() string { return e.message }

var (
	// errInterrupted is what a blocking call gives when the execution was
	// cancelled. 4 is EINTR.
	errInterrupted = &cError{"interrupted: the execution was cancelled", 4}
	// errBadFile is what reading a file open for writing gives, and the reverse.
	errBadFile = &cError{"Bad file descriptor", 9}
	// errInvalid is what an unknown mode gives.
	errInvalid = &cError{"Invalid argument", 22}
	// errIllegalSeek is what seeking a pipe gives.
	errIllegalSeek = &cError{"Illegal seek", 29}
)

// systemError is C's strerror and errno for err.
func systemError(err error) (message string, number int) {
	var denied *Denied
	if errors.As(err, &denied) {
		return denied.Error(), 13 // EACCES
	}
	var known *cError
	if errors.As(err, &known) {
		return known.message, known.number
	}
	if message, number, ok := platformError(err); ok {
		return strings.ToUpper(message[:1]) + message[1:], number
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "No such file or directory", 2
	case errors.Is(err, os.ErrPermission):
		return "Permission denied", 13
	case errors.Is(err, os.ErrExist):
		return "File exists", 17
	case errors.Is(err, os.ErrClosed):
		return errBadFile.message, errBadFile.number
	case errors.Is(err, os.ErrInvalid):
		return errInvalid.message, errInvalid.number
	}
	// The innermost error, without the operation and the resolved file name.
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error(), 5 // EIO
}
