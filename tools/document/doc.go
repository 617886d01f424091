// Package document holds the tools that read and convert documents: PDF,
// Markdown, HTML, XML, YAML, TOML and their kin. What they read is bounded in
// size, depth and time, and is never trusted.
package document

import "github.com/llmspell/llmspell/tools/tool"

// Definitions lists the tools of this package. It constructs none of them.
func Definitions() []tool.Definition {
	return []tool.Definition{dataConverterDefinition(), pdfDefinition(), xmlDefinition()}
}
