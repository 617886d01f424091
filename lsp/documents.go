package lsp

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// document is what a session knows of an open file beside its text, which is in the
// snapshot.
type document struct {
	uri     protocol.URI // as the client writes it
	version int32
	lost    bool    // the text is not the client's any more, which was said
	typing  *typing // nil: nobody types
}

// clientURI is a URI as the client writes it, if the file is open.
func (s *session) clientURI(canonical string) protocol.URI {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.docs[canonical]; d != nil {
		return d.uri
	}
	return protocol.URI(canonical)
}

// didOpen takes the text of a file that the client has opened.
func (s *session) didOpen(params []byte) error {
	var p protocol.DidOpenParams
	if err := wire.Decode(params, &p); err != nil {
		return s.unread("textDocument/didOpen", err)
	}
	item := p.TextDocument
	if item.URI == "" {
		return s.unread("textDocument/didOpen", errors.New("there is no URI"))
	}
	key := string(item.URI.Canonical())
	if readOnly(key) {
		return nil
	}
	s.mu.Lock()
	if s.docs[key] != nil {
		s.log.Warn("a file was opened that is open: its new text counts", zap.String("uri", string(item.URI)))
	}
	s.docs[key] = &document{uri: item.URI, version: item.Version}
	s.mu.Unlock()
	s.setText(key, item.Version, item.Text)
	s.settingFaults.again()
	return nil
}

// didChange applies edits.
func (s *session) didChange(params []byte) error {
	var p protocol.DidChangeParams
	if err := wire.Decode(params, &p); err != nil {
		return s.unread("textDocument/didChange", err)
	}
	key := string(p.TextDocument.URI.Canonical())
	if readOnly(key) {
		return nil
	}
	s.mu.Lock()
	d := s.docs[key]
	if d == nil {
		s.mu.Unlock()
		return s.changeUnknown(key, &p)
	}
	if v := p.TextDocument.Version; v <= d.version {
		s.log.Warn("a change does not follow the last one: it is applied all the same",
			zap.String("uri", string(d.uri)), zap.Int32("version", v), zap.Int32("last", d.version))
	}
	d.version = p.TextDocument.Version
	s.mu.Unlock()
	file, fault := s.snapshot().File(key), error(nil)
	text, lines := file.Text(), file.Lines()
	at, types := typedAt(text, lines, p.ContentChanges, s.encoding)
	for _, c := range p.ContentChanges {
		var err error
		text, err = apply(text, lines, c, s.encoding)
		lines = nil
		if err != nil && fault == nil {
			fault = err
		}
		if c.Range == nil {
			fault = nil // whatever was wrong, this is the text
			s.found(d)
		}
	}
	s.types(key, d.version, at, types && fault == nil)
	s.setText(key, d.version, text)
	if fault != nil {
		s.lose(d, fault)
	}
	return nil
}

// changeUnknown takes a change of a file that is not open: a whole text opens it.
func (s *session) changeUnknown(key string, p *protocol.DidChangeParams) error {
	for i := len(p.ContentChanges) - 1; i >= 0; i-- {
		if p.ContentChanges[i].Range != nil {
			continue
		}
		text := p.ContentChanges[i].Text
		for _, c := range p.ContentChanges[i+1:] {
			text, _ = apply(text, nil, c, s.encoding) // a doubtful range is nearer to the text than none
		}
		s.mu.Lock()
		s.docs[key] = &document{uri: p.TextDocument.URI, version: p.TextDocument.Version}
		s.mu.Unlock()
		s.setText(key, p.TextDocument.Version, text)
		return nil
	}
	s.mu.Lock()
	late := s.closed == key
	s.mu.Unlock()
	if late || strings.HasPrefix(key, "untitled:") {
		// VS Code empties a text that was never saved when it is closed, and sends that afterwards. When it fills one
		// again after a reload, the changes can come before the text is opened, with all of them.
		s.log.Debug("a change of a document that is not open is passed over", zap.String("uri", string(p.TextDocument.URI)))
		return nil
	}
	s.tell(protocol.MessageError, fmt.Sprintf("llmspell: %s was changed, but never opened: close it and open it again", p.TextDocument.URI))
	return fmt.Errorf("%s is not open: the change is lost", p.TextDocument.URI)
}

