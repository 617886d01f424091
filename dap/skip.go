package dap

import (
	"maps"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// memorySources is the folder under which skip patterns find sources that have
// no file.
const memorySources = "<memory>/"

// skipper decides which code steps run through. A changed one replaces it, so
// it can be asked from any goroutine.
type skipper struct {
	files     globs
	functions globs
	toggled   map[string]bool // decided by hand, by name of the source
	t         translator
}

// skipName names a source for patterns.
func skipName(src debug.Source) string {
	if src.Path == "" {
		return memorySources + src.Name
	}
	return slashes(src.Path)
}

// source tells whether steps run through a source.
func (k *skipper) source(src debug.Source) bool {
	name := skipName(src)
	if skip, ok := k.toggled[name]; ok {
		return skip
	}
	names := []string{name}
	if src.Path != "" {
		names = append(names, slashes(k.t.withoutURI().toClientPath(src.Path)))
	}
	return k.files.matches(names...)
}

// function tells whether a step in runs through a function.
func (k *skipper) function(name string) bool { return k.functions.matches(dotted(name)) }

// newSkipper reads the patterns of a launch.
func newSkipper(files, functions []string, dir string, t translator) (*skipper, error) {
	k := &skipper{t: t, toggled: map[string]bool{}}
	var err error
	if k.files, err = pathGlobs(files, dir); err != nil {
		return nil, err
	}
	k.functions, err = nameGlobs(functions)
	return k, err
}

// setSkipper makes k decide from now on.
func (r *run) setSkipper(k *skipper) {
	r.skip.Store(k)
	if r.engine == nil {
		return
	}
	if len(k.files) > 0 || len(k.toggled) > 0 {
		r.engine.SetSkip(k.source)
	} else {
		r.engine.SetSkip(nil)
	}
	if len(k.functions) > 0 {
		r.engine.SetStepFilter(k.function)
	} else {
		r.engine.SetStepFilter(nil)
	}
}

// toggleArguments are those of toggleSkipFileStatus, a request of VS Code's
// JavaScript debugger that other clients know, too.
type toggleArguments struct {
	Resource        string `json:"resource"`
	SourceReference int    `json:"sourceReference"`
}

// toggleSkipFileStatus begins or ceases to skip one source.
func (s *session) toggleSkipFileStatus(args toggleArguments) (any, error) {
	if _, err := s.engine(); err != nil {
		return nil, err
	}
	key, err := sourceOf("toggleSkipFileStatus", dap.Source{Path: args.Resource, SourceReference: args.SourceReference})
	if err != nil {
		return nil, err
	}
	src, err := key.source(s.run.translator, s.run.args.Cwd)
	if err != nil {
		return nil, err
	}
	for _, loaded := range s.run.engine.Sources() {
		if src.Reference != 0 && loaded.Reference == src.Reference {
			src = loaded
		}
	}
	old := s.run.skip.Load()
	k := &skipper{files: old.files, functions: old.functions, t: old.t, toggled: maps.Clone(old.toggled)}
	k.toggled[skipName(src)] = !old.source(src)
	s.run.setSkipper(k)
	s.invalidate("stacks")
	return nil, nil
}

// stepFilterArguments replace what the launch configuration says; a list that
// is absent stays as it is.
type stepFilterArguments struct {
	SkipFiles   *[]string `json:"skipFiles"`
	StepFilters *[]string `json:"stepFilters"`
}

// setStepFilters changes, while the script runs or is stopped, what steps run
// through.
func (s *session) setStepFilters(args stepFilterArguments) (any, error) {
	if _, err := s.engine(); err != nil {
		return nil, err
	}
	launch := &s.run.args
	files, functions := launch.SkipFiles, launch.StepFilters
	if args.SkipFiles != nil {
		files = *args.SkipFiles
	}
	if args.StepFilters != nil {
		functions = *args.StepFilters
	}
	k, err := newSkipper(files, functions, s.run.folder(), s.run.translator)
	if err != nil {
		return nil, err
	}
	if args.SkipFiles == nil {
		k.toggled = s.run.skip.Load().toggled
	}
	launch.SkipFiles, launch.StepFilters = files, functions // a restart keeps them
	s.run.setSkipper(k)
	s.invalidate("stacks")
	return nil, nil
}
