package dap

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Limits on what a peer may send before it has said anything sensible.
const (
	maxHeaderBytes = 1 << 10
	maxHeaderLines = 8
	// DefaultMaxBody is the largest message body that a Server accepts unless
	// Options.MaxBody says otherwise.
	DefaultMaxBody = 16 << 20
	// trustedBody is how much is allocated on the word of a header alone.
	trustedBody = 64 << 10
	// messageTimeout is how long a peer may take to send a message, once begun.
	messageTimeout = 10 * time.Second
	headerPrefix   = "content-"
)

// errFraming marks input that is not a stream of protocol messages. There is no
// way to find the next message after it, so the connection must be closed.
var errFraming = errors.New("not a Debug Adapter Protocol message")

func framingError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFraming, fmt.Sprintf(format, args...))
}

// reader splits a byte stream into message bodies (specification, section
// "Base Protocol").
type reader struct {
	br      *bufio.Reader
	maxBody int
	// deadline limits the time for one message; nil where the stream cannot.
	deadline func(time.Time) error
}

func newReader(r io.Reader, maxBody int) *reader {
	if maxBody <= 0 {
		maxBody = DefaultMaxBody
	}
	rd := &reader{br: bufio.NewReaderSize(r, 32<<10), maxBody: maxBody}
	if c, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok {
		rd.deadline = c.SetReadDeadline
	}
	return rd
}

// next returns the body of the next message. It returns io.EOF only between
// messages; any other error ends the stream too.
func (r *reader) next() ([]byte, error) {
	if _, err := r.br.Peek(1); err != nil {
		return nil, err
	}
	if r.deadline != nil {
		// Streams without deadlines (files) report an error: they have none.
		if r.deadline(time.Now().Add(messageTimeout)) == nil {
			defer r.deadline(time.Time{})
		}
	}
	length, err := r.header()
	if err == nil {
		var body []byte
		if body, err = r.body(length); err == nil {
			return body, nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

// header reads the header part and returns the content length.
func (r *reader) header() (int, error) {
	length, budget := -1, maxHeaderBytes
	for lines := 0; ; lines++ {
		line, err := r.line(&budget, lines == 0)
		if err != nil {
			return 0, err
		}
		if line == "" {
			break
		}
		if lines == maxHeaderLines {
			return 0, framingError("more than %d header lines", maxHeaderLines)
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return 0, framingError("header line %q has no colon", line)
		}
		switch {
		case strings.EqualFold(name, "Content-Type"):
		case strings.EqualFold(name, "Content-Length"):
			if length >= 0 {
				return 0, framingError("two Content-Length headers")
			}
			if length, err = r.length(strings.Trim(value, " \t")); err != nil {
				return 0, err
			}
		default:
			return 0, framingError("unknown header %q", name)
		}
	}
	if length < 0 {
		return 0, framingError("no Content-Length header")
	}
	return length, nil
}

// line reads up to CRLF. It fails at the first byte that cannot belong to a
// header of ours, so that HTTP is refused before the peer has sent a line.
func (r *reader) line(budget *int, first bool) (string, error) {
	var line []byte
	for {
		c, err := r.br.ReadByte()
		if err != nil {
			return "", err
		}
		if *budget--; *budget < 0 {
			return "", framingError("header larger than %d bytes", maxHeaderBytes)
		}
		if c == '\r' && (len(line) > 0 || !first) {
			if c, err = r.br.ReadByte(); err != nil {
				return "", err
			}
			if *budget--; c != '\n' {
				return "", framingError("header line does not end in CRLF")
			}
			return string(line), nil
		}
		if n := len(line); n < len(headerPrefix) && c|0x20 != headerPrefix[n]|0x20 {
			return "", framingError("a header must begin with \"Content-\", this one begins with %q", append(line, c))
		}
		if c < ' ' && c != '\t' || c > '~' {
			return "", framingError("byte 0x%02x in a header", c)
		}
		line = append(line, c)
	}
}

func (r *reader) length(text string) (int, error) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, framingError("Content-Length %q is not a decimal number", text)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > r.maxBody {
		return 0, framingError("Content-Length %s is larger than the limit of %d bytes", text, r.maxBody)
	}
	return n, nil
}

// body reads n bytes. Large bodies grow with what arrives: a header alone must
// not be able to make us allocate.
func (r *reader) body(n int) ([]byte, error) {
	if n <= trustedBody {
		body := make([]byte, n)
		_, err := io.ReadFull(r.br, body)
		return body, err
	}
	var buf bytes.Buffer
	_, err := io.CopyN(&buf, r.br, int64(n))
	return buf.Bytes(), err
}

// buffered reports whether a whole message has already arrived, so that next
// will not wait.
func (r *reader) buffered() bool {
	n := r.br.Buffered()
	if n == 0 {
		return false
	}
	arrived, err := r.br.Peek(n)
	if err != nil {
		return false
	}
	_, err = newReader(bytes.NewReader(arrived), r.maxBody).next()
	return err == nil
}

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
	fmt.Fprintf(buf, "Content-Length: %d\r\n\r\n", len(text))
	buf.Write(text)
	return nil
}
