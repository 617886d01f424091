// Package api holds the tools that call services: http-requester,
// graphql-query, api-tester, webhook-caller, email-sender,
// openapi-inspector and oauth-token.
package api

import "github.com/llmspell/llmspell/tools/tool"

// Definitions lists the tools of this package. It constructs none of them.
func Definitions() []tool.Definition {
	return []tool.Definition{
		httpRequesterDefinition(),
		graphqlDefinition(),
		apiTesterDefinition(),
		webhookDefinition(),
		emailDefinition(),
		openapiDefinition(),
		oauthDefinition(),
	}
}
