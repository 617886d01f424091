package lsp

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// restDelay is how long after a change the other open files are checked, which may
// depend on the changed one.
const restDelay = 250 * time.Millisecond

// diagnostics publishes findings to clients that do not ask for them. A file is checked
// some time after the first change since the last check, not after the last change: so
// findings keep up with a person who types on and on. A check that a change overtakes is
// given up: nobody would see what it finds, and the change's own requests would wait for it.
// A file whose check takes long is checked when nothing has changed for as long: else each
// key would begin one for the next to give up.
type diagnostics struct {
	s *session

	mu        sync.Mutex
	dirty     map[string]bool // canonical URI: its text has changed
	timer     *time.Timer     // that runs; nil: none does
	rest      *time.Timer     // likewise, of the other open files
	running   bool
	checking  string             // what is being checked, a canonical URI; "": nothing
	give      context.CancelFunc // gives it up
	stopped   bool
	published map[string]string        // what the client has: result ids by canonical URI
	took      map[string]time.Duration // the last check, by canonical URI
	tasks     sync.WaitGroup
}

func newDiagnostics(s *session) *diagnostics {
	return &diagnostics{s: s, dirty: map[string]bool{}, published: map[string]string{}, took: map[string]time.Duration{}}
}

// pushes tells whether the client is sent findings: not if it asks for them.
func (d *diagnostics) pushes() bool { return !d.s.client.Has("textDocument.diagnostic") }

// changed has a file checked whose text has changed, soon, and later all others.
func (d *diagnostics) changed(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || !d.pushes() {
		return
	}
	d.dirty[key] = true
	if d.checking == key {
		d.give()
	}
	d.soon(key)
	if d.rest == nil {
		d.rest = time.AfterFunc(restDelay, d.all)
	}
}

// again has a file checked whose text has not changed.
func (d *diagnostics) again(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || !d.pushes() {
		return
	}
	if !d.dirty[key] {
		d.dirty[key] = false
	}
	d.arm(0)
}

// all has all open files checked, soon.
func (d *diagnostics) all() {
	open := d.s.snapshot().Open()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || !d.pushes() {
		return
	}
	if d.rest != nil {
		d.rest.Stop()
		d.rest = nil
	}
	for _, f := range open {
		if !d.dirty[f.URI] {
			d.dirty[f.URI] = false
		}
	}
	if len(d.dirty) > 0 {
		d.arm(d.s.settings.Load().Diagnostics.delay())
	}
}

// arm begins a check in a while, unless one is to begin anyway; with mu.
func (d *diagnostics) arm(delay time.Duration) {
	if d.timer == nil && !d.running {
		d.timer = time.AfterFunc(delay, d.run)
	}
}

const (
	// slowCheck is from when on a check takes long, maxPause for how long it waits for the
	// next change then.
	slowCheck = 100 * time.Millisecond
	maxPause  = 500 * time.Millisecond
)

// soon begins a check of a file that has changed, in a while; with mu.
func (d *diagnostics) soon(key string) {
	delay := d.s.settings.Load().Diagnostics.delay()
	if pause := min(d.took[key], maxPause); pause >= slowCheck && pause > delay {
		delay = pause
		if d.timer != nil && d.timer.Stop() {
			d.timer = nil
		}
	}
	d.arm(delay)
}

// stop ends all checks, and waits for the one that runs.
func (d *diagnostics) stop() {
	d.mu.Lock()
	d.stopped = true
	for _, t := range []*time.Timer{d.timer, d.rest} {
		if t != nil {
			t.Stop()
		}
	}
	d.mu.Unlock()
	d.tasks.Wait()
}

// run checks what is dirty until nothing is.
func (d *diagnostics) run() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timer = nil
	if d.stopped || d.running {
		return
	}
	d.running = true
	d.tasks.Add(1)
	defer d.tasks.Done()
	overtaken := false
	for len(d.dirty) > 0 && !d.stopped && !overtaken {
		dirty := d.dirty
		d.dirty = map[string]bool{}
		for _, key := range slices.Sorted(maps.Keys(dirty)) {
			overtaken = !d.check(key, dirty[key]) || overtaken
		}
	}
	d.running = false
	for key := range d.dirty {
		if !d.stopped {
			d.soon(key)
		}
	}
}

