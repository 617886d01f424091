package globals

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/llmspell/llmspell/tools"
)

// hostScheme begins the names under which a debugger knows tools.
const hostScheme = "tool:"

// HostNames returns the function that finds the name that Env.Called is given
// for a tool: any spelling or alias of one after "tool:", or a pattern with `*`
// that some tool matches. It answers "" for what does not begin so.
func HostNames(reg *tools.Registry) func(string) (string, error) {
	return func(name string) (string, error) {
		tool, ok := strings.CutPrefix(name, hostScheme)
		switch {
		case !ok:
			return "", nil
		case strings.ContainsAny(tool, "*?["):
			return hostPattern(reg, tool)
		}
		d, ok := reg.Get(tool)
		if !ok {
			return "", errors.New(reg.Unknown(tool).Message)
		}
		return hostScheme + d.Name, nil
	}
}

func hostPattern(reg *tools.Registry, pattern string) (string, error) {
	canonical := strings.ToLower(strings.ReplaceAll(pattern, "_", "-"))
	for _, d := range reg.List(tools.Filter{}) {
		ok, err := path.Match(canonical, d.Name)
		if err != nil {
			return "", fmt.Errorf("%q is not a pattern of tool names: %w", pattern, err)
		}
		if ok {
			return hostScheme + canonical, nil
		}
	}
	return "", fmt.Errorf("no tool's name is like %q; Tool.list() or llmspell tool list names them all", pattern)
}
