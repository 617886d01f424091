// Package system holds the tools that look at the machine and run programs.
package system

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return nil
}
