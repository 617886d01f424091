// Package media holds the tools for images, sound and video.
package media

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return []tool.Definition{imageDefinition(), audioDefinition(), videoDefinition()}
}
