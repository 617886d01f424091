package analysis

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/lsp/catalog"
)

// Snapshot is an immutable view of all files, the configuration and the catalogue.
// Its methods may be called from any goroutine. With… methods return a new one,
// which shares what has not changed.
type Snapshot struct {
	shared  *shared
	config  *Config
	catalog *catalog.Catalog
	open    map[string]*File
	disk    *disk
	checker *checker
	flows   *flows
	keys    *keptKeys
	listing *listing
}

// listing is what Files returns, once somebody has asked.
type listing struct {
	once    sync.Once
	entries []*Entry
}

// shared is what all snapshots of one workspace have in common.
type shared struct {
	// mu is held while anything is inferred: types of one file refer to those of
	// others, so finer locks would only be taken in every possible order.
	mu      sync.Mutex
	library *checker
	// libraryNames are the globals of the library, once all its files were read.
	libraryNames atomic.Pointer[map[string]bool]
	cache        fileCache
	own          ownTools
	graph        lastGraph
	// solving holds one who works out the keys of a program, of which two take twice the memory.
	solving chan struct{}
	// ended: nobody wants an answer any more.
	ended atomic.Bool
}

// disk is the index of the files that are not open.
type disk struct {
	entries map[string]*Entry
	// globals and types are the URIs of the files that define a name, sorted.
	globals, types map[string][]string
	// toolFiles are the URIs of the files that register tools.
	toolFiles map[string]bool
	// toolChangers are the URIs of the files that change calls of tools.
	toolChangers map[string]bool
	// namers are the URIs of the files that name state keys, events or hook points.
	namers []string
	// modules are names of modules, by the folders that they are seen from.
	modules sync.Map

	sortOnce sync.Once
	sorted   []*Entry // see inOrder

	basesOnce sync.Once
	bases     map[string][]string // paths by their last part
}

// NewSnapshot returns a view of no files. The catalogue may be nil.
func NewSnapshot(config *Config, c *catalog.Catalog) *Snapshot {
	if config == nil {
		config = &Config{}
	}
	s := &Snapshot{shared: &shared{solving: make(chan struct{}, 1)}, keys: &keptKeys{}, config: config, catalog: c, open: map[string]*File{}, disk: &disk{}, flows: &flows{}, listing: &listing{}}
	s.shared.library = newLibrary(s.shared)
	s.checker = newChecker(s)
	return s
}

func (s *Snapshot) with(change func(*Snapshot)) *Snapshot {
	n := *s
	change(&n)
	n.checker = newChecker(&n)
	n.flows, n.keys, n.listing = &flows{}, &keptKeys{}, &listing{}
	return &n
}

// Rested returns the same view, of which nothing is worked out yet: to hold it takes little
// memory. What of it is kept for a renaming is forgotten unless somebody has asked for it.
func (s *Snapshot) Rested() *Snapshot {
	n := s.with(func(*Snapshot) {})
	n.keys = s.keys
	n.keys.rest()
	return n
}

// Same tells whether two snapshots are views of the same files, with the same configuration
// and catalogue, as one is the other rested.
func (s *Snapshot) Same(o *Snapshot) bool {
	return s.disk == o.disk && s.config == o.config && s.catalog == o.catalog && maps.Equal(s.open, o.open)
}

// WithFile returns a snapshot in which f is open. It takes the place of an older
// version, or of the file on disk.
func (s *Snapshot) WithFile(f *File) *Snapshot {
	return s.with(func(n *Snapshot) {
		n.open = maps.Clone(s.open)
		n.open[f.URI] = f
	})
}

// Without returns a snapshot in which no file of the URI is open; what the index
// has of it counts again.
func (s *Snapshot) Without(uri string) *Snapshot {
	return s.with(func(n *Snapshot) {
		n.open = maps.Clone(s.open)
		delete(n.open, uri)
	})
}

// WithCatalog returns a snapshot with another catalogue.
func (s *Snapshot) WithCatalog(c *catalog.Catalog) *Snapshot {
	n := s.with(func(n *Snapshot) { n.catalog = c })
	n.keys = s.keys // which say nothing of tools
	return n
}

// WithConfig returns a snapshot with another configuration.
func (s *Snapshot) WithConfig(c *Config) *Snapshot {
	return s.with(func(n *Snapshot) { n.config = c })
}

