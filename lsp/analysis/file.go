package analysis

import "github.com/llmspell/llmspell/lsp/analysis/scope"

// File is one text and what is known of it. It is immutable.
type File struct {
	scopes *scope.Info
}

func (f *File) vars() *scope.Info { return f.scopes }
