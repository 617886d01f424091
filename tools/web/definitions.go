// Package web holds the tools that read the web: pages, feeds, sitemaps, searches.
package web

import "github.com/llmspell/llmspell/tools/tool"

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	return nil
}