// apply applies one change to a text. The text is right unless there is an error: then
// the change was applied where it seemed to belong, and client and server may disagree.
// lines are those of the text, if they are known.
func apply(text string, lines *syntax.Lines, c protocol.ContentChange, enc syntax.Encoding) (string, error) {
	if c.Range == nil {
		return c.Text, nil
	}
	r := *c.Range
	if r.End.Before(r.Start) {
		r.Start, r.End = r.End, r.Start
	}
	if lines == nil {
		lines = syntax.NewLines(text)
	}
	start, high, ok := find(text, lines, r.Start, enc)
	end, low, _ := find(text, lines, r.End, enc)
	before, after, middle := text[:start], text[end:], c.Text
	const half = "\uFFFD" // what a client sends for half of a surrogate pair
	if low != 0 {
		after = after[utf8.RuneLen(low):]
	}
	switch {
	case high != 0 && low != 0 && middle == "": // two halves meet
		first, _ := utf16.EncodeRune(high)
		_, second := utf16.EncodeRune(low)
		middle = string(utf16.DecodeRune(first, second))
	default:
		if high != 0 {
			middle = half + middle
		}
		if low != 0 {
			middle += half
		}
	}
	var err error
	switch {
	case !ok:
		err = fmt.Errorf("the range %d:%d-%d:%d is not in the text", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
	case c.RangeLength != nil && high == 0 && low == 0 && !lengthIs(*c.RangeLength, text[start:end], enc):
		err = fmt.Errorf("the range %d:%d-%d:%d has not the length that is given", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
	}
	return before + middle + after, err
}

// find returns the byte at a position, and whether the text has that position's line.
// If the position is between the halves of a surrogate pair, the character is cut, and
// the byte is where it begins.
func find(text string, lines *syntax.Lines, p protocol.Position, enc syntax.Encoding) (offset int, cut rune, ok bool) {
	offset = lines.Offset(int(p.Line), int(p.Character), enc)
	line, column := lines.Position(offset, enc)
	if line != int(p.Line) {
		// Clients delete the last line up to the beginning of the one behind it.
		return offset, 0, int(p.Line) == lines.Count() && p.Character == 0
	}
	if enc == syntax.UTF16 && column+1 == int(p.Character) {
		if r, _ := utf8.DecodeRuneInString(text[offset:]); r > 0xFFFF {
			return offset, r, true
		}
	}
	return offset, 0, true
}

// setText makes a text the current one of a file.
func (s *session) setText(key string, version int32, text string) {
	s.server.idle.used()
	s.change(func(snap *analysis.Snapshot) *analysis.Snapshot {
		if f := snap.OpenFile(key); f != nil {
			return snap.WithFile(f.Edited(version, text))
		}
		return snap.WithFile(analysis.NewFile(key, protocol.URI(key).Path(), version, text))
	})
	s.diagnostics.changed(key)
}

// didClose forgets a file; what is on disk counts again.
func (s *session) didClose(params []byte) error {
	var p protocol.DidCloseParams
	if err := wire.Decode(params, &p); err != nil {
		return s.unread("textDocument/didClose", err)
	}
	key := string(p.TextDocument.URI.Canonical())
	if readOnly(key) {
		s.tokens.forget(key)
		return nil
	}
	s.types(key, 0, 0, false)
	s.mu.Lock()
	d := s.docs[key]
	delete(s.docs, key)
	s.closed = key
	s.mu.Unlock()
	if d == nil {
		return fmt.Errorf("%s is not open", p.TextDocument.URI)
	}
	s.change(func(snap *analysis.Snapshot) *analysis.Snapshot { return snap.Without(key) })
	s.diagnostics.closed(key, d.uri)
	s.settingFaults.again()
	s.tokens.forget(key)
	s.completions.forget()
	s.workspace.touch(key)
	return nil
}

// didSave looks at a file that is on disk now.
func (s *session) didSave(params []byte) error {
	var p protocol.DidSaveParams
	if err := wire.Decode(params, &p); err != nil {
		return s.unread("textDocument/didSave", err)
	}
	key := string(p.TextDocument.URI.Canonical())
	s.mu.Lock()
	d := s.docs[key]
	s.mu.Unlock()
	if d != nil && p.Text != nil && *p.Text != s.snapshot().File(key).Text() {
		s.log.Warn("the saved text is not the one that the changes have led to: it counts", zap.String("uri", string(d.uri)))
		s.setText(key, d.version, *p.Text)
		s.found(d)
	}
	if d != nil {
		s.typedEnough(key, d.version)
	}
	s.workspace.touch(key)
	return nil
}

// unread says that a notification about a document could not be read, after which the
// server's text may not be the client's.
func (s *session) unread(method string, err error) error {
	s.tell(protocol.MessageError, fmt.Sprintf("llmspell: %s could not be read (%v): what is shown may be wrong until the file is opened again", method, err))
	return err
}

// lose notes that a document's text may not be the client's, and says so once.
func (s *session) lose(d *document, why error) {
	s.log.Error("the text may not be the client's any more", zap.String("uri", string(d.uri)), zap.Error(why))
	if !d.lost {
		d.lost = true
		s.tell(protocol.MessageWarning, fmt.Sprintf("llmspell: a change of %s does not fit its text (%v): close the file and open it again", d.uri, why))
	}
}

// found notes that a document's text is the client's again.
func (s *session) found(d *document) { d.lost = false }

// lengthIs tells whether a text has the length that a client gives. Line ends count as
// the client has them; clients that count in another way than they have agreed on are
// known, so the lengths in bytes and in UTF-16 are both taken.
func lengthIs(want uint32, text string, enc syntax.Encoding) bool {
	var units, runes uint32
	for _, r := range text {
		runes++
		units++
		if r > 0xFFFF {
			units++
		}
	}
	return want == units || enc == syntax.UTF8 && want == uint32(len(text)) || enc == syntax.UTF32 && want == runes
}
