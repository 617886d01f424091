package tools

import (
	"fmt"
	"slices"
	"sync"

	"github.com/llmspell/llmspell/tools/api"
	"github.com/llmspell/llmspell/tools/data"
	"github.com/llmspell/llmspell/tools/document"
	"github.com/llmspell/llmspell/tools/filesystem"
	"github.com/llmspell/llmspell/tools/media"
	"github.com/llmspell/llmspell/tools/system"
	"github.com/llmspell/llmspell/tools/tool"
	"github.com/llmspell/llmspell/tools/utility"
	"github.com/llmspell/llmspell/tools/web"
)

// Builtin returns a fresh registry with the tools that come with llmspell. It
// constructs none of them, describes them when it is first asked, and costs next
// to nothing: all such registries share
// the descriptors, which never change, and each makes the tools that are called
// through it for itself.
func Builtin() *Registry { return &Registry{first: builtin} }

var builtin = sync.OnceValue(func() *snapshot {
	r := NewRegistry()
	if err := r.Register(BuiltinDefinitions()...); err != nil {
		// Only a mistake in these packages can bring us here; the tests do.
		panic(fmt.Sprintf("tools: the built-in tools are inconsistent: %v", err))
	}
	return r.current()
})

// BuiltinDefinitions returns the definitions of the tools that come with llmspell.
func BuiltinDefinitions() []tool.Definition {
	return slices.Concat(utility.Definitions(), data.Definitions(), document.Definitions(), filesystem.Definitions(),
		media.Definitions(), system.Definitions(), api.Definitions(), web.Definitions())
}
