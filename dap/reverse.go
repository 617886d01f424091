package dap

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	dap "github.com/google/go-dap"
)

// reverse holds the requests of ours that the client has not answered yet
// (specification, "Reverse Requests").
type reverse struct {
	mu    sync.Mutex
	calls map[*reverseCall]bool // nil once no answer can come
}

// reverseCall waits for the answer to one request.
type reverseCall struct {
	seq    int // 0 until the writer has numbered it
	answer chan clientResponse
}

// clientResponse is the client's answer to a request of ours.
type clientResponse struct {
	RequestSeq int             `json:"request_seq"`
	Type       string          `json:"type"`
	Success    bool            `json:"success"`
	Message    string          `json:"message"`
	Body       json.RawMessage `json:"body"`
}

// reverseRequest is a request to the client. The writer decides its number.
type reverseRequest struct {
	dap.Request
	Arguments json.RawMessage `json:"arguments,omitempty"`
	numbered  func(seq int)
}

func (r *reverseRequest) setSeq(n int) {
	r.Seq = n
	r.numbered(n)
}

func newReverse() *reverse { return &reverse{calls: map[*reverseCall]bool{}} }

// reverse sends a request to the client, which must have said that it supports
// it, and returns the body of the response. It goes out at once, even while a
// request of the client's is being answered. Not for the reader goroutine.
func (s *session) reverse(ctx context.Context, command string, args any) (json.RawMessage, error) {
	encoded, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("%s: encode the arguments: %w", command, err)
	}
	call, err := s.callbacks.begin(command)
	if err != nil {
		return nil, err
	}
	defer s.callbacks.end(call)
	m := &reverseRequest{Arguments: encoded, numbered: func(seq int) { s.callbacks.number(call, seq) }}
	m.Type, m.Command = "request", command
	s.out.reply(m)
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: the client has not answered: %w", command, ctx.Err())
	case r, ok := <-call.answer:
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: the client has gone", command)
		case !r.Success:
			return nil, fmt.Errorf("%s: the client refused: %s", command, r.reason())
		}
		return r.Body, nil
	}
}

// reason is the text of an error response.
func (r clientResponse) reason() string {
	var body dap.ErrorResponseBody
	if json.Unmarshal(r.Body, &body) == nil && body.Error != nil && body.Error.Format != "" {
		return body.Error.Format
	}
	if r.Message == "" {
		return "it gave no reason"
	}
	return r.Message
}

func (v *reverse) begin(command string) (*reverseCall, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.calls == nil {
		return nil, fmt.Errorf("%s: the client has gone", command)
	}
	call := &reverseCall{answer: make(chan clientResponse, 1)}
	v.calls[call] = true
	return call, nil
}

func (v *reverse) number(call *reverseCall, seq int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	call.seq = seq
}

func (v *reverse) end(call *reverseCall) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.calls, call)
}

// deliver takes a message that is not a request. Answers to what was not asked,
// or no longer matters, are ignored.
func (v *reverse) deliver(body []byte) {
	var r clientResponse
	if json.Unmarshal(body, &r) != nil || r.Type != "response" || r.RequestSeq == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for call := range v.calls {
		if call.seq == r.RequestSeq {
			delete(v.calls, call)
			call.answer <- r
		}
	}
}

// close ends all waits: the client says nothing more.
func (v *reverse) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for call := range v.calls {
		close(call.answer)
	}
	v.calls = nil
}
