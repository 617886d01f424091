package rpc

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/llmspell/llmspell/internal/socket"
)

// How long either end asks for the other's next message before it lets itself be
// woken for it. To be woken takes the system longer than a short request all in all.
const (
	answerSpin  = 100 * time.Microsecond
	requestSpin = 60 * time.Microsecond
)

// rhythm tells whether it is worth to ask for a message: after each time that
// was in vain, it is not for twice as many messages.
type rhythm struct{ skip, vain uint }

const maxVain = 7

func (r *rhythm) worth() bool {
	if r.skip > 0 {
		r.skip--
		return false
	}
	return true
}

// came tells whether the message came in time.
func (r *rhythm) came(ok bool) {
	if ok {
		r.vain = 0
		return
	}
	r.vain = min(r.vain+1, maxVain)
	r.skip = 1<<r.vain - 1
}

// eagerConn is a client's connection to a server. After a request that was answered
// at once its Read asks for the next one, as one of at most one of the server's.
type eagerConn struct {
	net.Conn
	direct   *socket.Direct
	rhythm   rhythm
	asking   *atomic.Bool // a connection of the server's does
	answered bool         // by its reader, before it reads
}

func (e *eagerConn) Read(p []byte) (int, error) {
	if e.answered && e.direct != nil && e.rhythm.worth() && e.asking.CompareAndSwap(false, true) {
		n, err := e.direct.Read(p, requestSpin)
		e.asking.Store(false)
		e.rhythm.came(err == nil)
		if err != socket.ErrNothing {
			return n, err
		}
	}
	return e.Conn.Read(p)
}
