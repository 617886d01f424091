package lsp

import (
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// typing is where somebody writes in a document. What is said of a name or value there is
// held back until it is finished: {operation = "hash", al| is no call with a missing
// parameter, but one that is about to get it. It is finished when the next change is
// elsewhere, when the file is saved, and when nothing has changed for a while.
type typing struct {
	version int32
	at      int // the byte behind what was typed last
	// held: findings of this version were held back.
	held  bool
	timer *time.Timer
}

// typingDelay is how long nothing changes until what was typed counts as finished.
const typingDelay = time.Second

// maxTyped is how long a text is, in bytes, that somebody types or completes: what is
// longer was pasted.
const maxTyped = 80

// typedAt returns the byte behind what a change has typed, and whether it is one of
// somebody who types: a word, or a part of one, or its deletion, in one place.
func typedAt(text string, lines *syntax.Lines, changes []protocol.ContentChange, enc syntax.Encoding) (at int, ok bool) {
	if len(changes) != 1 || changes[0].Range == nil {
		return 0, false
	}
	c := changes[0]
	if len(c.Text) > maxTyped || strings.ContainsAny(c.Text, "\n\r") || c.Range.Start.Line != c.Range.End.Line {
		return 0, false
	}
	start, _, ok := find(text, lines, c.Range.Start, enc)
	return start + len(c.Text), ok
}

// types notes that somebody types in a document; not: the text has changed otherwise.
func (s *session) types(key string, version int32, at int, now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[key]
	if d == nil || s.ended {
		return
	}
	if d.typing != nil {
		d.typing.timer.Stop()
		d.typing = nil
	}
	if now && s.holdsBack() {
		d.typing = &typing{version: version, at: at, timer: time.AfterFunc(typingDelay, func() { s.typedEnough(key, version) })}
	}
}

// holdsBack tells whether findings can be held back: a client that asks for them must be
// one that can be told to ask again.
func (s *session) holdsBack() bool {
	return s.diagnostics.pushes() || s.client.Can("workspace.diagnostics.refreshSupport")
}

// typedEnough says what was held back, if the document still has the version.
func (s *session) typedEnough(key string, version int32) {
	s.mu.Lock()
	d := s.docs[key]
	if d == nil || s.ended || d.typing == nil || d.typing.version != version {
		s.mu.Unlock()
		return
	}
	d.typing.timer.Stop()
	held := d.typing.held
	d.typing = nil
	s.mu.Unlock()
	if !held {
		return
	}
	if s.diagnostics.pushes() {
		s.diagnostics.again(key)
		return
	}
	s.background(s.refresh)
}

// stopTyping ends all timers, at the end of the session.
func (s *session) stopTyping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.docs {
		if d.typing != nil {
			d.typing.timer.Stop()
		}
	}
}

// finished leaves out the findings that are about what somebody is typing.
func (s *session) finished(f *analysis.File, list []lint.Finding) []lint.Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[f.URI]
	if d == nil || d.typing == nil || d.typing.version != f.Version {
		return list
	}
	return slices.DeleteFunc(list, func(x lint.Finding) bool {
		about := x.Unfinished
		if about == nil || d.typing.at < about.Start || d.typing.at > about.End {
			return false
		}
		d.typing.held = true
		return true
	})
}
