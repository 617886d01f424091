package cli

import (
	"bufio"
	"io"
	"os"
	"sync"
	"time"
)

// flushAfter is how long output may wait in the buffer.
const flushAfter = 50 * time.Millisecond

// output buffers what a script prints. A terminal sees each line at once, a
// pipe gets it in blocks, at the latest after flushAfter.
type output struct {
	mu       sync.Mutex
	w        *bufio.Writer
	terminal bool
	timer    *time.Timer
	err      error
}

func newOutput(w io.Writer) *output {
	return &output{w: bufio.NewWriterSize(w, 64<<10), terminal: isTerminal(w)}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if err != nil {
		o.err = err
		return n, err
	}
	switch {
	case o.terminal:
		err = o.w.Flush()
	case o.timer == nil:
		o.timer = time.AfterFunc(flushAfter, func() { _ = o.Flush() })
	}
	return n, err
}

// Flush writes out what is buffered.
func (o *output) Flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	if err := o.w.Flush(); err != nil {
		o.err = err
	}
	return o.err
}

// isTerminal tells whether a stream is a character device.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Mode()&os.ModeNamedPipe == 0 && f.Name() != os.DevNull
}

// flushBefore flushes output before each write to another stream, so that both
// come in order.
type flushBefore struct {
	out *output
	w   io.Writer
}

func (f flushBefore) Write(p []byte) (int, error) {
	_ = f.out.Flush() // its own error shows at the end
	return f.w.Write(p)
}
