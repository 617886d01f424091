// Package utility holds the tools that compute: calculator, text-manipulator,
// hash-calculator, base64-encoder, uuid-generator and datetime-handler.
package utility

import "github.com/llmspell/llmspell/tools/tool"

// Definitions lists the tools of this package. It constructs none of them.
func Definitions() []tool.Definition {
	return []tool.Definition{
		calculatorDefinition(),
		textDefinition(),
		hashDefinition(),
		base64Definition(),
		uuidDefinition(),
		datetimeDefinition(),
		validatorDefinition(),
		diffDefinition(),
		templateDefinition(),
	}
}
