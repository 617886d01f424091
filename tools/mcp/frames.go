package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxFrame bounds a message on a stream. It is a little less than what the SDK
// takes, which ends the connection at a longer one.
const maxFrame = sdk.DefaultMaxLineLength - 1<<10

// firstBatchless is the first version of the protocol that knows no batches.
const firstBatchless = "2025-06-18"

// frames passes the messages of a stream on, one on each line, and leaves out
// what is none: the SDK ends the connection at the first line that it does not
// understand, and programs print greetings and warnings where they should not.
type frames struct {
	in      *bufio.Reader
	line    []byte // the buffer for a line
	rest    []byte // of the line that is being read
	version func() string
	// reject is told of a line that is left out: the id of the message, if it
	// has one, the code of the error, and what is wrong. What it returns is read in its place.
	reject func(id json.RawMessage, code int64, why error) []byte
}

func newFrames(in io.Reader, version func() string, reject func(json.RawMessage, int64, error) []byte) *frames {
	return &frames{in: bufio.NewReaderSize(in, 64<<10), version: version, reject: reject}
}

// Read implements io.Reader. It returns the bytes of one message at most.
func (f *frames) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		line, cut, err := f.next()
		if line = bytes.TrimSpace(line); len(line) > 0 {
			f.rest = f.judge(line, cut)
		}
		if err != nil && len(f.rest) == 0 {
			return 0, err
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// next reads a line. Of one that is too long it keeps the beginning.
func (f *frames) next() (line []byte, cut bool, err error) {
	if cap(f.line) > 1<<20 {
		f.line = nil // big messages are rare
	}
	f.line = f.line[:0]
	for {
		part, err := f.in.ReadSlice('\n')
		if room := maxFrame - len(f.line); len(part) > room {
			part, cut = part[:room], true
		}
		f.line = append(f.line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return f.line, cut, err
		}
	}
}

// judge returns the line as the SDK gets it.
func (f *frames) judge(line []byte, cut bool) []byte {
	code, err := int64(jsonrpc.CodeInvalidRequest), error(nil)
	var raw json.RawMessage
	switch {
	case cut:
		err = fmt.Errorf("the message is longer than the %d bytes that are taken", maxFrame)
	case json.Unmarshal(line, &raw) != nil:
		code, err = jsonrpc.CodeParseError, fmt.Errorf("the line is not JSON: %w", json.Unmarshal(line, &raw))
	case line[0] == '[':
		err = f.batch(line)
	case line[0] != '{':
		err = errors.New("a message is a JSON object")
	case bytes.ContainsAny(idOf(line), ".eE") && idOf(line)[0] != '"':
		err = errors.New("an id is a text or a whole number") // the SDK would answer to another one
	default:
		_, err = jsonrpc.DecodeMessage(line)
	}
	if err == nil {
		return append(line, '\n')
	}
	return f.reject(idOf(line), code, err)
}

// batch checks several messages on one line.
func (f *frames) batch(line []byte) error {
	if v := f.version(); v >= firstBatchless {
		return fmt.Errorf("version %s of the protocol knows no batches; send each message on a line of its own", v)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(line, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New("the batch is empty")
	}
	seen := map[string]bool{}
	for i, item := range list {
		m, err := jsonrpc.DecodeMessage(item)
		if err != nil {
			return fmt.Errorf("message %d of the batch: %w", i+1, err)
		}
		if r, ok := m.(*jsonrpc.Request); ok && r.ID.IsValid() {
			id := fmt.Sprintf("%T%v", r.ID.Raw(), r.ID.Raw())
			if seen[id] {
				return fmt.Errorf("message %d of the batch: the id %v is taken", i+1, r.ID.Raw())
			}
			seen[id] = true
		}
	}
	return nil
}

// idOf finds the id of a message that may be wrong, or cut off.
func idOf(line []byte) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		if key == "id" && (value[0] == '"' || value[0] == '-' || '0' <= value[0] && value[0] <= '9') {
			return value
		}
	}
	return nil
}

// refusal is the answer to a message that is wrong.
func refusal(id json.RawMessage, code int64, why error) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": why.Error()}})
	if err != nil {
		return nil // cannot be: the id was read from JSON
	}
	return append(text, '\n')
}
