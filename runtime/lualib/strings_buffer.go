package lualib

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// buffer collects a result whose size is not known in advance. It asks the host
// before it grows large.
type buffer struct {
	L    *lua.LState
	host *Host
	out  strings.Builder
}

// grow makes room for n more bytes.
func (b *buffer) grow(n int) {
	if b.out.Cap()-b.out.Len() >= n {
		return
	}
	// strings.Builder grows to twice its capacity and n more.
	if size := 2*b.out.Cap() + n; size >= allocFrom {
		b.host.reserve(b.L, size)
	}
	b.out.Grow(n)
}

func (b *buffer) writeString(s string) {
	b.grow(len(s))
	b.out.WriteString(s)
}

func (b *buffer) writeByte(c byte) {
	b.grow(1)
	b.out.WriteByte(c)
}

func (b *buffer) write(p []byte) {
	b.grow(len(p))
	b.out.Write(p)
}

// pad writes c n times.
func (b *buffer) pad(c byte, n int) {
	if n <= 0 {
		return
	}
	b.grow(n)
	for range n {
		b.out.WriteByte(c)
	}
}

func (b *buffer) String() string { return b.out.String() }
