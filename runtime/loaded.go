package runtime

import (
	"slices"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// Source is a chunk as loaded into a state. Path is absolute for files and ""
// for source that exists only in memory. ID counts the sources of the state.
type Source struct {
	ID    int
	Chunk *compile.Chunk
	Path  string
	Load
}

// Load says how a file was loaded first.
type Load struct {
	By     string // "require", "dofile", "loadfile", or "main": by the host; "" if it is no file
	Module string // the name that require was given
}

// What a state keeps of the code that it has loaded, when none of its functions lives
// any more: the last chunks, up to this many, as long as they take about this many bytes.
const (
	recentChunks = 100
	recentBytes  = 2 << 20
)

// registry knows what a state has loaded. It holds almost all weakly: a function that
// lives keeps its chunk, and a script that loads strings in a loop leaks nothing.
type registry struct {
	protos      []loadedProto
	protoLimit  int
	sources     map[weak.Pointer[compile.Chunk]]*loadedSource
	order       []*loadedSource // oldest first
	sourceLimit int
	nextID      int

	recent []recentChunk // the last ones, oldest first
	bytes  int           // of these
}

// loadedProto is one running copy of a function. The copy keeps the function.
type loadedProto struct {
	fn weak.Pointer[compile.Function]
	p  weak.Pointer[lua.FunctionProto]
}

// loadedSource is a Source that does not keep its chunk.
type loadedSource struct {
	id    int
	chunk weak.Pointer[compile.Chunk]
	path  string
	how   Load
}

type recentChunk struct {
	chunk *compile.Chunk
	size  int
}

// source is nil if the chunk has gone.
func (l *loadedSource) source() *Source {
	if chunk := l.chunk.Value(); chunk != nil {
		return &Source{ID: l.id, Chunk: chunk, Path: l.path, Load: l.how}
	}
	return nil
}

func (r *registry) add(chunk *compile.Chunk, path string, in *compile.Instance, how Load) *Source {
	r.remember(chunk)
	key := weak.Make(chunk)
	src, ok := r.sources[key]
	if !ok {
		r.sweepSources()
		r.nextID++
		src = &loadedSource{id: r.nextID, chunk: key, path: path, how: how}
		if r.sources == nil {
			r.sources = map[weak.Pointer[compile.Chunk]]*loadedSource{}
		}
		r.sources[key] = src
		r.order = append(r.order, src)
	}
	if len(r.protos)+len(in.Protos) > r.protoLimit {
		r.protos = slices.DeleteFunc(r.protos, func(l loadedProto) bool { return l.p.Value() == nil })
		r.protoLimit = 2*(len(r.protos)+len(in.Protos)) + 64
	}
	for i, p := range in.Protos {
		r.protos = append(r.protos, loadedProto{weak.Make(chunk.Functions[i]), weak.Make(p)})
	}
	return src.source()
}

// remember keeps a chunk as the last one, and lets go of the oldest.
func (r *registry) remember(chunk *compile.Chunk) {
	i := slices.IndexFunc(r.recent, func(c recentChunk) bool { return c.chunk == chunk })
	if i >= 0 {
		last := r.recent[i]
		copy(r.recent[i:], r.recent[i+1:])
		r.recent[len(r.recent)-1] = last
		return
	}
	last := recentChunk{chunk, chunk.Size()}
	r.recent = append(r.recent, last)
	r.bytes += last.size
	n := 0
	for ; n < len(r.recent)-1 && (len(r.recent)-n > recentChunks || r.bytes > recentBytes); n++ {
		r.bytes -= r.recent[n].size
	}
	r.recent = slices.Delete(r.recent, 0, n)
}

// sweepSources forgets the sources whose chunks have gone, once there are many.
func (r *registry) sweepSources() {
	if len(r.order) < r.sourceLimit {
		return
	}
	r.order = slices.DeleteFunc(r.order, func(l *loadedSource) bool {
		gone := l.chunk.Value() == nil
		if gone {
			delete(r.sources, l.chunk)
		}
		return gone
	})
	r.sourceLimit = 2*len(r.order) + 64
}

// Sources returns what was loaded, oldest first: what still has functions, and the last of
// the rest.
func (st *State) Sources() []*Source {
	out := make([]*Source, 0, len(st.loaded.order))
	for _, l := range st.loaded.order {
		if src := l.source(); src != nil {
			out = append(out, src)
		}
	}
	return out
}

// SourceOf returns the source of a chunk, or nil if it was not loaded.
func (st *State) SourceOf(c *compile.Chunk) *Source {
	if l := st.loaded.sources[weak.Make(c)]; l != nil {
		return l.source()
	}
	return nil
}

// IsRecent tells whether a chunk is among the last that were loaded, which the state keeps
// although none of their functions lives any more.
func (st *State) IsRecent(c *compile.Chunk) bool {
	return slices.ContainsFunc(st.loaded.recent, func(r recentChunk) bool { return r.chunk == c })
}

// EachProto calls fn for every running copy of a function.
func (st *State) EachProto(fn func(*compile.Function, *lua.FunctionProto)) {
	for _, l := range st.loaded.protos {
		if p := l.p.Value(); p != nil {
			fn(l.fn.Value(), p)
		}
	}
}
