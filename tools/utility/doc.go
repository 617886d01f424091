// Package utility holds the tools that compute: on numbers, texts, times, versions,
// networks, colors and tokens. Their engines, where they are large, stand in
// internal/.
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
		citationDefinition(),
		regexDefinition(),
		colorDefinition(),
		textStatisticsDefinition(),
		passwordDefinition(),
		similarityDefinition(),
		cidrDefinition(),
		jwtDefinition(),
		cronDefinition(),
		semverDefinition(),
	}
}
