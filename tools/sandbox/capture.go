package sandbox

import (
	"errors"
	"io"
	"os"
	"time"
)

// capture keeps the beginning of what comes through a pipe, and drops the rest
// so that the writer is never held up.
type capture struct {
	r       *os.File
	limit   int
	data    []byte
	dropped int64
	done    chan struct{}
}

// newCapture returns the capture and the end of the pipe to write to.
func newCapture(limit int) (*capture, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	return &capture{r: r, limit: limit, done: make(chan struct{})}, w, nil
}

func (c *capture) run() {
	defer close(c.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := c.r.Read(buf)
		keep := min(n, c.limit-len(c.data))
		c.data = append(c.data, buf[:keep]...)
		c.dropped += int64(n - keep)
		if err != nil {
			return
		}
	}
}

// finish waits for the end of the pipe. Whoever still holds it open after the
// given time, when all that should is gone, is not waited for.
func (c *capture) finish(patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.done:
		c.r.Close()
	case <-timer.C:
		c.r.Close()
		<-c.done
	}
}

// streams are the three standard streams of a program, seen from here.
type streams struct {
	out, err *capture
	child    [3]*os.File // the child's ends
	input    *os.File    // nil without input
	data     []byte
	written  chan struct{}
}

func newStreams(stdin []byte, limit int) (*streams, error) {
	s := &streams{data: stdin, written: make(chan struct{})}
	var errs [3]error
	if len(stdin) > 0 {
		s.child[0], s.input, errs[0] = os.Pipe()
	} else {
		s.child[0], errs[0] = os.Open(os.DevNull)
	}
	s.out, s.child[1], errs[1] = newCapture(limit)
	s.err, s.child[2], errs[2] = newCapture(limit)
	if err := errors.Join(errs[:]...); err != nil {
		s.closeChild()
		for _, f := range []io.Closer{s.input, fileOf(s.out), fileOf(s.err)} {
			f.Close() // a nil *os.File takes it with an error
		}
		return nil, err
	}
	return s, nil
}

func fileOf(c *capture) *os.File {
	if c == nil {
		return nil
	}
	return c.r
}

func (s *streams) closeChild() {
	for _, f := range s.child {
		f.Close()
	}
}

// start closes the child's ends here, now that the child has them, and begins
// to copy.
func (s *streams) start() {
	s.closeChild()
	go s.out.run()
	go s.err.run()
	go func() {
		defer close(s.written)
		if s.input != nil {
			s.input.Write(s.data) // a program need not read its input
			s.input.Close()
		}
	}()
}

// finish ends the copying, when the program and all it started are gone.
func (s *streams) finish() {
	if s.input != nil {
		s.input.Close() // wakes a write that nobody reads
	}
	<-s.written
	const patience = 500 * time.Millisecond
	s.out.finish(patience)
	s.err.finish(patience)
}

func (s *streams) into(e *Exit) {
	e.Stdout, e.DroppedStdout = s.out.data, s.out.dropped
	e.Stderr, e.DroppedStderr = s.err.data, s.err.dropped
}
