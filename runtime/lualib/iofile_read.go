package lualib

import (
	"bufio"
	"errors"
	"io"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// errNothing means that the end of the file came before anything was read.
var errNothing = errors.New("end of file")

// readFormats reads what the formats, arguments first and following of the
// running function, ask for, and returns how many results it pushed.
func (o *ioLib) readFormats(L *lua.LState, f *file, first int) int {
	formats := L.GetTop() - first + 1
	if formats <= 0 {
		L.SetTop(first - 1)
		L.Push(lua.LString("*l"))
		formats = 1
	}
	// Results are pushed behind the arguments; formats are checked as they come,
	// so that what precedes a bad one has been read, as in PUC Lua.
	for i := range formats {
		v, err := o.readFormat(L, f, first+i)
		if err == errNothing {
			L.Push(lua.LNil)
			return i + 1
		}
		if err != nil {
			return pushResult(L, err)
		}
		L.Push(v)
	}
	return formats
}

// readFormat reads what argument n asks for: a count of bytes, or one of *n, *l,
// *a and, from Lua 5.2 and 5.3, *L and all of these without the asterisk.
func (o *ioLib) readFormat(L *lua.LState, f *file, n int) (lua.LValue, error) {
	argument := L.Get(n)
	if count, ok := argument.(lua.LNumber); ok {
		return o.readBytes(L, f, int(castInt(float64(count))))
	}
	s, ok := argument.(lua.LString)
	format, starred := strings.CutPrefix(string(s), "*")
	if !ok || !starred && (format == "" || !strings.Contains("nlLa", format[:1])) {
		argError(L, n, "invalid option")
	}
	switch {
	case strings.HasPrefix(format, "n"):
		return o.readNumber(f)
	case strings.HasPrefix(format, "l"):
		return o.readLine(L, f, false)
	case strings.HasPrefix(format, "L"):
		return o.readLine(L, f, true)
	case strings.HasPrefix(format, "a"):
		return o.readAll(L, f)
	}
	argError(L, n, "invalid format")
	return nil, nil
}

// readLine reads up to a newline; keep says whether it is part of the result.
func (o *ioLib) readLine(L *lua.LState, f *file, keep bool) (lua.LValue, error) {
	if err := f.beforeRead(); err != nil {
		return nil, err
	}
	var line []byte
	for {
		part, err := f.reader.ReadSlice('\n')
		if err == nil {
			if !keep {
				part = part[:len(part)-1]
			}
			return lua.LString(append(line, part...)), nil
		}
		chargeBytes(L, o.host, len(line)+len(part))
		line = append(line, part...)
		switch {
		case err == bufio.ErrBufferFull:
		case err != io.EOF:
			return nil, err
		case len(line) == 0:
			return nil, errNothing
		default:
			return lua.LString(line), nil
		}
	}
}

// readAll reads the rest of the file, which may be empty.
func (o *ioLib) readAll(L *lua.LState, f *file) (lua.LValue, error) {
	data, err := o.readUpTo(L, f, int(^uint(0)>>1))
	return lua.LString(data), err
}

// readBytes reads at most n bytes. Reading none tests for the end of the file.
func (o *ioLib) readBytes(L *lua.LState, f *file, n int) (lua.LValue, error) {
	if n <= 0 {
		if err := f.beforeRead(); err != nil {
			return nil, err
		}
		if _, err := f.reader.Peek(1); err == io.EOF {
			return nil, errNothing
		} else if err != nil {
			return nil, err
		}
		return lua.LString(""), nil
	}
	data, err := o.readUpTo(L, f, n)
	if err == nil && len(data) == 0 {
		err = errNothing
	}
	return lua.LString(data), err
}

// readUpTo reads n bytes or to the end of the file. The buffer grows with what
// is read, not with what is asked for.
func (o *ioLib) readUpTo(L *lua.LState, f *file, n int) ([]byte, error) {
	if err := f.beforeRead(); err != nil {
		return nil, err
	}
	buf := make([]byte, 0, min(n, bufferSize))
	for len(buf) < n {
		if len(buf) == cap(buf) {
			size := min(n, 2*cap(buf))
			chargeBytes(L, o.host, 2*size) // this buffer and the string made of it
			grown := make([]byte, len(buf), size)
			copy(grown, buf)
			buf = grown
		}
		count, err := f.reader.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+count]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return buf, nil
}
