package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
)

// envelope is a message, taken apart but not read: its parts are JSON, as far as
// nobody has looked into them, and lie in the message's own bytes.
type envelope struct {
	id      []byte // nil: none
	method  string // "": a response
	params  []byte // nil: none
	result  []byte
	err     []byte
	version string

	traceparent, tracestate string // of W3C Trace Context; empty: the request begins a trace
}

// errNotJSON is what the scanner says of a message.
var errNotJSON = errors.New("the message is not valid JSON")

// parseEnvelope takes a message apart. It looks at the message's own members only:
// whether a value is JSON, those find out who read it.
func parseEnvelope(data []byte) (envelope, error) {
	var m envelope
	err := members(data, func(name string, value []byte) error {
		switch name {
		case "id":
			m.id = value
		case "method":
			if err := json.Unmarshal(value, &m.method); err != nil || m.method == "" {
				return errors.New("the member method must be a string that is not empty")
			}
		case "params":
			m.params = value
		case "result":
			m.result = value
		case "error":
			if string(value) != "null" {
				m.err = value
			}
		case "traceparent":
			_ = json.Unmarshal(value, &m.traceparent) // any other type is no trace
		case "tracestate":
			_ = json.Unmarshal(value, &m.tracestate)
		case "jsonrpc":
			_ = json.Unmarshal(value, &m.version) // any other type is a wrong version
		}
		return nil
	})
	return m, err
}

// members calls f with each member of an object: the name, and the bytes of the
// value. Errors are errNotJSON or f's.
func members(data []byte, f func(name string, value []byte) error) error {
	return membersUntil(data, f, nil)
}

// membersUntil is members, which calls rest, if not nil, with a member whose value does
// not end where the data do, and all the bytes from its beginning.
func membersUntil(data []byte, f func(name string, value []byte) error, rest func(name string, value []byte)) error {
	i := space(data, 0)
	if i >= len(data) || data[i] != '{' {
		return errNotJSON
	}
	i = space(data, i+1)
	for first := true; ; first = false {
		if i < len(data) && data[i] == '}' && first {
			i++
			break
		}
		start := i
		i = skipString(data, i)
		if i < 0 {
			return errNotJSON
		}
		name, ok := unquote(data[start:i])
		i = space(data, i)
		if !ok || i >= len(data) || data[i] != ':' {
			return errNotJSON
		}
		start = space(data, i+1)
		if i = skipValue(data, start); i < 0 {
			if rest != nil {
				rest(name, data[start:])
			}
			return errNotJSON
		}
		if err := f(name, data[start:i:i]); err != nil {
			return err
		}
		i = space(data, i)
		if i >= len(data) || data[i] != ',' && data[i] != '}' {
			return errNotJSON
		}
		i++
		if data[i-1] == '}' {
			break
		}
		i = space(data, i)
	}
	if space(data, i) != len(data) {
		return errNotJSON
	}
	return nil
}

// unquote reads a string. Nearly all names are plain.
func unquote(quoted []byte) (string, bool) {
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') < 0 && plainText(plain) {
		return string(plain), true
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err == nil
}

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the place behind the string that begins at i, or -1.
func skipString(data []byte, i int) int {
	if i >= len(data) || data[i] != '"' {
		return -1
	}
	for i++; ; {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		// The quote ends the string unless an odd number of backslashes is before it.
		end := i + n
		slashes := 0
		for end-slashes > i && data[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
		i = end + 1
	}
}

// skipValue returns the place behind the value that begins at i, or -1. Of lists and
// objects it only follows the brackets.
func skipValue(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	start := i
	for i < len(data) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(data[i])) {
		if c := data[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E') {
			return -1
		}
		i++
	}
	if i == start || !json.Valid(data[start:i]) {
		return -1
	}
	return i
}

func skipNested(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			if i = skipString(data, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// keptBuffer is the largest buffer that a connection keeps for its next message,
// pooledBuffer that the pool, which the garbage collector empties, does.
const (
	keptBuffer   = 64 << 10
	pooledBuffer = 4 << 20
)

// encoder writes JSON into a buffer that is used again.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

// encoders keeps encoders that are not in use. The zero value works.
type encoders struct{ pool sync.Pool }

func (p *encoders) get() *encoder {
	if e, ok := p.pool.Get().(*encoder); ok {
		return e
	}
	e := &encoder{}
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false)
	return e
}

func (p *encoders) put(e *encoder) {
	if e.buf.Cap() <= pooledBuffer {
		p.pool.Put(e)
	}
}

// marshal is json.Marshal that leaves <, > and & alone.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// encode returns v as JSON; the bytes are valid until the next call.
func (e *encoder) encode(v any) ([]byte, error) {
	e.buf.Reset()
	if err := e.enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")), nil
}
