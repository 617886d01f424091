package tools

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// Source brings tools into a registry when somebody asks for them: those of
// other programs, which it takes time to find out about.
type Source struct {
	Prefix   string // begins the names of all its tools
	Category string // is that of all its tools
	// Load brings the registry up to date, with Replace: for the tool of a name, or
	// for all when the name is empty. It is called for each listing, search and
	// unknown name, so it returns at once where nothing is to be done. The
	// error says why the tool of that name is not there.
	// ctx bounds how long the caller waits.
	Load func(ctx context.Context, name string) error
}

// SetSource gives the registry a source. It has one at most.
func (r *Registry) SetSource(s Source) { r.source.Store(&s) }

// load asks the source, the registry's or its parents', for the tool of a name
// that is not known. asked tells whether there is one that could know.
func (r *Registry) load(ctx context.Context, name string) (asked bool, err error) {
	for ; r != nil; r = r.parent {
		if s := r.source.Load(); s != nil && strings.HasPrefix(canonical(name), s.Prefix) {
			return true, s.Load(ctx, name)
		}
	}
	return false, nil
}

// loadAll asks the sources for all that a filter may select.
func (r *Registry) loadAll(category string) {
	for ; r != nil; r = r.parent {
		if s := r.source.Load(); s != nil && (category == "" || category == s.Category) {
			_ = s.Load(context.Background(), "") // a source that fails has no tools; it says elsewhere why
		}
	}
}

// Replace puts tools in the place of those whose names begin with the prefix. It
// replaces all of them or, when one is incomplete or its name is taken, none.
// Handles of tools that are gone stay valid.
func (r *Registry) Replace(prefix string, defs ...tool.Definition) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.current()
	gone := func(d *tool.Descriptor) bool { return strings.HasPrefix(d.Name, prefix) }
	sorted, entries := slices.DeleteFunc(slices.Clone(old.sorted), gone), maps.Clone(old.entries)
	maps.DeleteFunc(entries, func(_ string, e *entry) bool {
		if !gone(e.def.Descriptor) {
			return false
		}
		r.made.Delete(e)
		return true
	})
	return r.add(sorted, entries, defs)
}

// sourceError is a source's error for a name that it should know.
func sourceError(name string, err error) *tool.Error {
	var te *tool.Error
	if errors.As(err, &te) {
		e := *te
		e.Tool = clip(name)
		return &e
	}
	return tool.AsError(clip(name), "", err)
}
