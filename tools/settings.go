package tools

import (
	"os"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// SettingVariable is the environment variable that holds a tool's setting:
// LLMSPELL_TOOLS_WEB_SEARCHER_PROVIDER for provider of web-searcher.
func SettingVariable(tool, setting string) string {
	return "LLMSPELL_TOOLS_" + strings.ToUpper(strings.ReplaceAll(tool, "-", "_")+"_"+setting)
}

// setting finds a configured value: in Options.Settings, in the setting's own
// variable, in the further ones that its descriptor names, or its default.
func (inv *Invoker) setting(d *tool.Descriptor, name string) string {
	if inv.opt.Settings != nil {
		if v, ok := inv.opt.Settings(d.Name, name); ok {
			return v
		}
	}
	if v, ok := os.LookupEnv(SettingVariable(d.Name, name)); ok {
		return v
	}
	for _, s := range d.Settings {
		if s.Name != name {
			continue
		}
		for _, variable := range s.Env {
			if v, ok := os.LookupEnv(variable); ok {
				return v
			}
		}
		return s.Default
	}
	return ""
}
