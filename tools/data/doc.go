// Package data holds the tools that work on structured data.
package data

import "github.com/llmspell/llmspell/tools/tool"

// Definitions lists the tools of this package. It constructs none of them.
func Definitions() []tool.Definition {
	return []tool.Definition{jsonDefinition(), csvDefinition(), databaseDefinition(), sqliteDefinition(), graphDefinition()}
}
