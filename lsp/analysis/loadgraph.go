package analysis

import (
	"path/filepath"
	"slices"
	"sync"
)

// loadGraph says which files of the workspace load which, by names that are written out.
// It refers to files by their place in Files, and holds nothing of them.
type loadGraph struct {
	key loadGraphKey
	at  map[string]int32 // by URI
	// loads and loaders are, of each file, those that it loads, and that load it.
	loads, loaders [][]int32
}

// loadGraphKey is what a loadGraph depends on.
type loadGraphKey struct {
	disk   *disk
	config *Config
	open   []openLoads
}

// openLoads is what the graph has of an open file.
type openLoads struct {
	uri, path string
	modules   []string
}

func (k loadGraphKey) equal(o loadGraphKey) bool {
	return k.disk == o.disk && k.config == o.config && slices.EqualFunc(k.open, o.open, func(a, b openLoads) bool {
		return a.uri == b.uri && a.path == b.path && slices.Equal(a.modules, b.modules)
	})
}

// lastGraph is the graph that was made last: an edit seldom changes what a file loads.
type lastGraph struct {
	mu    sync.Mutex
	graph *loadGraph
}

func (s *Snapshot) loadGraph() *loadGraph {
	key := loadGraphKey{disk: s.disk, config: s.config}
	for _, f := range s.Open() {
		key.open = append(key.open, openLoads{f.URI, f.Path, f.Entry().modules})
	}
	s.shared.graph.mu.Lock()
	defer s.shared.graph.mu.Unlock()
	if g := s.shared.graph.graph; g != nil && g.key.equal(key) {
		return g
	}
	s.shared.graph.graph = s.newLoadGraph(key)
	return s.shared.graph.graph
}

func (s *Snapshot) newLoadGraph(key loadGraphKey) *loadGraph {
	files := s.Files()
	g := &loadGraph{
		key: key, at: make(map[string]int32, len(files)),
		loads: make([][]int32, len(files)), loaders: make([][]int32, len(files)),
	}
	byPath := make(map[string]int32, len(files))
	for i, e := range files {
		i := int32(i)
		g.at[e.URI] = i
		if e.Path != "" {
			byPath[filepath.Clean(e.Path)] = i
		}
	}
	found := map[moduleKey][]int32{}
	for i, e := range files {
		for _, name := range e.modules {
			name := moduleKey{filepath.Dir(e.Path), name}
			to, known := found[name]
			if !known {
				to = s.modulesNamed(byPath, e, name.name)
				found[name] = to
			}
			g.loads[i] = append(g.loads[i], to...)
			for _, to := range to {
				g.loaders[to] = append(g.loaders[to], int32(i))
			}
		}
	}
	return g
}

// modulesNamed are the files that a name may load in a file: the one that require finds, or
// all that it would find if the script were started in another folder.
func (s *Snapshot) modulesNamed(byPath map[string]int32, from *Entry, name string) (list []int32) {
	for path := range s.checker.modulePaths(from.Path, name) {
		if to, ok := byPath[path]; ok {
			return []int32{to}
		}
	}
	for _, place := range s.modulePlaces(from.Path, name) {
		if to, ok := byPath[filepath.Clean(place.path)]; ok {
			list = append(list, to)
		}
	}
	return list
}

// AlwaysLoaded tells whether one of the files for which wanted holds is loaded wherever a file
// is: the file is or loads one, or all programs that load it do. A program is a file
// that no other one loads, with what it loads.
func (s *Snapshot) AlwaysLoaded(f *File, wanted func(*Entry) bool) bool {
	if wanted(f.Entry()) {
		return true
	}
	var start []int32
	g := s.loadGraph()
	for _, e := range s.Files() {
		if e.URI != f.URI && wanted(e) {
			start = append(start, g.at[e.URI])
		}
	}
	self, known := g.at[f.URI]
	if len(start) == 0 || !known {
		return false
	}
	reach := closure(start, g.loaders)
	if reach[self] {
		return true
	}
	programs := 0
	for i := range closure([]int32{self}, g.loaders) {
		if i == self || len(g.loaders[i]) > 0 {
			continue
		}
		if !reach[i] {
			return false
		}
		programs++
	}
	return programs > 0
}

// closure is what can be reached from some files, and these.
func closure(from []int32, next [][]int32) map[int32]bool {
	seen := make(map[int32]bool, len(from))
	for _, i := range from {
		seen[i] = true
	}
	for list := slices.Clone(from); len(list) > 0; list = list[1:] {
		for _, to := range next[list[0]] {
			if !seen[to] {
				seen[to] = true
				list = append(list, to)
			}
		}
	}
	return seen
}
