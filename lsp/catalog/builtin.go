package catalog

import (
	"sync"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/tools"
)

// Builtin returns what comes with llmspell: its tools, the kernel's hook points and
// events. It costs nothing until it is asked for a name.
func Builtin() *Catalog {
	c := newCatalog(tools.Builtin(), &sync.Map{})
	c.Version = 1
	c.slots = sync.OnceValue(func() map[string][]Entry {
		return map[string][]Entry{"hook": hookEntries(), "event": eventEntries(), "scope": scopeEntries()}
	})
	return c
}

// Configured returns base with what a configuration names besides: the models of
// its providers, as provider/model.
func Configured(base *Catalog, cfg *config.Config) *Catalog {
	models := modelEntries(cfg)
	if len(models) == 0 {
		return base
	}
	return New(Content{Base: base, Version: base.Version + 1, Live: base.live, Entries: map[string][]Entry{"model": models}})
}
