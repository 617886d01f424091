package tools

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Registry knows tools by name. It is safe for concurrent use. Tools can be
// added at any time; whatever was found stays valid.
//
// A registry may have a parent, whose tools it has too: see Layer.
type Registry struct {
	parent *Registry
	mu     sync.Mutex               // serialises Register
	own    atomic.Pointer[snapshot] // without the parent's; nil until it is first asked for
	first  func() *snapshot         // makes it then
	merged atomic.Pointer[layered]  // with the parent's; nil when not needed yet
	made   sync.Map                 // *entry to func() (tool.Tool, error)
	source atomic.Pointer[Source]   // nil for most
}

// snapshot is immutable; Register replaces it. Readers take no lock. Several
// registries may share one: a snapshot holds no instances of tools.
type snapshot struct {
	sorted  []*tool.Descriptor // by name
	entries map[string]*entry  // by canonical name, and with underscores
	index   func() *searchIndex
}

type entry struct {
	def     tool.Definition
	checker func() *schema.Checker // compiled at the first use
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{first: func() *snapshot { return newSnapshot(nil, map[string]*entry{}) }}
}

// current returns the registry's own tools.
func (r *Registry) current() *snapshot {
	if s := r.own.Load(); s != nil {
		return s
	}
	r.own.CompareAndSwap(nil, r.first())
	return r.own.Load()
}

func newSnapshot(sorted []*tool.Descriptor, entries map[string]*entry) *snapshot {
	return &snapshot{sorted: sorted, entries: entries, index: sync.OnceValue(func() *searchIndex { return newSearchIndex(sorted) })}
}

// TakenError is the error of registering a tool of which another has a name already.
type TakenError struct {
	Tool  string // the tool that is refused
	Name  string // its name, or the alias, that is taken
	Owner string // the tool that has it
}

// Error names the tool, the name and who has it.
func (e *TakenError) Error() string {
	return fmt.Sprintf("cannot register the tool %q: the name %q belongs to %q already", e.Tool, e.Name, e.Owner)
}

// Register adds tools. It adds all of them or, when one is incomplete or its
// name is taken, none: the error is a *TakenError then.
func (r *Registry) Register(defs ...tool.Definition) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.current()
	return r.add(slices.Clone(old.sorted), maps.Clone(old.entries), defs)
}

// add registers tools beside those given, which it may change. r.mu is held.
func (r *Registry) add(sorted []*tool.Descriptor, entries map[string]*entry, defs []tool.Definition) error {
	taken := func(spelling string) (*entry, bool) {
		if e, ok := entries[spelling]; ok || r.parent == nil {
			return e, ok
		}
		e, _, ok := r.parent.lookup(spelling)
		return e, ok
	}
	for _, def := range defs {
		if err := validate(def); err != nil {
			return err
		}
		d := def.Descriptor
		e := &entry{
			def:     def,
			checker: sync.OnceValue(func() *schema.Checker { return schema.Compile(d.Parameters) }),
		}
		for _, spelling := range spellings(d) {
			if other, ok := taken(spelling); ok && other != e {
				return &TakenError{Tool: d.Name, Name: spelling, Owner: other.def.Descriptor.Name}
			}
			entries[spelling] = e
		}
		sorted = append(sorted, d)
	}
	sortByName(sorted)
	r.own.Store(newSnapshot(sorted, entries))
	return nil
}

// instance returns what makes the tool at its first call, and returns it at
// later ones. An entry is made once for each registry that owns it.
func (r *Registry) instance(e *entry) func() (tool.Tool, error) {
	if f, ok := r.made.Load(e); ok {
		return f.(func() (tool.Tool, error))
	}
	f, _ := r.made.LoadOrStore(e, sync.OnceValues(e.def.New))
	return f.(func() (tool.Tool, error))
}

func validate(def tool.Definition) error {
	d := def.Descriptor
	switch {
	case d == nil:
		return errors.New("cannot register a tool without a descriptor")
	case d.Name == "" || d.Name != canonical(d.Name) && !strings.Contains(d.Name, ":"): // other programs' names are theirs
		return fmt.Errorf("cannot register the tool %q: a name is lower case words joined by hyphens", d.Name)
	case def.New == nil:
		return fmt.Errorf("cannot register the tool %q: New is nil", d.Name)
	case d.Parameters == nil || len(d.Parameters.Types) != 1 || d.Parameters.Types[0] != schema.Object:
		return fmt.Errorf("cannot register the tool %q: its parameters must be described by the schema of an object", d.Name)
	}
	return nil
}

