package tools

import (
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/tools/data"
	"github.com/llmspell/llmspell/tools/filesystem"
	"github.com/llmspell/llmspell/tools/utility"
)

// Builtin returns a fresh registry with the tools that come with llmspell. It
// describes them and constructs none.
func Builtin() *Registry {
	r := NewRegistry()
	defs := slices.Concat(utility.Definitions(), data.Definitions(), filesystem.Definitions())
	if err := r.Register(defs...); err != nil {
		// Only a mistake in these packages can bring us here; the tests do.
		panic(fmt.Sprintf("tools: the built-in tools are inconsistent: %v", err))
	}
	return r
}
