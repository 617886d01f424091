package luacheck

import (
	"slices"
	"sync"
)

// Settings are what a .luacheckrc says. They are not changed; any goroutine may use them.
// nil says nothing.
type Settings struct {
	// Faults are what is not understood, in the order of the text.
	Faults []Fault

	top              options
	files            []override // the general ones first
	stds             map[string]*custom
	include, exclude []string
	included         bool            // include_files is given
	defined          map[string]bool // globals, by any layer

	mu     sync.Mutex
	stacks map[string]*Stack // by file
}

// override are the options of files[glob].
type override struct {
	glob    string
	options options
}

// maxStacks bounds how many files' options are kept.
const maxStacks = 4096

// For returns the options of a file, whose path is relative to the folder of the settings.
func (s *Settings) For(file string) *Stack {
	if s == nil {
		return defaults(file, nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stack, ok := s.stacks[file]; ok {
		return stack
	}
	layers := []*options{&s.top}
	for i := range s.files {
		if file != "" && matchGlob(s.files[i].glob, file) {
			layers = append(layers, &s.files[i].options)
		}
	}
	stack := defaults(file, layers)
	if stack == nil {
		stack = newStack(s.stds, layers)
	} else {
		stack.stds = s.stds
		stack = newStack(s.stds, stack.layers)
	}
	if s.stacks == nil || len(s.stacks) >= maxStacks {
		s.stacks = map[string]*Stack{}
	}
	s.stacks[file] = stack
	return stack
}

// defaults lays what files have by their names over layers; nil if that is nothing. It
// comes last, so that a std of the settings does not take it away.
func defaults(file string, layers []*options) *Stack {
	names := ofPath(file)
	if len(names) == 0 {
		return nil
	}
	return newStack(nil, append(layers, &options{std: &std{names: names, added: true}}))
}

// Excluded tells whether a file, whose path is relative to the folder of the settings, is
// not to be checked.
func (s *Settings) Excluded(file string) bool {
	if s == nil {
		return false
	}
	means := func(glob string) bool { return matchGlob(glob, file) }
	return slices.ContainsFunc(s.exclude, means) || s.included && !slices.ContainsFunc(s.include, means)
}

// Defines tells whether the settings define a global for any file.
func (s *Settings) Defines(name string) bool {
	if s == nil {
		return false
	}
	return s.defined[name]
}

// settle makes what is known of all files together.
func (s *Settings) settle() {
	s.defined = map[string]bool{}
	layers := []*options{&s.top}
	for i := range s.files {
		layers = append(layers, &s.files[i].options)
	}
	for _, o := range layers {
		for _, name := range newStack(s.stds, []*options{o}).Globals() {
			s.defined[name] = true
		}
	}
}
