package tools

import "github.com/llmspell/llmspell/tools/tool"

// Summary is a tool in a listing. Its JSON shape is stable.
type Summary struct {
	Name        string      `json:"name"`
	Category    string      `json:"category"`
	Description string      `json:"description"`
	Aliases     []string    `json:"aliases"`
	Tags        []string    `json:"tags"`
	Security    string      `json:"security"`
	Needs       []tool.Need `json:"needs"`
	Operations  []string    `json:"operations"` // what its parameter "operation" can be
	Version     string      `json:"version"`
}

// Description is all about a tool. Its JSON shape is stable.
type Description struct {
	Summary
	SideEffects  bool                 `json:"side_effects"`
	Parameters   any                  `json:"parameters"` // JSON Schema
	Result       any                  `json:"result"`     // JSON Schema
	Settings     []SettingDescription `json:"settings"`
	Examples     []ExampleDescription `json:"examples"`
	TimeoutMS    int64                `json:"timeout_ms,omitempty"`
	CachedForSec float64              `json:"cached_for_seconds,omitempty"`
}

// SettingDescription is a setting of a tool.
type SettingDescription struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Default     string   `json:"default,omitempty"`
	Variables   []string `json:"variables"` // of the environment, the first that is set wins
	Secret      bool     `json:"secret"`
}

// ExampleDescription is an example of a tool's use.
type ExampleDescription struct {
	Description string            `json:"description"`
	Params      map[string]any    `json:"params"`
	Files       map[string]string `json:"files,omitempty"`
	Want        any               `json:"want,omitempty"`
}

// Summarize returns what a listing says of a tool.
func Summarize(d *tool.Descriptor) Summary {
	return Summary{
		Name: d.Name, Category: d.Category, Description: d.Description, Aliases: orEmpty(d.Aliases), Tags: orEmpty(d.Tags),
		Security: string(d.Security), Needs: orEmpty(d.Needs), Operations: orEmpty(operations(d)), Version: d.Version,
	}
}

// Describe returns all about a tool.
func Describe(d *tool.Descriptor) Description {
	out := Description{
		Summary: Summarize(d), SideEffects: d.SideEffects, Parameters: d.Parameters,
		Settings: []SettingDescription{}, Examples: []ExampleDescription{}, TimeoutMS: d.Timeout.Milliseconds(), CachedForSec: d.CacheFor.Seconds(),
	}
	if d.Result != nil {
		out.Result = d.Result
	}
	for _, s := range d.Settings {
		out.Settings = append(out.Settings, SettingDescription{s.Name, s.Description, s.Default, SettingVariables(d, s), s.Secret})
	}
	for _, e := range d.Examples {
		out.Examples = append(out.Examples, ExampleDescription{e.Description, e.Params, e.Files, e.Want})
	}
	return out
}

// SettingVariables names the environment variables in which a setting is looked
// for, in this order.
func SettingVariables(d *tool.Descriptor, s tool.Setting) []string {
	return append([]string{SettingVariable(d.Name, s.Name)}, s.Env...)
}

// orEmpty makes nil an empty list, which JSON writes as such.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// operations lists what the tool's parameter "operation" can be.
func operations(d *tool.Descriptor) []string {
	var out []string
	for _, p := range d.Parameters.Properties {
		if p.Name != "operation" {
			continue
		}
		for _, v := range p.Enum {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
