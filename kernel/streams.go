package kernel

import (
	"io"

	"go.uber.org/zap"
)

// Stream is one of a script's output streams.
type Stream string

// The output streams.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// streamWriter is a session's stdout or stderr: the output of the execution that
// runs.
type streamWriter struct {
	h      *Hosted
	stream Stream
}

// Write never fails: a script goes on when nobody listens.
func (w streamWriter) Write(p []byte) (int, error) {
	if x := w.h.Execution(); x != nil && x.request.Output != nil && !x.muted && len(p) > 0 {
		x.output(w.stream, p)
	}
	return len(p), nil
}

// Flush waits until what was written is where whoever executes wants it.
func (w streamWriter) Flush() error {
	x := w.h.Execution()
	if x == nil || x.request.Flush == nil || x.muted {
		return nil
	}
	return x.flush()
}

func (x *Execution) flush() (err error) {
	defer x.mute("Flush")
	return x.request.Flush()
}

// mute is deferred around calls of the request's functions: one that has panicked is not
// called again.
func (x *Execution) mute(what string) {
	if v := recover(); v != nil {
		x.muted = true
		x.hosted.kernel.opts.Log.Error("panic in an execution's "+what, zap.String("session", x.hosted.id), zap.Any("panic", v), zap.Stack("stack"))
	}
}

// output passes on what the script prints.
func (x *Execution) output(stream Stream, p []byte) {
	defer x.mute("Output")
	x.request.Output(stream, p)
}

// stdin is what one execution reads. It is told from that of the next one by its
// address: nothing that one has not read is read by the other.
type stdin struct{ io.Reader }

func input(r io.Reader) io.Reader {
	if r == nil {
		return &stdin{empty{}}
	}
	return &stdin{r}
}

// empty is at its end.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }
