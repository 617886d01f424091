// Package api holds the tools that call services: HTTP, GraphQL, webhooks, e-mail.
package api

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return nil
}
