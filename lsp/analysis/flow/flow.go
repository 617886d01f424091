// Package flow tells which tables of a program can be the same, so that all places
// are known that name one of their fields. It is what makes a renaming safe: types
// are the best guess of what a name means, this is all that it may mean.
//
// Each expression has a node, and nodes whose values may be the same become one: by
// assignments, arguments, results, metatables, annotations. What is left apart cannot
// meet while the program runs. A table that code outside of the program gets, or whose
// keys the program itself looks up by names that it computes, is marked with the reason.
package flow

import (
	"context"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// File is a file of a program.
type File struct {
	URI   string
	Tree  *syntax.Tree
	Vars  *scope.Info
	Notes *luacats.Notes
	// Module returns the number of the file in Program.Files that a name loads, -1 if
	// there is none: of require, or with path set of dofile and loadfile.
	Module func(name string, path bool) int
	// Modules are the names that require may know the file by, for names that are
	// computed: the longest one, with dots.
	Modules string
	// Alone says that files outside of the program may load this one.
	Alone bool
}

// Program are the files that can see each other's values.
type Program struct {
	Files []File
	// Places: the places of all keys are wanted, of Graph.Keys.
	Places bool
	// Class tells whether a name is a type that files of the workspace declare.
	Class func(name string) bool
	// Scope numbers the programs that a global belongs to: files with the same number
	// mean the same variable. nil: all do.
	Scope func(file int, global string) int
	// Library tells whether a global is defined by something else than the files.
	Library func(global string) bool
	// Kernel tells whether such a global is the kernel's own, whose functions are declared:
	// they keep no table that they are given, and store nothing in it. nil: none is.
	Kernel func(global string) bool
	// Closed: fields that nothing stores are not there, and never will be. Else somebody
	// may still write them, such as the methods of an abstract class.
	Closed bool
}

// Reason says why not all is known of a table.
type Reason struct {
	URI    string
	Offset int
	// Text is a sentence about the name, without a full stop: "its table is given to f".
	// The URI is "" if no place can be told.
	Text string
}

// Graph is what is known of a program.
type Graph struct {
	s *solver
	// reached is what shared finds, made what origins does.
	reached map[id]bool
	made    *origins
}

// Solve works out which tables of a program can be the same. The error is that of ctx, which
// ends the work soon.
func Solve(ctx context.Context, p Program) (*Graph, error) {
	s := newSolver(ctx, p)
	s.run()
	if s.err != nil {
		return nil, s.err
	}
	return &Graph{s: s}, nil
}
