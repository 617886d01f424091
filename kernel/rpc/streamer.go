package rpc

import (
	"context"
	"encoding/json"
	"sync"
	"unicode/utf8"
)

const (
	// streamLimit is how much output of an execution waits for the writer, in bytes;
	// then the script waits.
	streamLimit = 256 << 10
	// streamChunk is the most that one exec.stream carries, in bytes.
	streamChunk = 64 << 10
)

// streamer turns the output of an execution into exec.stream notifications. What a
// script prints while the writer is busy is joined.
type streamer struct {
	out       *outbox
	request   json.RawMessage
	execution string

	mu     sync.Mutex
	parts  []part // in order
	size   int
	seq    int64
	queued bool          // the writer will ask for parts
	room   chan struct{} // closed when the writer has taken; nil: nobody waits
	ended  bool
}

// part is output of one stream, or asks the client to flush.
type part struct {
	stream string
	data   []byte
	flush  int64 // 0: it is output
}

// write adds output. It waits for room until ctx is done or gone is closed, and then
// tells how much is not sent.
func (s *streamer) write(ctx context.Context, gone <-chan struct{}, stream string, p []byte) (left int) {
	for len(p) > 0 {
		s.mu.Lock()
		if n := min(len(p), streamLimit-s.size); n > 0 {
			s.add(stream, p[:n])
			p = p[n:]
		}
		tell := !s.queued
		s.queued = true
		var room chan struct{}
		if len(p) > 0 {
			if s.room == nil {
				s.room = make(chan struct{})
			}
			room = s.room
		}
		s.mu.Unlock()
		if tell {
			s.out.add(s)
		}
		if room == nil {
			return 0
		}
		select {
		case <-room:
		case <-ctx.Done():
			return s.left(p)
		case <-gone:
			return s.left(p)
		}
	}
	return 0
}

// flush asks the client to flush what was written before.
func (s *streamer) flush(n int64) {
	s.mu.Lock()
	s.parts = append(s.parts, part{flush: n})
	tell := !s.queued
	s.queued = true
	s.mu.Unlock()
	if tell {
		s.out.add(s)
	}
}

// left is how much waits, with p. It is forgotten.
func (s *streamer) left(p []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(p) + s.size
	s.parts, s.size = nil, 0
	return n
}

func (s *streamer) add(stream string, p []byte) {
	s.size += len(p)
	if n := len(s.parts); n == 0 || s.parts[n-1].stream != stream || s.parts[n-1].flush != 0 {
		s.parts = append(s.parts, part{stream: stream})
	}
	last := &s.parts[len(s.parts)-1]
	last.data = append(last.data, p...)
}

// end queues all that is left. Nothing may be written afterwards.
func (s *streamer) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.out.settle(s)
}

// appendTo adds notifications with what waits. The end of a part that may
// be half a character stays for the next time.
func (s *streamer) appendTo(b []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = false
	parts := s.parts
	s.parts, s.size = nil, 0
	for i, p := range parts {
		if p.flush != 0 {
			if params, err := marshal(ExecFlush{s.request, s.execution, p.flush}); err == nil { // always
				b = appendNotification(b, "exec.flush", params)
			}
			continue
		}
		data := p.data
		if i == len(parts)-1 && !s.ended {
			data = data[:len(data)-halfCharacter(data)]
			if rest := p.data[len(data):]; len(rest) > 0 {
				s.add(p.stream, rest)
			}
		}
		for len(data) > 0 {
			n := min(len(data), streamChunk)
			if n < len(data) {
				n -= halfCharacter(data[:n])
			}
			b = s.notification(b, p.stream, data[:n])
			data = data[n:]
		}
	}
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	return b
}

func (s *streamer) notification(b []byte, stream string, data []byte) []byte {
	s.seq++
	params, err := marshal(ExecStream{s.request, s.execution, stream, Text(data), s.seq})
	if err != nil { // cannot be: all of it is text
		return b
	}
	return appendNotification(b, "exec.stream", params)
}

// halfCharacter is how many bytes at the end of p begin a character of UTF-8 whose
// rest may follow: 0 to 3.
func halfCharacter(p []byte) int {
	for n := 1; n <= min(3, len(p)); n++ {
		c := p[len(p)-n]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
