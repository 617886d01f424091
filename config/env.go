package config

import (
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
)

const envPrefix = "LLMSPELL_"

// isForeign tells whether a variable of llmspell is no key of the configuration.
func isForeign(name string) bool {
	switch name {
	case "LLMSPELL_CONFIG", "LLMSPELL_PROFILE", "LLMSPELL_LOG", "LLMSPELL_KERNEL", "LLMSPELL_KERNEL_TOKEN", "LLMSPELL_KERNEL_READY_FD", "LLMSPELL_DAP_TOKEN", "LLMSPELL_DAP_SCHEMA",
		"LLMSPELL_LSP_TOKEN", "LLMSPELL_MCP_TOKEN", "LLMSPELL_RUN", "LLMSPELL_EXAMPLE", "LLMSPELL_DEBUG_PARENT", "LLMSPELL_DEBUG_TOKEN",
		"LLMSPELL_PEERS", "LLMSPELL_PEERS_ROWS", "LLMSPELL_STATE_LARGE":
		return true
	}
	return strings.HasPrefix(name, "LLMSPELL_TEST_")
}

// variable is what an environment variable sets.
type variable struct {
	path  string
	field *field
}

// variables maps the names of environment variables to keys: each name is made of
// the key's path, and there are a few that the original had. Tables whose names
// are free have none here: see providerVariable.
var variables = sync.OnceValue(func() map[string]variable {
	out := map[string]variable{}
	var add func(f *field, prefixes []string)
	add = func(f *field, prefixes []string) {
		for _, child := range f.fields {
			names := make([]string, 0, 2)
			for _, p := range prefixes {
				for _, name := range append([]string{child.name}, child.tag.alias...) {
					names = append(names, p+strings.ToUpper(name))
				}
			}
			if child.isTable() {
				deeper := make([]string, 0, len(names)+1)
				for _, n := range names {
					deeper = append(deeper, n+"_")
				}
				if child.tag.prefix != "" {
					deeper = append(deeper, envPrefix+child.tag.prefix+"_")
				}
				add(child, deeper)
				continue
			}
			for _, n := range append(names, child.tag.env...) {
				if _, taken := out[n]; !taken || slices.Contains(child.tag.env, n) {
					out[n] = variable{child.path, child}
				}
			}
		}
	}
	add(schema(), []string{envPrefix})
	return out
})

// sortedVariables puts the name that follows from the path first.
func sortedVariables(names []string, path string) []string {
	main := envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
	sort.Slice(names, func(i, j int) bool {
		if (names[i] == main) != (names[j] == main) {
			return names[i] == main
		}
		return names[i] < names[j]
	})
	return names
}

// providerVariable finds the key of LLMSPELL_PROVIDER_NAME_FIELD, the name in
// lower case.
func providerVariable(name string) (variable, bool) {
	rest, ok := strings.CutPrefix(name, envPrefix+"PROVIDER_")
	if !ok {
		return variable{}, false
	}
	element := schema().byName["providers"].rest.element
	best := variable{}
	longest := 0
	for _, key := range slices.Sorted(maps.Keys(element.byName)) {
		f := element.byName[key]
		provider, ok := strings.CutSuffix(rest, "_"+strings.ToUpper(key))
		if ok && provider != "" && len(key) > longest && !f.isTable() {
			best, longest = variable{join("providers", strings.ToLower(provider)) + "." + f.name, f}, len(key)
		}
	}
	return best, longest > 0
}

// environment applies the variables to a configuration. Empty ones do not count.
func (l *loader) environment(environ []string) {
	var set []string
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); value != "" && strings.HasPrefix(name, envPrefix) {
			set = append(set, pair)
		}
	}
	slices.Sort(set)
	for _, pair := range set {
		name, value, _ := strings.Cut(pair, "=")
		v, ok := variables()[name]
		if !ok {
			v, ok = providerVariable(name)
		}
		if ok {
			l.assign(v.path, value, Origin{Layer: LayerEnvironment, Source: name})
			continue
		}
		if isForeign(name) || l.options.KnownVariable != nil && l.options.KnownVariable(name) {
			continue
		}
		p := &Problem{Source: name, Message: "no setting has this variable"}
		if near := nearest(strings.ToLower(name), lowered(variables())); near != "" {
			p.Message += "; did you mean " + strings.ToUpper(near) + "?"
		}
		l.warnings = append(l.warnings, p)
	}
}

func lowered(m map[string]variable) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, strings.ToLower(name))
	}
	return out
}
