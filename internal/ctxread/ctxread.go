// Package ctxread reads from what cannot be interrupted, such as a terminal or a pipe, until a
// context is done.
package ctxread

import (
	"context"
	"io"
)

// New returns a reader of r whose Read ends with the context's error when that is done. What r gives
// after that is lost. It is not for several goroutines.
//
// A read of r that goes on then is left behind: its goroutine ends with r, or with the process. So the
// context is one whose end is the end of the command.
func New(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx: ctx, r: r} }

type reader struct {
	ctx context.Context
	r   io.Reader
	buf []byte
}

type result struct {
	n   int
	err error
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if len(r.buf) < len(p) {
		r.buf = make([]byte, len(p))
	}
	buf := r.buf[:len(p)] // of its own: p is the caller's again once this has returned
	done := make(chan result, 1)
	go func() {
		n, err := r.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		copy(p, buf[:got.n])
		return got.n, got.err
	case <-r.ctx.Done():
		r.buf = nil
		return 0, r.ctx.Err()
	}
}
