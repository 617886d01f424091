// Package document holds the tools that read and convert documents: PDF, Markdown, HTML, XML, YAML, TOML.
package document

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return nil
}
