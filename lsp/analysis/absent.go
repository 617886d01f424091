package analysis

import (
	"context"
	"sync"

	"github.com/llmspell/llmspell/lsp/analysis/flow"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// flows are the graphs of a snapshot that were asked for last.
type flows struct {
	mu   sync.Mutex
	last []graphOf
}

// graphOf is the graph of some files; at are their numbers by their URIs.
type graphOf struct {
	at    map[string]int
	files []*File
	graph *flow.Graph
}

// Bounds of what is worked out to tell whether a field is ever stored. In a workspace of
// more files, or with more text that belongs together, a file is looked at alone: then
// nothing is said of tables that other files get.
const (
	maxGroups    = 300     // files of the workspace
	maxGroup     = 40      // files that share something
	maxGroupText = 400_000 // bytes of them
	keptGraphs   = 4
)

// Absent tells whether nothing in the program stores a field of a name in any table that
// an expression of the file may be; not ok if that is in doubt, or ctx is done. In place
// of types, which are what is probable, it rests on all that the code can do.
func (s *Snapshot) Absent(ctx context.Context, f *File, object syntax.Node, name string) (flow.Absence, bool) {
	s.flows.mu.Lock()
	defer s.flows.mu.Unlock()
	g := s.graph(ctx, f)
	if g == nil {
		return flow.Absence{}, false
	}
	return g.graph.Absent(g.at[f.URI], object, name)
}

// graph is the graph that a file is in, nil if ctx is done.
func (s *Snapshot) graph(ctx context.Context, f *File) *graphOf {
	for i := range s.flows.last {
		if _, ok := s.flows.last[i].at[f.URI]; ok {
			return &s.flows.last[i]
		}
	}
	files := s.together(f)
	alone := files == nil
	if alone {
		files = []*File{f}
	}
	p, err := s.programOf(ctx, files)
	if err != nil {
		return nil
	}
	p.Closed = true
	p.Kernel = s.ofKernel
	if alone {
		p.Files[0].Alone = true
		p.Library = func(string) bool { return true }
		p.Class = func(string) bool { return false }
	}
	solved, err := flow.Solve(ctx, *p)
	if err != nil {
		return nil
	}
	g := graphOf{at: map[string]int{}, files: files, graph: solved}
	for i := range p.Files {
		g.at[p.Files[i].URI] = i
	}
	if len(s.flows.last) == keptGraphs {
		s.flows.last = append(s.flows.last[:0], s.flows.last[1:]...)
	}
	s.flows.last = append(s.flows.last, g)
	return &s.flows.last[len(s.flows.last)-1]
}

// together returns the files that share something with f, nil if they are too many.
func (s *Snapshot) together(f *File) []*File {
	if len(s.disk.entries)+len(s.open) > maxGroups {
		return nil
	}
	group := s.group(f)
	if len(group) > maxGroup {
		return nil
	}
	var files []*File
	size := 0
	for _, e := range group {
		file := f
		if e.URI != f.URI {
			file = s.File(e.URI)
		}
		if file == nil {
			return nil
		}
		if size += len(file.text); size > maxGroupText && len(group) > 1 {
			return nil
		}
		files = append(files, file)
	}
	return files
}
