package wire

import (
	"encoding/json"
	"errors"
	"io"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/frame"
)

const (
	// DefaultMaxMessage is the largest message that is taken, in bytes.
	DefaultMaxMessage = 64 << 20
	// maxSkip is how large a message can be, in units of the limit, to be passed over.
	maxSkip = 16
	// idWithin is how much of a message that is too large is looked at for its id.
	idWithin = 4 << 10
)

// stream is the jsonrpc2.ObjectStream of a Conn. Of what the client sends, only answers
// go through jsonrpc2 as they are. For a request or notification it gets bell, and its
// handler, which it calls on the same goroutine, finds the message in Conn.now.
type stream struct{ c *Conn }

// bell is a notification that stands for any message.
var bell = []byte(`{"method":""}`)

// ReadObject reads up to the next message that jsonrpc2 must see. What is none is
// answered here. Its error ends the connection.
func (s *stream) ReadObject(v any) error {
	<-s.c.ready
	for {
		body, err := s.c.in.NextShared()
		if large, ok := errors.AsType[*frame.TooLargeError](err); ok {
			if err = s.c.tooLarge(large); err == nil {
				continue
			}
		}
		if err != nil {
			if errors.Is(err, frame.ErrFraming) {
				s.c.refuse(nil, Errorf(CodeParse, "%v; the connection is closed, for the next message cannot be found", err))
				s.c.log.Error("the client was dropped: what it sends is no stream of messages", zap.Error(err))
				err = io.EOF
			}
			return err
		}
		m, bad := parse(body)
		switch {
		case bad != nil:
			s.c.log.Warn("a message could not be read", zap.String("why", bad.Message))
			s.c.refuse(m.ID, bad)
		case m.Method != nil:
			s.c.now = m
			return json.Unmarshal(bell, v)
		case s.c.expects(m.ID):
			if err := json.Unmarshal(body, v); err == nil {
				return nil
			}
			s.c.log.Warn("an answer of the client could not be read", zap.ByteString("id", m.ID), zap.ByteString("error", m.Error))
			if err := json.Unmarshal(unreadable(m.ID), v); err == nil {
				return nil
			}
		default:
			s.c.log.Debug("an answer to nothing that was asked", zap.ByteString("id", m.ID), zap.ByteString("error", m.Error))
		}
	}
}

// unreadable is an answer in the place of one that jsonrpc2 cannot read.
func unreadable(id raw) []byte {
	return append(append([]byte(`{"error":{"code":-32603,"message":"the answer could not be read"},"id":`), id...), '}')
}

// tooLarge answers a message that is over the limit. The error ends the connection.
func (c *Conn) tooLarge(large *frame.TooLargeError) error {
	e := Errorf(CodeInvalidRequest, "the message has %s bytes: at most %d are taken", large.Size(), large.Limit)
	c.log.Error("a message was too large", zap.Int64("bytes", large.Length), zap.Int64("limit", large.Limit))
	if large.Length > maxSkip*large.Limit {
		e.Message += "; the connection is closed, for so much is not passed over"
		c.refuse(nil, e)
		return io.EOF
	}
	start, err := c.in.Skip(large, idWithin)
	if err != nil {
		return err
	}
	c.refuse(idOf(start), e)
	return nil
}

// WriteObject queues a request to the client.
func (s *stream) WriteObject(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.c.out.add(data)
}

// Close is called by jsonrpc2 when the reading ends. The connection is closed by
// Conn.Serve, once all is written.
func (s *stream) Close() error { return nil }
