package rpc

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A script that flushes its output waits until the client has answered, in the order of
// the output: what was printed before is then where the client puts it, whatever becomes of
// kernel or client.

// capFlush is the word of clients that answer exec.flush.
const capFlush = "flush"

// flushes are requests to flush that the client has not answered. The zero value has none.
type flushes struct {
	mu      sync.Mutex
	last    int64
	waiting map[int64]chan error
}

// ask makes a request, which is answered or dropped.
func (f *flushes) ask() (n int64, answer <-chan error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[int64]chan error{}
	}
	f.last++
	c := make(chan error, 1)
	f.waiting[f.last] = c
	return f.last, c
}

func (f *flushes) drop(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.waiting, n)
}

// answer tells whoever waits, if that is not over.
func (f *flushes) answer(n int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.waiting[n]; c != nil {
		c <- err
		delete(f.waiting, n)
	}
}

// flusher returns the Flush of an execution; nil if the client does not answer.
func (p *peer) flusher(w *run, out *streamer, submitted <-chan struct{}) func() error {
	if !slices.Contains(p.hello.Caps, capFlush) {
		return nil
	}
	return func() error {
		<-submitted
		n, answer := w.flushes.ask()
		defer w.flushes.drop(n)
		out.flush(n)
		ending := w.exec.Ending()
		select {
		case err := <-answer:
			return err
		case <-ending.Done():
			return context.Cause(ending)
		case <-p.ctx.Done():
			return context.Cause(p.ctx)
		}
	}
}

// flushed is exec.flushed. An execution that has ended waits for nothing.
func (p *peer) flushed(_ ctx, r *FlushedParams) (Empty, error) {
	w := p.server.execution(r.Execution)
	if w == nil || w.peer != p {
		return Empty{}, noExecution(r.Execution)
	}
	var err error
	if r.Error != "" {
		err = errors.New(string(r.Error))
	}
	w.flushes.answer(r.Flush, err)
	return Empty{}, nil
}
