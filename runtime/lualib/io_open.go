package lualib

import (
	"io"
	"os"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openMode is a parsed mode of io.open.
type openMode struct {
	flags       int
	read, write bool
}

// parseMode reads a mode as C's fopen does: one of r, w and a, and among the next
// letters "+" (both ways) and "x" (only if new); others do nothing.
func parseMode(mode string) (openMode, error) {
	var m openMode
	if mode == "" {
		return m, errInvalid
	}
	switch mode[0] {
	case 'r':
		m.read = true
	case 'w':
		m.write, m.flags = true, os.O_CREATE|os.O_TRUNC
	case 'a':
		m.write, m.flags = true, os.O_CREATE|os.O_APPEND
	default:
		return m, errInvalid
	}
	const looked = 7 // how far C's library looks
	rest := mode[1:min(len(mode), looked)]
	if strings.Contains(rest, "+") {
		m.read, m.write = true, true
	}
	if strings.Contains(rest, "x") && m.flags&os.O_CREATE != 0 {
		m.flags |= os.O_EXCL
	}
	switch {
	case m.read && m.write:
		m.flags |= os.O_RDWR
	case m.write:
		m.flags |= os.O_WRONLY
	}
	return m, nil
}

func (o *ioLib) openFile(L *lua.LState) int {
	name, mode := checkString(L, 1), optString(L, 2, "r")
	f, err := o.openNamed(name, mode)
	if err != nil {
		return pushNamedResult(L, err, name)
	}
	L.Push(o.adopt(L, f))
	return 1
}

// openNamed opens a file by the name a script gave.
func (o *ioLib) openNamed(name, mode string) (*file, error) {
	m, err := parseMode(mode)
	if err != nil {
		return nil, err
	}
	o.open.closeForgotten()
	opened, err := openStream(o.host, o.host.System, resolve(o.host, name), m)
	if err != nil {
		return nil, err
	}
	return o.fileOver(opened, m)
}

// openStream opens a file. What it waits for ends with host.Context.
func openStream(host *Host, system System, path string, m openMode) (*os.File, error) {
	if info, err := system.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return openPipe(host, system, path, m.flags)
	}
	return system.OpenFile(path, m.flags, 0o666)
}

// mayBlock tells whether reads and writes may wait for others: those of pipes and devices.
func mayBlock(info os.FileInfo) bool { return !info.Mode().IsRegular() && !info.IsDir() }

// fileOver makes a file of one of the system's.
func (o *ioLib) fileOver(opened *os.File, m openMode) (*file, error) {
	info, err := opened.Stat()
	if err != nil {
		_ = opened.Close()
		return nil, err
	}
	var source io.Reader
	var writer io.Writer
	if m.write {
		writer = opened
	}
	if !mayBlock(info) {
		if m.read {
			source = opened
		} else if m.flags&os.O_APPEND != 0 {
			// So that seek tells where the next write goes.
			if _, err := opened.Seek(0, io.SeekEnd); err != nil {
				_ = opened.Close()
				return nil, err
			}
		}
		return newFile(source, writer, opened, opened), nil
	}
	if m.read {
		source = &interruptible{
			source: func() io.Reader { return opened },
			host:   o.host,
		}
	}
	if m.write {
		writer = &interruptibleWriter{file: opened, host: o.host}
	}
	return newFile(source, writer, opened, opened), nil
}

// openPipe opens a named pipe, which blocks until somebody opens its other end. Meanwhile
// others are served.
func openPipe(host *Host, system System, path string, flags int) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	done := make(chan result, 1)
	go func() {
		file, err := system.OpenFile(path, flags, 0)
		done <- result{file, err}
	}()
	for ctx := host.Context(); ctx.Err() == nil; {
		select {
		case r := <-done:
			return r.file, r.err
		case <-ctx.Done():
		case <-host.Wake():
			host.Serve()
		}
	}
	// Opening both ends ourselves lets the goroutine go on.
	if both, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		if r := <-done; r.err == nil {
			_ = r.file.Close()
		}
		_ = both.Close()
	}
	return nil, errInterrupted
}

// tmpfile opens a file that has no name or, where the system does not remove open
// files, loses it when it is closed.
func (o *ioLib) tmpfile(L *lua.LState) int {
	o.open.closeForgotten()
	opened, err := o.host.System.CreateTemp("lua_")
	if err != nil {
		return pushResult(L, err)
	}
	var closer io.Closer = opened
	if err := os.Remove(opened.Name()); err != nil {
		closer = removingCloser{opened}
	}
	L.Push(o.adopt(L, newFile(opened, opened, opened, closer)))
	return 1
}

// removingCloser removes a file after closing it.
type removingCloser struct{ file *os.File }

func (c removingCloser) Close() error {
	err := c.file.Close()
	_ = os.Remove(c.file.Name()) // a file in the temporary folder is no error of the script's
	return err
}
