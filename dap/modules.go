package dap

import (
	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// modules lists the files that the script has loaded.
func (s *session) modules(args dap.ModulesArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.StartModule < 0 || args.ModuleCount < 0 {
		return nil, badArguments("modules: startModule and moduleCount must not be negative")
	}
	all := e.Modules()
	from := min(args.StartModule, len(all))
	to := len(all)
	if args.ModuleCount > 0 {
		to = from + min(args.ModuleCount, len(all)-from)
	}
	body := modulesBody{Modules: make([]module, 0, to-from), TotalModules: len(all)}
	for _, m := range all[from:to] {
		body.Modules = append(body.Modules, s.run.module(m))
	}
	return body, nil
}

// module describes a module to the client.
func (r *run) module(m debug.Module) module {
	return module{
		ID: m.ID, Name: m.Name, Path: r.translator.toClientPath(m.Path), LoadedBy: m.By,
		IsUserCode: !r.skip.Load().source(debug.Source{Path: m.Path}),
	}
}

// ModuleLoaded implements debug.Handler.
func (r *run) ModuleLoaded(m debug.Module, again bool) {
	if r.quiet.Load() {
		return
	}
	reason := "new"
	if again {
		reason = "changed"
	} else {
		r.loaded.addModule(m)
	}
	r.session.out.notify(newEvent("module", moduleEventBody{Reason: reason, Module: r.module(m)}))
	if again {
		r.sourceChanged(m.Path)
	}
}
