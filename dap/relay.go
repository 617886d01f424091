package dap

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/llmspell/llmspell/internal/frame"
)

// Relay passes messages between a client, on rw, and the debug server at the other
// end of conn, until one of them has gone or ctx is done, and closes both.
//
// A server that goes before the session is over, for whatever reason, takes nothing
// from the client: what the client has asked is answered with an error, and it is told
// that the script has terminated, unless the server has said so. What it asks after that
// is answered too, until it disconnects or RelayPatience is over.
//
// The error is nil when either end has gone in an orderly way, also if the server was
// killed; else it says what the client has sent that is no message, or is that of ctx. A
// Read of rw that Close does not end (a process's stdin) may still wait then.
func Relay(ctx context.Context, rw io.ReadWriteCloser, conn net.Conn) error {
	r := &relayed{client: rw, server: conn, waiting: map[int]string{}, parted: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	gone, left := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(gone)
		r.fromServer()
	}()
	go func() { left <- r.fromClient() }()
	var err error
	select {
	case <-gone: // the client may want to say goodbye
		select {
		case err = <-left:
		case <-r.parted:
		case <-ctx.Done():
		case <-time.After(RelayPatience):
		}
	case err = <-left: // the server's last messages still come
		select {
		case <-gone:
		case <-ctx.Done():
		case <-time.After(RelayPatience):
		}
	case <-ctx.Done():
	}
	conn.Close()
	select {
	case <-gone:
	case <-time.After(flushLimit): // the client does not read what is written to it
	}
	rw.Close()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// RelayPatience is how long Relay waits, when one end has gone, for the other to
// finish.
const RelayPatience = 30 * time.Second

// relayBody is the largest message of a server. It was chosen by who debugs.
const relayBody = 1 << 30

// relayed is a session that Relay passes on.
type relayed struct {
	client io.ReadWriteCloser
	server net.Conn
	parted chan struct{} // closed when the server has gone, and the client has disconnected

	writing sync.Mutex // to the client
	seq     int        // of the last message to it

	mu      sync.Mutex
	waiting map[int]string // commands of the client's requests without an answer, by number
	started bool           // something is being debugged
	ended   bool           // the client knows the end, or wants it
	left    bool           // the server has answered a disconnect
	gone    bool           // the server
}

// fromServer passes on what the server says, and ends the session for the client when
// there will be no more.
func (r *relayed) fromServer() {
	in := newReader(struct{ io.Reader }{r.server}, relayBody) // slow is not gone: no deadlines
	for {
		body, err := in.next()
		var e envelope
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err == nil {
			r.note(e)
			err = r.write(body, e.Seq)
		}
		if err != nil {
			r.server.Close()
			r.lastWords()
			return
		}
	}
}

// note takes in what a message of the server means for the session.
func (r *relayed) note(e envelope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.Type == "response":
		delete(r.waiting, e.RequestSeq)
		r.started = r.started || e.Success && (e.Command == "attach" || e.Command == "launch")
		r.left = r.left || e.Command == "disconnect"
	case e.Type == "event" && e.Event == "terminated":
		r.ended = true
	}
}

// write sends the body of a message to the client.
func (r *relayed) write(body []byte, seq int) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.seq = seq
	return r.put(body)
}

// put sends a body behind its header. r.writing is locked.
func (r *relayed) put(body []byte) error {
	head := frame.Append(make([]byte, 0, len(body)+64), len(body))
	_, err := r.client.Write(append(head, body...))
	return err
}

// say sends messages of our own, behind those of the server.
func (r *relayed) say(messages ...message) {
	r.writing.Lock()
	defer r.writing.Unlock()
	var buf bytes.Buffer
	for _, m := range messages {
		r.seq++
		m.setSeq(r.seq)
		if encode(&buf, m) != nil {
			continue // it is made of texts: that cannot be
		}
		if _, err := r.client.Write(buf.Bytes()); err != nil {
			return // nobody listens, which reading will show
		}
	}
}

// lastWords says what the server has not said.
func (r *relayed) lastWords() {
	r.mu.Lock()
	waiting, tell, left := r.waiting, r.started && !r.ended, r.left
	r.waiting, r.gone, r.ended = nil, true, true
	r.mu.Unlock()
	var last []message
	for _, seq := range slices.Sorted(maps.Keys(waiting)) {
		last = append(last, goneAnswer(&request{seq: seq, command: waiting[seq]}))
	}
	if tell {
		last = append(last, newEvent("output", outputBody{Category: "console", Output: errRemoteGone.Error() + "\n"}), newEvent("terminated", nil))
	}
	r.say(last...)
	for _, command := range waiting {
		left = left || command == "disconnect"
	}
	if left {
		r.part()
	}
}

// goneAnswer answers a request to a server that has gone. Leaving it succeeds.
func goneAnswer(r *request) message {
	if r.command == "disconnect" {
		return newResponse(r, nil, nil)
	}
	return newResponse(r, nil, errRemoteGone)
}

// part ends the wait for the client's goodbye. Requests that are answered here may say it
// more than once.
func (r *relayed) part() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.parted:
	default:
		close(r.parted)
	}
}

// fromClient passes on what the client says until it has no more to say. The error is
// what is not a message.
func (r *relayed) fromClient() error {
	in := newReader(struct{ io.Reader }{r.client}, DefaultMaxBody)
	for {
		body, err := in.next()
		var asked *request
		if err == nil {
			asked, err = parseRequest(body)
		}
		switch {
		case errors.Is(err, io.EOF):
			r.hangUp()
			return nil
		case errors.Is(err, errNotRequest):
		case err != nil:
			r.server.Close()
			if gone(err) {
				return nil
			}
			return fmt.Errorf("the client: %w", err)
		}
		if asked != nil && !r.await(asked) {
			r.say(goneAnswer(asked))
			if asked.command == "disconnect" {
				r.part()
			}
			continue
		}
		head := frame.Append(make([]byte, 0, len(body)+64), len(body))
		// If it fails the server has gone, which reading shows.
		_, _ = r.server.Write(append(head, body...))
	}
}

// await notes that the server has to answer a request. It is false if the server has
// gone.
func (r *relayed) await(asked *request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return false
	}
	r.waiting[asked.seq] = asked.command
	r.ended = r.ended || asked.command == "disconnect"
	return true
}

// hangUp tells the server that the client has no more to say. What it has asked is
// still answered.
func (r *relayed) hangUp() {
	if half, ok := r.server.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		return
	}
	r.server.Close()
}
