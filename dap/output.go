package dap

import (
	"unicode/utf8"

	"github.com/llmspell/llmspell/runtime/debug"
)

// outputWriter turns what the script writes to one of its streams into output
// events. Only the runner uses it.
type outputWriter struct {
	run      *run
	category string
	partial  []byte // start of a UTF-8 sequence or a secret that a later write completes
}

// Write implements io.Writer. It never fails: what a slow client cannot take
// is dropped, and the script is not to blame.
func (w *outputWriter) Write(p []byte) (int, error) {
	n := len(p)
	if len(w.partial) > 0 {
		p = append(w.partial, p...)
		w.partial = nil
	}
	cut := len(p) - max(incompleteTail(p), w.run.secrets.unfinished(p))
	w.partial = append(w.partial, p[cut:]...)
	w.run.write(w.category, p[:cut])
	return n, nil
}

// flush sends what is unfinished as it is, at stops and at the end.
func (w *outputWriter) flush() {
	p := w.partial
	w.partial = nil
	w.run.write(w.category, p)
}

// incompleteTail returns how many bytes at the end of p begin a UTF-8 sequence
// without ending it. io.write of single bytes would otherwise reach the client
// as replacement characters.
func incompleteTail(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		if tail := p[len(p)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// write queues text with the script's present location.
func (r *run) write(category string, text []byte) {
	if len(text) == 0 {
		return
	}
	var src debug.Source
	line := 0
	if r.engine != nil {
		if s, l, ok := r.engine.Location(); ok {
			src, line = s, l
		}
	}
	r.writeAt(category, text, src, line)
}

// writeAt queues text in pieces that fit the outbox.
func (r *run) writeAt(category string, text []byte, src debug.Source, line int) {
	text = r.secrets.redact(text)
	out := output{category: category}
	if source := r.translator.source(src); source != nil && line > 0 {
		clientLine := r.translator.toClientLine(line)
		out.source, out.line = source, &clientLine
	}
	for len(text) > 0 {
		cut := len(text)
		if cut > outputChunk {
			cut = outputChunk - incompleteTail(text[:outputChunk])
		}
		piece := out
		piece.text = append([]byte(nil), text[:cut]...)
		r.session.out.write(&piece)
		text = text[cut:]
	}
}
