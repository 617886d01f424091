package headless

import (
	"io"
	"sync"
)

// capture keeps what a script prints until it is reported: the last limit
// bytes of it.
type capture struct {
	limit int

	mu      sync.Mutex
	text    []byte
	dropped int
}

// Write implements io.Writer. It never fails.
func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.text = append(c.text, p...); len(c.text) > 2*c.limit {
		c.trim()
	}
	return len(p), nil
}

func (c *capture) trim() {
	if over := len(c.text) - c.limit; over > 0 {
		c.dropped += over
		c.text = append(c.text[:0], c.text[over:]...)
	}
}

// take returns what was printed since the last take, and how many bytes before
// it were dropped.
func (c *capture) take() (string, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trim()
	text, dropped := string(c.text), c.dropped
	c.text, c.dropped = c.text[:0], 0
	return text, dropped
}

// lineWriter passes on what a script prints, and knows whether it is within a
// line: a report begins a new one.
type lineWriter struct {
	mu     sync.Mutex
	w      io.Writer
	inLine bool
}

// Write implements io.Writer.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write(p)
}

func (l *lineWriter) write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	if n > 0 {
		l.inLine = p[n-1] != '\n'
	}
	return n, err
}

// report writes whole lines, beginning with a new one.
func (l *lineWriter) report(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inLine {
		text = "\n" + text
	}
	_, _ = l.write([]byte(text)) // whoever flushes the stream learns of its errors
}
