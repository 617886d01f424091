package dap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/llmspell/llmspell/internal/frame"
)

const (
	// DefaultMaxBody is the largest message body that a Server accepts unless
	// Options.MaxBody says otherwise.
	DefaultMaxBody = 16 << 20
	// messageTimeout is how long a peer may take to send a message, once begun.
	messageTimeout = frame.Timeout
)

// errFraming marks input that is not a stream of protocol messages. There is no
// way to find the next message after it, so the connection must be closed.
var errFraming = errors.New("not a Debug Adapter Protocol message")

func framingError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFraming, fmt.Sprintf(format, args...))
}

// reader splits a byte stream into message bodies (specification, section
// "Base Protocol").
type reader struct{ frames *frame.Reader }

func newReader(r io.Reader, maxBody int) *reader {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	return &reader{frame.NewReader(r, maxBody)}
}

// next returns the body of the next message. It returns io.EOF only between
// messages; any other error ends the stream too.
func (r *reader) next() ([]byte, error) {
	body, err := r.frames.Next()
	if errors.Is(err, frame.ErrFraming) {
		err = fmt.Errorf("%w: %w", errFraming, err)
	}
	return body, err
}

// buffered reports whether a whole message has already arrived, so that next
// will not wait.
func (r *reader) buffered() bool { return r.frames.Buffered() }

// encode renders a message with its header into buf, which it resets.
func encode(buf *bytes.Buffer, m message) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	// Scripts print <, > and & all the time; escaping them is for HTML pages.
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	text := bytes.TrimSuffix(body.Bytes(), []byte("\n"))
	buf.Reset()
	buf.Write(frame.Append(buf.AvailableBuffer(), len(text)))
	buf.Write(text)
	return nil
}
