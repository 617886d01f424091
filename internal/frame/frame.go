// Package frame splits a byte stream into messages behind headers, as the base
// protocols of DAP and LSP do: "Content-Length: N", an empty line, N bytes. It is a
// reader of strangers' bytes: all is bounded, and what cannot be such a stream,
// HTTP for one, is refused at its first byte.
package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits on what a peer may send before it has said anything sensible.
const (
	MaxHeaderBytes = 1 << 10
	maxHeaderLines = 8
	// strangersBody is how much is allocated on the word of a header alone, trustedBody
	// on that of a peer that is known.
	strangersBody = 64 << 10
	trustedBody   = 1 << 20
	// kept is the largest buffer that NextShared keeps.
	kept = 64 << 10
	// Timeout is how long a peer may take to send a message, once begun, and each
	// piece of a long one: on a busy machine that goes on, but slowly. To skip a
	// message, perMegabyte is added instead.
	Timeout      = 10 * time.Second
	piece        = 1 << 20
	perMegabyte  = time.Second
	headerPrefix = "content-"
)

// ErrFraming marks input that is not a stream of messages. There is no way to find
// the next message after it, so the connection must be closed.
var ErrFraming = errors.New("not a stream of messages behind Content-Length headers")

func framingError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFraming, fmt.Sprintf(format, args...))
}

// TooLargeError is a message over the limit. Its body has not been read: Skip
// does. It is an ErrFraming for those who do not skip.
type TooLargeError struct {
	Length, Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%v: Content-Length %s is larger than the limit of %d bytes", ErrFraming, e.Size(), e.Limit)
}

// Size is the Length for messages: a header may tell more than an int64 holds.
func (e *TooLargeError) Size() string {
	if e.Length == math.MaxInt64 {
		return "2^63 or more"
	}
	return strconv.FormatInt(e.Length, 10)
}

// Unwrap returns ErrFraming.
func (e *TooLargeError) Unwrap() error { return ErrFraming }

// Reader reads messages.
type Reader struct {
	br      *bufio.Reader
	maxBody int
	// deadline limits the time for one message; nil where the stream cannot.
	deadline func(time.Time) error
	limited  bool // it is set
	reuse    []byte
	trusted  int
	others   bool // headers that are not ours are passed over
}

// NewReader returns a Reader of messages of at most maxBody bytes.
func NewReader(r io.Reader, maxBody int) *Reader {
	rd := &Reader{br: bufio.NewReaderSize(r, 16<<10), maxBody: maxBody, trusted: strangersBody}
	if c, ok := r.(interface{ SetReadDeadline(time.Time) error }); ok {
		rd.deadline = c.SetReadDeadline
	}
	return rd
}

// Trust tells that the peer is no stranger any more: it may make the Reader allocate
// a megabyte with a header.
func (r *Reader) Trust() { r.trusted = trustedBody }

// AllowHeaders makes the Reader pass over headers that it does not know, as long as
// they have the form of headers. HTTP is still refused: its first line has not.
func (r *Reader) AllowHeaders() { r.others = true }

// Next returns the body of the next message. It returns io.EOF only between
// messages; any other error but a *TooLargeError ends the stream too.
func (r *Reader) Next() ([]byte, error) { return r.next(false) }

// NextShared is Next whose result is valid only until the next call.
func (r *Reader) NextShared() ([]byte, error) { return r.next(true) }

