package socket

import (
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"time"
)

// ErrNothing tells that nothing has arrived.
var ErrNothing = errors.New("nothing has arrived")

// Direct makes system calls on a connection that do not wait, or wait only by asking
// again for some microseconds: that a process is woken, as for the ordinary calls of
// the connection, takes longer than many a request. One goroutine may read and one
// write at a time; the connection stays usable. A nil Direct
// takes nothing.
type Direct struct {
	raw   syscall.RawConn
	waits bool // asking again leaves a core to the other end
	in    transfer
	out   transfer
	ready func(fd uintptr) bool
}

// transfer is a call that is being made.
type transfer struct {
	data []byte
	spin time.Duration
	quit func() bool
	n    int // bytes that were moved
	err  error
	call func(fd uintptr)
}

// lets is after how long who asks again lets other goroutines work. Sooner costs more
// than it helps: the runtime wakes a thread to look for them.
const lets = 30 * time.Microsecond

// busy is how long others work then where it is not for them to wait for who asks.
const busy = 10 * time.Microsecond

// NewDirect returns the Direct of a connection; nil where the system or the
// connection offers none.
func NewDirect(conn net.Conn) *Direct {
	c, ok := conn.(syscall.Conn)
	if !ok || !hasDirect {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	d := &Direct{raw: raw, waits: min(runtime.GOMAXPROCS(0), runtime.NumCPU()) > 1, ready: readable}
	d.in.call = func(fd uintptr) {
		var passed time.Duration
		for start, next := time.Now(), lets; ; passed = time.Since(start) {
			d.in.n, d.in.err = read(fd, d.in.data)
			if d.in.err != ErrNothing || passed >= d.in.spin || d.in.quit != nil && d.in.quit() {
				return
			}
			if passed > next {
				runtime.Gosched()
				if time.Since(start) > passed+busy {
					return
				}
				next = passed + lets
			}
		}
	}
	d.out.call = func(fd uintptr) { d.out.n, d.out.err = write(fd, d.out.data) }
	return d
}

// Read reads what has arrived, and asks again for at most spin if that is nothing, as
// long as no other goroutine has work, and quit, which may be nil, does not end it; on
// a machine with one core it asks once. The error is ErrNothing, io.EOF at the end, or
// the connection's. Deadlines are not looked at.
func (d *Direct) Read(p []byte, spin time.Duration, quit func() bool) (int, error) {
	if !d.waits {
		spin = 0
	}
	d.in.spin, d.in.quit = spin, quit
	n, err := d.in.make(d.raw, p)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write writes what the connection takes at once, and returns how many bytes that
// were: what is wrong the connection's own Write tells.
func (d *Direct) Write(p []byte) int {
	if d == nil {
		return 0
	}
	n, _ := d.out.make(d.raw, p)
	return n
}

func (t *transfer) make(raw syscall.RawConn, p []byte) (int, error) {
	t.data, t.n = p, 0
	err := raw.Control(t.call)
	t.data = nil
	if err != nil { // it is closed
		return 0, err
	}
	return t.n, t.err
}

// Wait waits until there is something to read, or the connection has ended. The error
// is that of a deadline or of a closed connection. No other goroutine may be in a Read
// of the connection; one of this Direct is allowed.
func (d *Direct) Wait() error { return d.raw.Read(d.ready) }
