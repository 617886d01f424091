package lualib

import (
	"fmt"
	"io"

	lua "github.com/yuin/gopher-lua"
)

func (o *ioLib) fileTostring(L *lua.LState) int {
	f, ok := asFile(L.Get(1))
	switch {
	case !ok:
		typeError(L, 1, fileClass)
	case f.closed:
		L.Push(lua.LString("file (closed)"))
	default:
		L.Push(lua.LString(fmt.Sprintf("file (%p)", f)))
	}
	return 1
}

func (o *ioLib) fileClose(L *lua.LState) int {
	return o.closeFile(L, toFile(L, 1))
}

func (o *ioLib) fileFlush(L *lua.LState) int {
	return pushResult(L, toFile(L, 1).sync())
}

func (o *ioLib) fileRead(L *lua.LState) int {
	return o.readFormats(L, toFile(L, 1), 2)
}

func (o *ioLib) fileWrite(L *lua.LState) int {
	return writeArguments(L, o.host, toFile(L, 1), 2)
}

// writeArguments writes the arguments from first on in one go. Those before one
// that cannot be written are written, as in PUC Lua.
func writeArguments(L *lua.LState, h *Host, f *file, first int) int {
	var data []byte
	for i := first; i <= L.GetTop(); i++ {
		s, ok := toString(L.Get(i))
		if !ok {
			if len(data) > 0 {
				_ = f.write(data) // the argument's error is the one to report
			}
			typeError(L, i, "string")
		}
		chargeBytes(L, h, len(data)+len(s))
		data = append(data, s...)
	}
	var err error
	if len(data) > 0 {
		err = f.write(data)
	} else if f.writer == nil && L.GetTop() >= first {
		err = errBadFile
	}
	return pushResult(L, err)
}

func (o *ioLib) fileSeek(L *lua.LState) int {
	f := toFile(L, 1)
	whence := io.SeekCurrent
	switch checkOption(L, 2, "cur", "set", "cur", "end") {
	case "set":
		whence = io.SeekStart
	case "end":
		whence = io.SeekEnd
	}
	offset := castInt(optNumber(L, 3, 0))
	position, err := f.seek(offset, whence)
	if err != nil {
		return pushResult(L, err)
	}
	L.Push(lua.LNumber(position))
	return 1
}

// fileSetvbuf sets the buffering. Standard streams stay unbuffered.
func (o *ioLib) fileSetvbuf(L *lua.LState) int {
	f := toFile(L, 1)
	mode := checkOption(L, 2, "", "no", "full", "line")
	size := optInt(L, 3, bufferSize)
	err := f.flush()
	if f.closer != nil {
		switch mode {
		case "no":
			f.mode = noBuffer
		case "full":
			f.mode = fullBuffer
		case "line":
			f.mode = lineBuffer
		}
		const largest = 1 << 20
		f.size = max(1, min(size, largest))
	}
	return pushResult(L, err)
}

func (o *ioLib) fileLines(L *lua.LState) int {
	f := toFile(L, 1)
	L.Push(o.lineIterator(L, L.Get(1).(*lua.LUserData), f, false))
	return 1
}

// lines iterates over the lines of a named file, which it closes at its end, or
// of the default input.
func (o *ioLib) lines(L *lua.LState) int {
	if isNoneOrNil(L, 1) {
		f := o.input.Value.(*file)
		if f.closed {
			raise(L, "attempt to use a closed file")
		}
		L.Push(o.lineIterator(L, o.input, f, false))
		return 1
	}
	name := checkString(L, 1)
	f, err := o.openNamed(name, "r")
	if err != nil {
		fileError(L, o.host, err, name)
	}
	L.Push(o.lineIterator(L, o.adopt(L, f), f, true))
	return 1
}

// lineIterator returns a function that reads on each call what the arguments
// from the second on ask for (Lua 5.2), or else a line. ud keeps the file from
// being closed as forgotten.
func (o *ioLib) lineIterator(L *lua.LState, ud *lua.LUserData, f *file, closeAtEnd bool) *lua.LFunction {
	var formats []lua.LValue
	for i := 2; i <= L.GetTop(); i++ {
		formats = append(formats, L.Get(i))
	}
	step := func(L *lua.LState) int {
		if f.closed {
			raise(L, "file is already closed")
		}
		L.SetTop(0)
		for _, format := range formats {
			L.Push(format)
		}
		count := o.readFormats(L, ud.Value.(*file), 1)
		top := L.GetTop()
		if L.Get(top-count+1) != lua.LNil {
			return count
		}
		if count == 3 { // nil, message, number
			raise(L, L.Get(top-1).String())
		}
		if closeAtEnd {
			o.open.forget(f)
			_ = f.close() // it was only read
		}
		return 0
	}
	return L.NewFunction(step)
}