// check checks one file, and publishes what it finds; with mu, which it gives away
// meanwhile. A result that the client has is sent again only after a change, which may
// have moved it there. It reports false if the file has changed meanwhile.
func (d *diagnostics) check(key string, edited bool) bool {
	ctx, give := context.WithCancel(d.s.ctx)
	defer give()
	d.checking, d.give = key, give
	defer d.s.server.idle.begin()()
	begun := time.Now()
	d.mu.Unlock()
	var items []protocol.Diagnostic
	id := ""
	snap := d.s.snapshot()
	f := snap.File(key)
	if f != nil {
		items = d.s.findings(ctx, snap, f)
		id = resultID(items)
	}
	d.mu.Lock()
	d.checking, d.give = "", nil
	if f == nil || d.stopped {
		return true
	}
	took := time.Since(begun)
	if d.dirty[key] || ctx.Err() != nil {
		d.took[key] = max(d.took[key], took)
		return false
	}
	d.took[key] = took
	d.publish(key, f, id, items, edited)
	return true
}

// publish sends findings, unless the client has them; with mu.
func (d *diagnostics) publish(key string, f *analysis.File, id string, items []protocol.Diagnostic, edited bool) {
	uri, open := d.s.openURI(key)
	if !open {
		return
	}
	had, known := d.published[key]
	d.published[key] = id
	if known && had == id && (!edited || len(items) == 0) {
		return
	}
	p := protocol.PublishDiagnosticsParams{URI: uri, Diagnostics: items}
	if d.s.client.Can("textDocument.publishDiagnostics.versionSupport") {
		p.Version = &f.Version
	}
	d.send(&p)
}

// send sends findings, with mu, so that news of a file stay in order. It does not wait.
func (d *diagnostics) send(p *protocol.PublishDiagnosticsParams) {
	if err := d.s.conn.Notify("textDocument/publishDiagnostics", p); err != nil {
		d.s.log.Debug("findings could not be sent", zap.Error(err))
	}
}

// closed takes the findings of a closed file away. It does not wait.
func (d *diagnostics) closed(key string, uri protocol.URI) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.dirty, key)
	delete(d.took, key)
	had, known := d.published[key]
	delete(d.published, key)
	if known && had != resultID(nil) {
		d.send(&protocol.PublishDiagnosticsParams{URI: uri, Diagnostics: []protocol.Diagnostic{}})
	}
}

// openURI returns the URI of an open file as the client writes it.
func (s *session) openURI(key string) (protocol.URI, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc := s.docs[key]
	if doc == nil {
		return "", false
	}
	return doc.uri, true
}

// resultID names a list of findings: equal lists have equal names.
func resultID(items []protocol.Diagnostic) string {
	h := fnv.New64a()
	if len(items) > 0 {
		_ = json.NewEncoder(h).Encode(items) // a hash takes everything
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// findings are those of a file as the client gets them; never nil.
func (s *session) findings(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) []protocol.Diagnostic {
	out := []protocol.Diagnostic{}
	for _, x := range s.finished(f, s.lintFindings(ctx, snap, f)) {
		out = append(out, s.diagnostic(snap, f, x))
	}
	return out
}

// diagnostic is a finding as the client gets it.
func (s *session) diagnostic(snap *analysis.Snapshot, f *analysis.File, x lint.Finding) protocol.Diagnostic {
	d := protocol.Diagnostic{
		Range: s.rangeIn(f, x.Start, x.End), Severity: protocol.Severity(x.Severity), Code: x.Code, Source: "llmspell", Message: x.Message,
	}
	if x.Help != "" {
		d.CodeDescription = &protocol.CodeDescription{Href: x.Help}
	}
	if x.Unnecessary {
		d.Tags = append(d.Tags, protocol.TagUnnecessary)
	}
	if x.Deprecated {
		d.Tags = append(d.Tags, protocol.TagDeprecated)
	}
	r := &request{session: s, snap: snap, file: f}
	for _, rel := range x.Related {
		if l, ok := r.location(rel.Location); ok {
			d.RelatedInformation = append(d.RelatedInformation, protocol.RelatedInformation{Location: l, Message: rel.Message})
		}
	}
	return d
}