// canonical makes hyphens and underscores, and letters of either case, equal.
func canonical(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

// spellings lists the keys that a lookup tries without any rewriting.
func spellings(d *tool.Descriptor) []string {
	var out []string
	for _, n := range append([]string{d.Name}, d.Aliases...) {
		c := canonical(n)
		out = append(out, c)
		if u := strings.ReplaceAll(c, "-", "_"); u != c {
			out = append(out, u)
		}
	}
	if !slices.Contains(out, d.Name) { // another program's, with capitals
		out = append(out, d.Name)
	}
	return out
}

// errNoTool is find's error when no source has an error of its own.
var errNoTool = errors.New("there is no such tool")

// find returns a tool, and the registry that owns it. A source is asked for what is
// not known yet. The error is errNoTool, or the source's.
func (r *Registry) find(ctx context.Context, name string) (*entry, *Registry, error) {
	e, owner, ok := r.lookup(name)
	if !ok {
		if asked, err := r.load(ctx, name); err != nil {
			return nil, nil, err
		} else if asked {
			e, owner, ok = r.lookup(name)
		}
	}
	if !ok {
		return nil, nil, errNoTool
	}
	return e, owner, nil
}

// lookup is find among the tools that are known.
func (r *Registry) lookup(name string) (*entry, *Registry, bool) {
	for ; r != nil; r = r.parent {
		entries := r.current().entries
		e, ok := entries[name]
		if !ok {
			e, ok = entries[canonical(name)]
		}
		if ok {
			return e, r, true
		}
	}
	return nil, nil, false
}

// Get returns the descriptor of a tool, by its name or an alias. Hyphens and
// underscores are equal.
func (r *Registry) Get(name string) (*tool.Descriptor, bool) {
	e, _, err := r.find(context.Background(), name)
	if err != nil {
		return nil, false
	}
	return e.def.Descriptor, true
}

// Known returns the descriptors of the tools that are known without asking other
// programs for theirs, sorted by name.
func (r *Registry) Known() []*tool.Descriptor { return slices.Clone(r.view().sorted) }

// Own returns what is registered in this registry itself, and not in the one below,
// sorted by name.
func (r *Registry) Own() []*tool.Descriptor { return slices.Clone(r.current().sorted) }

// KnownTool is Get among the tools that are known.
func (r *Registry) KnownTool(name string) (*tool.Descriptor, bool) {
	e, _, ok := r.lookup(name)
	if !ok {
		return nil, false
	}
	return e.def.Descriptor, true
}

// Filter selects tools. Empty fields select all.
type Filter struct {
	Category string
	Tag      string
	Security tool.Security
	Needs    []tool.Need // tools that need any of these
	Without  []tool.Need // tools that need none of these
}

// Matches tells whether a tool is selected.
func (f Filter) Matches(d *tool.Descriptor) bool {
	return (f.Category == "" || d.Category == f.Category) &&
		(f.Tag == "" || slices.Contains(d.Tags, f.Tag)) &&
		(f.Security == "" || d.Security == f.Security) &&
		(len(f.Needs) == 0 || d.NeedsAny(f.Needs...)) &&
		!d.NeedsAny(f.Without...)
}

// List returns the selected descriptors, sorted by name.
func (r *Registry) List(f Filter) []*tool.Descriptor {
	r.loadAll(f.Category)
	all := r.view().sorted
	out := make([]*tool.Descriptor, 0, len(all))
	for _, d := range all {
		if f.Matches(d) {
			out = append(out, d)
		}
	}
	return out
}

// Categories returns the categories that have a tool, sorted.
func (r *Registry) Categories() []string {
	r.loadAll("")
	var out []string
	for _, d := range r.view().sorted {
		if !slices.Contains(out, d.Category) {
			out = append(out, d.Category)
		}
	}
	slices.Sort(out)
	return out
}

// Unknown returns the error for a name that no tool has.
func (r *Registry) Unknown(name string) *tool.Error {
	_, err := r.load(context.Background(), name)
	return r.unknown(name, err)
}

// unknown is Unknown when the source has said already what it knows.
func (r *Registry) unknown(name string, err error) *tool.Error {
	if err != nil && !errors.Is(err, errNoTool) {
		return sourceError(name, err)
	}
	s := r.view()
	names := slices.Sorted(maps.Keys(s.entries))
	msg := fmt.Sprintf("there is no tool named %q", clip(name))
	details := map[string]any{"name": clip(name)}
	if e, ok := s.entries[schema.Nearest(name, names)]; ok {
		near := e.def.Descriptor.Name
		msg += fmt.Sprintf("; did you mean %q?", near)
		details["suggestion"] = near
	} else if hits := s.index().search(name, 3); len(hits) > 0 {
		near := make([]string, len(hits))
		for i, h := range hits {
			near[i] = h.Descriptor.Name
		}
		msg += "; related are " + strings.Join(near, ", ")
		details["related"] = near
	} else {
		msg += "; Tool.list() or llmspell tool list names them all"
	}
	return &tool.Error{Tool: clip(name), Code: tool.UnknownTool, Message: msg, Details: details}
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
