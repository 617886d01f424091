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

// rhythm tells whether it is worth to ask for a message. After each time that was in
// vain it is so for half as many messages, until it is not in vain.
type rhythm struct{ skip, vain uint }

const maxVain = 6

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
		r.vain /= 2
	} else {
		r.vain = min(r.vain+1, maxVain)
	}
	r.skip = 1<<r.vain - 1
}

// eagerConn is a client's connection to a server. After a request that was answered
// at once its Read asks for the next one, as long as no other client has any.
type eagerConn struct {
	net.Conn
	direct *socket.Direct
	rhythm rhythm
	number uint64         // of the client, not 0
	latest *atomic.Uint64 // the server's: whose the latest request was
	ready  bool           // the next Read asks
}

// handled tells that a message was handled, and whether that was an answer.
func (e *eagerConn) handled(answered bool) {
	again := e.latest.Load() == e.number
	if !again {
		e.latest.Store(e.number)
	}
	e.ready = answered && again && e.direct != nil
}

func (e *eagerConn) overtaken() bool { return e.latest.Load() != e.number }

func (e *eagerConn) Read(p []byte) (int, error) {
	ready := e.ready
	e.ready = false // what follows in the message comes while it is read
	if ready && e.rhythm.worth() {
		n, err := e.direct.Read(p, requestSpin, e.overtaken)
		e.rhythm.came(err == nil)
		if err != socket.ErrNothing {
			return n, err
		}
	}
	return e.Conn.Read(p)
}
