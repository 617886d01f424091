package lualib

import (
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"
)

// interruptible makes the reads of a stream that may block return when the
// execution is cancelled.
type interruptible struct {
	source func() io.Reader
	host   *Host
	// last is the source that was read last, where it may change.
	last io.Reader
	// pending is the read that a cancelled call left behind; its data belongs to
	// the next call that reads the same source.
	pending chan readResult
	// rest is what a finished read has beyond the caller's buffer.
	rest readResult
}

// readResult is the outcome of one Read.
type readResult struct {
	data []byte
	err  error
}

// deadlineReader is a stream whose blocked Read can be made to return: files
// of pollable kinds (pipes, terminals, sockets) and network connections.
type deadlineReader interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// Read reads from the source. After the execution's end it fails with
// errInterrupted.
func (r *interruptible) Read(p []byte) (int, error) {
	ctx := r.host.Context()
	if ctx.Err() != nil {
		return 0, errInterrupted
	}
	if len(r.rest.data) > 0 || r.rest.err != nil {
		return r.take(p)
	}
	if r.pending == nil {
		source := r.source()
		if ctx.Done() == nil {
			return source.Read(p)
		}
		if d, ok := source.(deadlineReader); ok && d.SetReadDeadline(time.Time{}) == nil {
			return r.readWithDeadline(ctx, d, p)
		}
		r.start(source, len(p))
	}
	for {
		select {
		case r.rest = <-r.pending:
			r.pending = nil
			return r.take(p)
		case <-ctx.Done():
			return 0, errInterrupted
		case <-r.host.Wake():
			r.host.Serve()
		}
	}
}

// exchanged tells whether the source is another one than before: the Host has
// set it for another execution. What is left of the old one is forgotten.
func (r *interruptible) exchanged() bool {
	source := r.source()
	if r.last == nil || !reflect.ValueOf(source).Comparable() || source == r.last {
		r.last = source
		return false
	}
	r.last, r.pending, r.rest = source, nil, readResult{}
	return true
}

// take hands out what a finished read brought.
func (r *interruptible) take(p []byte) (int, error) {
	n := copy(p, r.rest.data)
	r.rest.data = r.rest.data[n:]
	if len(r.rest.data) > 0 || n > 0 {
		return n, nil
	}
	err := r.rest.err
	r.rest.err = nil
	return 0, err
}

// start reads in a goroutine: nothing can interrupt a Read of an arbitrary
// stream. After a cancel the goroutine stays with this reader, which takes its
// data next time; it ends when the source delivers, ends or is closed.
func (r *interruptible) start(source io.Reader, size int) {
	result := make(chan readResult, 1)
	r.pending = result
	go func() {
		defer func() {
			if v := recover(); v != nil { // an embedding program's: it must not end the process
				result <- readResult{err: fmt.Errorf("reading failed: %v", v)}
			}
		}()
		buf := make([]byte, size)
		n, err := source.Read(buf)
		result <- readResult{buf[:n], err}
	}()
}

// readWithDeadline lets a cancel of ctx end the read by an expired deadline.
func (r *interruptible) readWithDeadline(ctx context.Context, d deadlineReader, p []byte) (n int, err error) {
	ended := served(r.host, ctx, func() { n, err = d.Read(p) }, d.SetReadDeadline)
	if ended && n == 0 && err != nil {
		err = errInterrupted
	}
	return n, err
}

// served makes a call that blocks, on a goroutine of its own, and serves others until it
// returns. When ctx is done a deadline that has expired ends the call, which is told.
func served(host *Host, ctx context.Context, call func(), deadline func(time.Time) error) (ended bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		call()
	}()
	for {
		select {
		case <-done:
			return false
		case <-ctx.Done():
			_ = deadline(time.Unix(1, 0)) // it worked a moment ago
			<-done
			return true
		case <-host.Wake():
			host.Serve()
		}
	}
}

// interruptibleWriter makes writes to a pipe that nobody empties return when the
// execution is cancelled.
type interruptibleWriter struct {
	file *os.File
	host *Host
}

func (w *interruptibleWriter) Write(p []byte) (n int, err error) {
	ctx := w.host.Context()
	if ctx.Err() != nil {
		return 0, errInterrupted
	}
	if ctx.Done() == nil || w.file.SetWriteDeadline(time.Time{}) != nil {
		return w.file.Write(p) // a device without deadlines does not block for long
	}
	if served(w.host, ctx, func() { n, err = w.file.Write(p) }, w.file.SetWriteDeadline) && err != nil {
		err = errInterrupted
	}
	return n, err
}
