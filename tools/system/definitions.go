// Package system holds the tools that look at the machine and its environment,
// run programs, and check services.
package system

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return []tool.Definition{environmentDefinition(), processDefinition(), serviceDefinition(), monitorDefinition()}
}
