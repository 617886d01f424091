// Package sse reads server-sent events (HTML standard, section 9.2.6).
package sse

import (
	"bytes"
	"fmt"
)

// Parser takes the bytes of a stream apart into events. It is an io.Writer;
// whatever Event returns ends the writing.
type Parser struct {
	// Event is given each event: its name ("message" when it has none) and
	// its data, which is the Parser's and valid only until Event returns.
	Event func(name string, data []byte) error
	// MaxEvent is the size from which an event is an error, in bytes.
	MaxEvent int

	line    []byte
	name    string
	data    []byte
	hasData bool
	afterCR bool
	begun   bool // the place for a byte order mark is past
}

// Write takes the next bytes of the stream, however they are cut.
func (p *Parser) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if p.afterCR {
			p.afterCR = false
			if b[0] == '\n' {
				b = b[1:]
				continue
			}
		}
		end := bytes.IndexAny(b, "\r\n")
		if end < 0 {
			p.line = append(p.line, b...)
			return n, p.check()
		}
		p.line = append(p.line, b[:end]...)
		p.afterCR = b[end] == '\r'
		b = b[end+1:]
		if err := p.check(); err != nil {
			return 0, err
		}
		if err := p.endLine(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (p *Parser) check() error {
	if len(p.line)+len(p.data) > p.MaxEvent {
		return fmt.Errorf("an event of the stream is larger than %d bytes", p.MaxEvent)
	}
	return nil
}

func (p *Parser) endLine() error {
	line := p.line
	p.line = p.line[:0]
	if !p.begun {
		p.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) == 0 {
		return p.dispatch()
	}
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) { // a comment has the empty name
	case "event":
		p.name = string(value)
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.data, p.hasData = append(p.data, value...), true
	}
	return nil
}

// dispatch ends an event. One without data counts only when it has a name,
// which graphql-sse uses; the HTML standard would drop it.
func (p *Parser) dispatch() error {
	name, data, has := p.name, p.data, p.hasData
	p.name, p.data, p.hasData = "", p.data[:0], false
	if !has && name == "" {
		return nil
	}
	if name == "" {
		name = "message"
	}
	return p.Event(name, data)
}