// WithIndexed returns a snapshot whose index has the entries, in place of older
// ones of the same URIs. Many at once cost hardly more than one.
func (s *Snapshot) WithIndexed(entries ...*Entry) *Snapshot {
	return s.with(func(n *Snapshot) {
		n.disk = s.disk.with(func(m map[string]*Entry) {
			for _, e := range entries {
				m[e.URI] = e
			}
		})
		for _, e := range entries {
			s.shared.cache.forget(e.URI)
		}
	})
}

// WithoutIndexed returns a snapshot whose index lacks the files.
func (s *Snapshot) WithoutIndexed(uris ...string) *Snapshot {
	return s.with(func(n *Snapshot) {
		n.disk = s.disk.with(func(m map[string]*Entry) {
			for _, uri := range uris {
				delete(m, uri)
			}
		})
	})
}

func (d *disk) with(change func(map[string]*Entry)) *disk {
	n := &disk{entries: maps.Clone(d.entries), globals: map[string][]string{}, types: map[string][]string{}, toolFiles: map[string]bool{}, toolChangers: map[string]bool{}}
	if n.entries == nil {
		n.entries = map[string]*Entry{}
	}
	change(n.entries)
	for uri, e := range n.entries {
		if e.own.registers() {
			n.toolFiles[uri] = true
		}
		if !e.own.changes.none() {
			n.toolChangers[uri] = true
		}
		if len(e.named) > 0 {
			n.namers = append(n.namers, uri)
		}
		for _, g := range e.globals {
			n.globals[g] = append(n.globals[g], uri)
		}
		for _, t := range e.types {
			n.types[t] = append(n.types[t], uri)
		}
	}
	slices.Sort(n.namers)
	for _, m := range []map[string][]string{n.globals, n.types} {
		for _, uris := range m {
			slices.Sort(uris)
		}
	}
	return n
}

// EndWith lets all questions end at once when ctx is done, those of the snapshots that are
// made of this one too: what they answer then means nothing. The function that it returns
// lets them outlive ctx.
func (s *Snapshot) EndWith(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() { s.shared.ended.Store(true) })
}

// Catalog returns the catalogue, nil if there is none.
func (s *Snapshot) Catalog() *catalog.Catalog { return s.catalog }

// Config returns the configuration.
func (s *Snapshot) Config() *Config { return s.config }

// File returns the file of a URI: an open one, one of the library's, or one that
// is read from disk. It is nil if there is none, or it cannot be read.
func (s *Snapshot) File(uri string) *File {
	if f := s.open[uri]; f != nil {
		return f
	}
	if f := s.shared.library.libraryFiles[uri]; f != nil {
		return f
	}
	if PathOf(uri) == "" {
		return nil
	}
	return s.shared.cache.get(uri, s.config)
}

// OpenFile returns the file of a URI if it is open, nil if it is not.
func (s *Snapshot) OpenFile(uri string) *File { return s.open[uri] }

// Open returns the open files, sorted by URI.
func (s *Snapshot) Open() []*File {
	files := make([]*File, 0, len(s.open))
	for _, uri := range slices.Sorted(maps.Keys(s.open)) {
		files = append(files, s.open[uri])
	}
	return files
}

// Files returns what is known of all files of the workspace, open ones included,
// sorted by URI. The caller must not change the list.
func (s *Snapshot) Files() []*Entry {
	s.listing.once.Do(func() {
		entries := make([]*Entry, 0, len(s.disk.entries)+len(s.open))
		for _, e := range s.disk.inOrder() {
			if s.open[e.URI] == nil {
				entries = append(entries, e)
			}
		}
		for _, f := range s.Open() {
			e := f.Entry()
			at, _ := slices.BinarySearchFunc(entries, e, byURI)
			entries = slices.Insert(entries, at, e)
		}
		s.listing.entries = entries
	})
	return s.listing.entries
}

// inOrder are the entries sorted by URI. Each edit makes a snapshot, and few of them another disk.
func (d *disk) inOrder() []*Entry {
	d.sortOnce.Do(func() {
		d.sorted = slices.SortedFunc(maps.Values(d.entries), byURI)
	})
	return d.sorted
}

func byURI(a, b *Entry) int { return strings.Compare(a.URI, b.URI) }
