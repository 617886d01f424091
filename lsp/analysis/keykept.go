package analysis

import (
	"context"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
)

// Bounds of the keys that are kept.
const (
	maxKeptPrograms = 2
	maxKeptPlaces   = 1 << 20 // of all of them, about 20 bytes each
)

// keptKeys are the keys of the programs that were asked for last: to work them out takes as long
// as to read all files of a program, and a renaming asks several times.
type keptKeys struct {
	mu   sync.Mutex
	last []*programKeys
}

// programKeys are the keys of a program.
type programKeys struct {
	keys  *flow.Keys
	files []stamped // those that were read from disk
	used  bool      // since the last rest
}

// stamped is a file as it was when it was read.
type stamped struct {
	path string
	stamp
}

// Keys works out, for the file and all that can share tables with it, which tables can be the
// same, so that all places are known that name one of their fields, or a global variable. The
// error is that of ctx. Of several that ask at the same time one does the work.
func (s *Snapshot) Keys(ctx context.Context, f *File) (*flow.Keys, error) {
	if k := s.keys.of(f.URI); k != nil {
		return k, nil
	}
	select {
	case s.shared.solving <- struct{}{}:
		defer func() { <-s.shared.solving }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k := s.keys.of(f.URI); k != nil {
		return k, nil
	}
	kept := &programKeys{used: true}
	if s.config.ReadFile == nil {
		for _, e := range s.group(f) {
			if at, ok := stampOf(e.Path); ok && s.open[e.URI] == nil {
				kept.files = append(kept.files, stamped{e.Path, at})
			}
		}
	}
	p, err := s.program(ctx, f)
	if err != nil {
		return nil, err
	}
	p.Places = true
	g, err := flow.Solve(ctx, *p)
	if err != nil {
		return nil, err
	}
	kept.keys = g.Keys()
	s.keys.add(kept)
	return kept.keys, nil
}

// of returns the keys of the program that a file is in, nil if they are not kept or a file of it
// has changed.
func (k *keptKeys) of(uri string) *flow.Keys {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, p := range k.last {
		if !p.keys.Of(uri) {
			continue
		}
		if slices.ContainsFunc(p.files, stamped.changed) {
			k.last = slices.Delete(k.last, i, i+1)
			return nil
		}
		p.used = true
		return p.keys
	}
	return nil
}

func (s stamped) changed() bool {
	now, ok := stampOf(s.path)
	return !ok || !now.same(s.stamp)
}

// add keeps the keys of a program, and forgets the oldest of others.
func (k *keptKeys) add(p *programKeys) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = append(k.last, p)
	places := 0
	for i := len(k.last) - 1; i >= 0; i-- {
		if places += k.last[i].keys.Len(); places > maxKeptPlaces || len(k.last)-i > maxKeptPrograms {
			k.last = slices.Delete(k.last, 0, i+1)
			return
		}
	}
}

// rest forgets what nobody has asked for since the last rest. Somebody who is thinking of a new
// name does nothing for longer than it takes until there is one.
func (k *keptKeys) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = slices.DeleteFunc(k.last, func(p *programKeys) bool { return !p.used })
	for _, p := range k.last {
		p.used = false
	}
}
