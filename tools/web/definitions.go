// Package web holds the tools that read the web: pages, feeds, sitemaps, searches.
package web

import (
	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/tool"
)

// Definitions returns the tools of this package.
func Definitions() []tool.Definition {
	defs := []tool.Definition{
		urlAnalyzerDefinition(), scraperDefinition(), monitorDefinition(), sitemapDefinition(), feedDefinition(), searcherDefinition(),
		linkCheckerDefinition(), robotsDefinition(),
	}
	for _, d := range defs {
		d.Descriptor.Settings = append(d.Descriptor.Settings, httpx.CAFileSetting())
	}
	return append(defs, dnsDefinition())
}
