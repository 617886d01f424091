package lsp

import (
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// KernelState says which running kernel a server follows.
type KernelState struct {
	Asked     string `json:"asked"`               // as it was named
	Connected string `json:"connected,omitempty"` // the id of the kernel, while there is a connection
	Error     string `json:"error,omitempty"`     // why there is none
}

// KernelChanged tells the server that Options.Kernel says something else. It may be
// called by any goroutine, and does not wait.
func (s *Server) KernelChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for se := range s.sessions {
		se.tellOfKernel()
	}
}

// tellOfKernel tells the user, once, that the kernel that the server was to follow
// cannot be reached: completion without its names would leave them wondering.
func (s *session) tellOfKernel() {
	if s.server.opts.Kernel == nil || !s.ready.Load() {
		return
	}
	k := s.server.opts.Kernel()
	if k.Error == "" || k.Connected != "" || !s.kernelTold.CompareAndSwap(false, true) {
		return
	}
	s.tell(protocol.MessageWarning, fmt.Sprintf("llmspell: the kernel %q cannot be reached: %s. What it has is offered as soon as it can: the language server goes on trying.", k.Asked, k.Error))
}

// liveVariable is a global variable as a session of a running kernel has it.
func (r *request) liveVariable(name string) (catalog.Entry, bool) {
	cat := r.snap.CatalogOf(r.file)
	if cat == nil {
		return catalog.Entry{}, false
	}
	list := cat.Entries("variable")
	i := slices.IndexFunc(list, func(e catalog.Entry) bool { return e.Name == name })
	if i < 0 {
		return catalog.Entry{}, false
	}
	return list[i], true
}

// liveFields are the fields of a value as a running kernel has it.
type liveFields struct {
	list  []catalog.Entry
	state bool // it is in the state, not in a global variable
	late  bool // the kernel's answer is still to come
}

// liveMembers are the fields of the value of an expression of f, which is the request's
// file or that with the mark of completion, as a kernel has them now: of a global variable
// of a session, a value of the state, a field of one. What a global variable has counts
// only if the files say nothing of it; a value of the state has whatever any program has
// stored.
func (r *request) liveMembers(f *analysis.File, n syntax.Node, known bool) liveFields {
	cat := r.snap.CatalogOf(r.file)
	p, ok := r.snap.LivePath(f, n)
	if !ok || cat == nil {
		return liveFields{}
	}
	if p.Global == "" {
		has := func(e catalog.Entry) bool { return e.Name == p.Key && e.Arg == p.Scope && e.Source != "" }
		if !slices.ContainsFunc(cat.Entries("state"), has) {
			return liveFields{}
		}
		list, late := cat.StateFields(p.Scope, p.Key, p.Fields)
		return liveFields{list, true, late}
	}
	if known || r.snap.LibraryGlobal(p.Global) != nil {
		return liveFields{}
	}
	path := append([]string{p.Global}, p.Fields...)
	if slices.ContainsFunc(path, func(name string) bool { return !isName(name) }) {
		return liveFields{} // the kernel is asked for names only
	}
	e, ok := r.liveVariable(p.Global)
	if !ok {
		return liveFields{}
	}
	list, late := cat.Members(e.Arg, path)
	return liveFields{list: list, late: late}
}

// kind is that of the entries in a catalogue.
func (l *liveFields) kind() string {
	if l.state {
		return "state"
	}
	return "variable"
}

// live collects what can follow a dot or colon behind an expression, behind a colon only
// functions, but for the names that are seen. It adds its own to these.
func (c *completer) live(object syntax.Node, colon, known bool, seen map[string]bool) {
	fields := c.r.liveMembers(c.f, object, known)
	c.incomplete = c.incomplete || fields.late
	for _, e := range fields.list {
		if !isName(e.Name) || colon && e.Detail != "function" || seen[e.Name] {
			continue
		}
		seen[e.Name] = true
		x := liveCandidate(e, fields.kind())
		if e.Detail == "function" && colon {
			x.kind = protocol.ItemMethod
		}
		c.add(x)
	}
}

// liveKeys is what collects the names in the brackets behind what a kernel has, nil if
// there are none.
func (c *completer) liveKeys(known bool) func(stringWriter) {
	index := c.t.Parent(c.n)
	if c.t.Kind(index) != syntax.IndexKey || c.t.First(index) == c.n {
		return nil
	}
	fields := c.r.liveMembers(c.f, c.t.First(index), known)
	c.incomplete = c.incomplete || fields.late
	if len(fields.list) == 0 {
		return nil
	}
	return func(w stringWriter) {
		for _, e := range fields.list {
			x := liveCandidate(e, fields.kind())
			x.commit = nil
			c.name(x, w)
		}
	}
}

func liveCandidate(e catalog.Entry, kind string) candidate {
	x := candidate{
		label: e.Name, kind: protocol.ItemField, group: groupMember, source: e.Source, commit: memberCommits(), detail: typeDetailOf(e.Detail),
		doc: func() documentation { return entryDoc(nil, kind, e) },
	}
	if e.Detail == "function" {
		x.kind, x.commit = protocol.ItemFunction, callCommits()
	}
	return x
}

// hoverLive describes a global variable as a session of a running kernel has it, "" if
// none does.
func (r *request) hoverLive(name string) string {
	e, ok := r.liveVariable(name)
	if !ok {
		return ""
	}
	return liveText("global "+name, "variable", e)
}

// hoverLiveField does so for a field of one, or of a value of the state.
func (r *request) hoverLiveField(index syntax.Node, name string) string {
	object := r.file.Tree().First(index)
	fields := r.liveMembers(r.file, object, false)
	for _, e := range fields.list {
		if e.Name != name {
			continue
		}
		head := r.file.Tree().Source(object)
		if !isChain(head) {
			head = ""
		} else {
			head += "."
		}
		return liveText("(field) "+head+name, fields.kind(), e)
	}
	return ""
}

// hoverLiveKey does so for a string in brackets, and returns where its text stands.
func (r *request) hoverLiveKey(n syntax.Node) (text string, start, end int) {
	t := r.file.Tree()
	index := t.Parent(n)
	name, ok := t.String(n)
	q, quoted := t.Quote(n)
	if !ok || !quoted || t.Kind(index) != syntax.IndexKey || t.First(index) == n {
		return "", 0, 0
	}
	return r.hoverLiveField(index, name), q.Start, q.End
}

func liveText(head, kind string, e catalog.Entry) string {
	return join(fence(head+typeDetailOf(e.Detail)), entryDoc(nil, kind, e).text)
}
