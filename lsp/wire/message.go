package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// raw is JSON that lies in the message's own bytes: it is valid only as long as they
// are. (json.RawMessage would copy it.)
type raw []byte

// UnmarshalJSON keeps the bytes, without the copy that its contract asks of those who
// keep them for longer than the message is there.
func (r *raw) UnmarshalJSON(data []byte) error {
	*r = data
	return nil
}

// message is a message taken apart.
type message struct {
	Version string  `json:"jsonrpc"`
	ID      raw     `json:"id"` // nil: none
	Method  *string `json:"method"`
	Params  raw     `json:"params"`
	Result  raw     `json:"result"`
	Error   raw     `json:"error"`
}

// maxID is the longest id of a request, in bytes.
const maxID = 1024

// parse takes a message apart. With an error the message has an id if the answer can
// name one.
func parse(body []byte) (message, *Error) {
	var m message
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 && start[0] == '[' && json.Valid(body) {
		return m, Errorf(CodeInvalidRequest, "the protocol has no batches: send the messages one by one")
	}
	if err := json.Unmarshal(body, &m); err != nil {
		if !json.Valid(body) {
			return message{}, Errorf(CodeParse, "the message is not valid JSON: %v", err)
		}
		bad := message{ID: m.ID}
		bad.checkID()
		return bad, Errorf(CodeInvalidRequest, "this is no message of JSON-RPC: %v", err)
	}
	if e := m.checkID(); e != nil {
		return m, e
	}
	if m.Version != "2.0" {
		return m, Errorf(CodeInvalidRequest, `the member "jsonrpc" must be "2.0"`)
	}
	if m.Method == nil && m.Result == nil && m.Error == nil {
		return m, Errorf(CodeInvalidRequest, `the message has neither "method" nor "result" nor "error"`)
	}
	return m, nil
}

// checkID clears an id that cannot be answered to, and says so.
func (m *message) checkID() *Error {
	if m.ID == nil || m.Method == nil && string(m.ID) == "null" {
		return nil // responses to what could not be read have null
	}
	if c := m.ID[0]; c == '"' || c == '-' || c >= '0' && c <= '9' {
		if len(m.ID) <= maxID && utf8.Valid(m.ID) {
			return nil
		}
	}
	m.ID = nil
	return Errorf(CodeInvalidRequest, "the id of a request must be a number or a string of at most %d bytes", maxID)
}

// idOf finds the id at the beginning of a message that is not there as a whole.
func idOf(start []byte) raw {
	dec := json.NewDecoder(bytes.NewReader(start))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil
		}
		var value raw
		if dec.Decode(&value) != nil {
			return nil
		}
		if name == "id" {
			name := "-"
			m := message{ID: append(raw(nil), value...), Method: &name}
			m.checkID()
			return m.ID
		}
	}
	return nil
}
