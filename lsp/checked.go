package lsp

import (
	"context"
	"slices"
	"sync"
	"weak"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
)

// checked are the findings of open files in the newest snapshot that was checked, so that a
// cursor that moves does not check a file again. It does not keep the snapshot.
type checked struct {
	mu   sync.Mutex
	snap weak.Pointer[analysis.Snapshot]
	of   map[string][]lint.Finding // by canonical URI
}

func (c *checked) get(snap *analysis.Snapshot, uri string) ([]lint.Finding, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snap != weak.Make(snap) {
		return nil, false
	}
	list, ok := c.of[uri]
	return list, ok
}

func (c *checked) put(snap *analysis.Snapshot, uri string, list []lint.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if key := weak.Make(snap); c.snap != key {
		c.snap, c.of = key, map[string][]lint.Finding{}
	}
	c.of[uri] = list
}

// move has what is known of one snapshot known of another one, which is the same.
func (c *checked) move(from, to *analysis.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snap == weak.Make(from) {
		c.snap = weak.Make(to)
	}
}

// lintFindings are the findings of a file that the settings do not switch off. What they hold
// must not be changed.
func (s *session) lintFindings(ctx context.Context, snap *analysis.Snapshot, f *analysis.File) []lint.Finding {
	set := &s.settings.Load().Diagnostics
	if !set.Enable || f.Library() {
		return nil
	}
	list, ok := s.checked.get(snap, f.URI)
	if !ok {
		list = s.server.opts.Check(ctx, snap, f)
		if _, open := s.openURI(f.URI); open && snap.File(f.URI) == f && ctx.Err() == nil {
			s.checked.put(snap, f.URI, list)
		}
	}
	return slices.Clone(list)
}
