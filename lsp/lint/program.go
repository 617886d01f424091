package lint

import "github.com/llmspell/llmspell/lsp/analysis"

// inProgram tells whether a file for which is holds, as its entry says, is loaded wherever
// this file is.
func (p *pass) inProgram(is func(*analysis.Entry) bool) bool {
	return p.snap.AlwaysLoaded(p.file, is)
}