func (r *Reader) next(shared bool) ([]byte, error) {
	if _, err := r.br.Peek(1); err != nil {
		return nil, err
	}
	defer r.unlimited()
	length, err := r.header()
	if err == nil {
		var body []byte
		if body, err = r.body(length, shared); err == nil {
			return body, nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

// limit sets the time for the rest of the message. What has arrived needs none.
func (r *Reader) limit(d time.Duration) {
	// Streams without deadlines (files) report an error: they have none.
	if r.deadline != nil && r.deadline(time.Now().Add(d)) == nil {
		r.limited = true
	}
}

func (r *Reader) unlimited() {
	if r.limited {
		r.limited = false
		_ = r.deadline(time.Time{}) // it worked before
	}
}

// usual is the header that all clients send.
const usual = "Content-Length: "

// arrived reads a usual header that is there as a whole.
func (r *Reader) arrived() (length int64, ok bool) {
	have, _ := r.br.Peek(r.br.Buffered())
	length, size := usualHeader(have)
	_, _ = r.br.Discard(size) // it is there
	return length, size > 0
}

// usualHeader reads a usual header at the beginning of have, and returns its size: 0 if
// there is none.
func usualHeader(have []byte) (length int64, size int) {
	digits, ok := bytes.CutPrefix(have[:min(len(have), 64)], []byte(usual))
	if !ok {
		return 0, 0
	}
	n := 0
	for n < len(digits) && n < 18 && digits[n] >= '0' && digits[n] <= '9' {
		length = 10*length + int64(digits[n]-'0')
		n++
	}
	if n == 0 || !bytes.HasPrefix(digits[n:], []byte("\r\n\r\n")) {
		return 0, 0
	}
	return length, len(usual) + n + 4
}

// header reads the header part and returns the content length.
func (r *Reader) header() (int, error) {
	length, ok := r.arrived()
	if !ok {
		r.limit(Timeout)
		var err error
		if length, err = r.lines(); err != nil {
			return 0, err
		}
	}
	if length > int64(r.maxBody) {
		return 0, &TooLargeError{length, int64(r.maxBody)}
	}
	return int(length), nil
}

func (r *Reader) lines() (int64, error) {
	length, budget := int64(-1), MaxHeaderBytes
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
		if r.others && (name == "" || strings.ContainsAny(name, " \t\"(),/<>@[]{}")) {
			return 0, framingError("%q is no name of a header", name)
		}
		switch {
		case strings.EqualFold(name, "Content-Type"):
		case strings.EqualFold(name, "Content-Length"):
			if length >= 0 {
				return 0, framingError("two Content-Length headers")
			}
			if length, err = parseLength(strings.Trim(value, " \t")); err != nil {
				return 0, err
			}
		case !r.others:
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
func (r *Reader) line(budget *int, first bool) (string, error) {
	var line []byte
	for {
		c, err := r.br.ReadByte()
		if err != nil {
			return "", err
		}
		if *budget--; *budget < 0 {
			return "", framingError("header larger than %d bytes", MaxHeaderBytes)
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
		if n := len(line); !r.others && n < len(headerPrefix) && c|0x20 != headerPrefix[n]|0x20 {
			return "", framingError("a header must begin with \"Content-\", this one begins with %q", append(line, c))
		}
		if c < ' ' && c != '\t' || c > '~' {
			return "", framingError("byte 0x%02x in a header", c)
		}
		line = append(line, c)
	}
}

func parseLength(text string) (int64, error) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, framingError("Content-Length %q is not a decimal number", text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n = math.MaxInt64 // too large for us in any case, see Size
	}
	return n, nil
}

// body reads n bytes. Large bodies grow with what arrives: a header alone must
// not be able to make us allocate.
func (r *Reader) body(n int, shared bool) ([]byte, error) {
	if r.br.Buffered() < n && (!r.limited || n > 1<<20) {
		r.limit(Timeout)
	}
	if n > r.trusted {
		return r.large(n)
	}
	body := r.reuse
	if !shared || cap(body) < n {
		body = make([]byte, n)
	}
	if shared && n <= kept {
		r.reuse = body
	}
	body = body[:n]
	_, err := io.ReadFull(r.br, body)
	return body, err
}

// large reads n bytes, more than are trusted. There is never room for more than
// growth times what has arrived.
func (r *Reader) large(n int) ([]byte, error) {
	const growth = 8
	body := make([]byte, 0, r.trusted)
	for {
		arrived, err := io.ReadFull(r.br, body[len(body):min(cap(body), n, len(body)+piece)])
		body = body[:len(body)+arrived]
		if err != nil || len(body) == n {
			return body, err
		}
		r.limit(Timeout)
		if len(body) < cap(body) {
			continue
		}
		room := n
		if n/growth > len(body) {
			room = growth * len(body)
		}
		body = slices.Grow(body, room-len(body))
	}
}

// Skip reads over the body of a message that was too large. It returns the first
// bytes of it, head at most, in which the message may tell its id.
func (r *Reader) Skip(e *TooLargeError, head int) ([]byte, error) {
	r.limit(Timeout + time.Duration(e.Length>>20)*perMegabyte)
	defer r.unlimited()
	start := make([]byte, min(int64(head), e.Length))
	if _, err := io.ReadFull(r.br, start); err != nil {
		return nil, err
	}
	_, err := io.CopyN(io.Discard, r.br, e.Length-int64(len(start)))
	return start, err
}

// Buffered reports whether a whole message has already arrived, so that Next will
// not wait.
func (r *Reader) Buffered() bool {
	n := r.br.Buffered()
	if n == 0 {
		return false
	}
	arrived, err := r.br.Peek(n)
	if err != nil {
		return false
	}
	if length, size := usualHeader(arrived); size > 0 {
		return length <= int64(min(r.maxBody, n-size))
	}
	_, err = NewReader(bytes.NewReader(arrived), r.maxBody).Next()
	return err == nil
}

// Fill reads once from the stream, if there is room in the buffer, without waiting for
// a whole message. Its error is not kept: where a stream tells so that nothing has
// arrived, it can be read on.
func (r *Reader) Fill() error {
	_, err := r.br.Peek(r.br.Buffered() + 1)
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil
	}
	return err
}

// Pending is how many bytes have arrived that were not read yet.
func (r *Reader) Pending() int { return r.br.Buffered() }

// Stream returns the stream from here on, for another protocol: what has arrived
// already, and what follows.
func (r *Reader) Stream() io.Reader { return r.br }

// Append adds a header for a body of n bytes.
func Append(b []byte, n int) []byte {
	b = append(b, usual...)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, "\r\n\r\n"...)
}
