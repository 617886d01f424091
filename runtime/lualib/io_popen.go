package lualib

import (
	"io"

	lua "github.com/yuin/gopher-lua"
)

func (o *ioLib) popen(L *lua.LState) int {
	command, mode := checkString(L, 1), optString(L, 2, "r")
	o.open.closeForgotten()
	var source io.Reader
	var writer io.Writer
	if err := o.host.System.MayRun(); err != nil {
		return pushNamedResult(L, err, command)
	}
	p, err := (*process)(nil), error(errInvalid)
	switch mode {
	case "r":
		if p, err = startProcess(o.host, o.env, command, processReads); err == nil {
			source = p
		}
	case "w":
		if p, err = startProcess(o.host, o.env, command, processFeeds); err == nil {
			writer = p
		}
	}
	if err != nil {
		return pushNamedResult(L, err, command)
	}
	L.Push(o.adopt(L, newFile(source, writer, nil, p)))
	return 1
}

// execute runs a command and returns its wait status. Without a command it says
// whether there is a shell that may be used: 1 or 0.
func (o *osLib) execute(L *lua.LState) int {
	denied := o.host.System.MayRun()
	if isNoneOrNil(L, 1) {
		usable := lua.LNumber(1)
		if denied != nil {
			usable = 0
		}
		L.Push(usable)
		return 1
	}
	raiseDenied(L, o.host, denied)
	p, err := startProcess(o.host, o.env, checkString(L, 1), processRuns)
	if err == nil {
		err = p.wait()
	}
	if err != nil {
		L.Push(lua.LNumber(-1))
		return 1
	}
	L.Push(lua.LNumber(p.status))
	return 1
}
