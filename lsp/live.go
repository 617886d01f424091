package lsp

import (
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
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

// liveMembers are the fields of the value of an expression of f, which is the request's
// file or that with the mark of completion, as a session of a running kernel has them
// now, if the expression is the name of a global variable of that session, or a chain of
// fields of one.
func (r *request) liveMembers(f *analysis.File, n syntax.Node) []catalog.Entry {
	t := f.Tree()
	var path []string
	for ; t.Kind(n) == syntax.Index; n = t.First(n) {
		path = append(path, t.NameOf(t.Child(n, 1)))
	}
	if t.Kind(n) != syntax.Name || f.Vars().Var(n) != scope.NoVar {
		return nil
	}
	root := t.NameOf(n)
	if r.snap.LibraryGlobal(root) != nil {
		return nil
	}
	path = append(path, root)
	if slices.Contains(path, "") {
		return nil
	}
	slices.Reverse(path)
	e, ok := r.liveVariable(root)
	if !ok {
		return nil
	}
	return r.snap.CatalogOf(r.file).Members(e.Arg, path)
}

// live collects what can follow a dot or colon behind an expression of which the files
// say nothing: behind a colon only functions. It returns their names.
func (c *completer) live(object syntax.Node, colon bool) map[string]bool {
	found := map[string]bool{}
	for _, e := range c.r.liveMembers(c.f, object) {
		function := e.Detail == "function"
		if !isName(e.Name) || colon && !function {
			continue
		}
		found[e.Name] = true
		x := candidate{
			label: e.Name, kind: protocol.ItemField, group: groupMember, source: e.Source, commit: memberCommits(), detail: typeDetailOf(e.Detail),
			doc: func() documentation { return entryDoc(nil, "variable", e) },
		}
		if function {
			x.kind, x.commit = protocol.ItemFunction, callCommits()
			if colon {
				x.kind = protocol.ItemMethod
			}
		}
		c.add(x)
	}
	return found
}

// hoverLive describes a global variable as a session of a running kernel has it, "" if
// none does.
func (r *request) hoverLive(name string) string {
	e, ok := r.liveVariable(name)
	if !ok {
		return ""
	}
	return liveText("global "+name, e)
}

// hoverLiveField does so for a field of one.
func (r *request) hoverLiveField(index syntax.Node, name string) string {
	object := r.file.Tree().First(index)
	for _, e := range r.liveMembers(r.file, object) {
		if e.Name == name {
			return liveText("(field) "+r.file.Tree().Source(object)+"."+name, e)
		}
	}
	return ""
}

func liveText(head string, e catalog.Entry) string {
	return join(fence(head+typeDetailOf(e.Detail)), entryDoc(nil, "variable", e).text)
}
