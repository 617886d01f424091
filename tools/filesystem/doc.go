// Package filesystem holds the tools that work on files and folders. All of
// them go through the call's sandbox.
package filesystem

import "github.com/llmspell/llmspell/tools/tool"

// Definitions lists the tools of this package. It constructs none of them.
func Definitions() []tool.Definition {
	return []tool.Definition{fileOperationsDefinition(), fileSearchDefinition(), archiveDefinition(), fileConverterDefinition(), fileWatcherDefinition()}
}
