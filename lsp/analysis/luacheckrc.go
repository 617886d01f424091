package analysis

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacheck"
)

// LuacheckFolder are the settings of the .luacheckrc in a folder.
type LuacheckFolder struct {
	Folder   string
	Settings *luacheck.Settings
}

// SettingFault is something in settings that is not understood.
type SettingFault struct {
	// Path and Text are those of the file with the settings, Start to End the bytes of it; ""
	// if the settings are in no file that is known.
	Path, Text string
	Start, End int
	Message    string
}

// RuleSetting is a severity that settings give a kind of finding.
type RuleSetting struct {
	// Where are the settings, in words: "[lint.severity]". "" if Path says it.
	Where string
	// Path, Text, Start, End are those of the name, as in SettingFault.
	Path, Text  string
	Start, End  int
	Name, Value string
}

// WithLuacheckrc returns c with what the text of a .luacheckrc in a folder says: globals,
// which findings are wanted, files that are left out. It is not run; what cannot be read of
// it is in Faults. A text that is no Lua changes nothing and is an error.
func (c *Config) WithLuacheckrc(folder string, text []byte) (*Config, error) {
	settings, err := luacheck.Read(string(text))
	if err != nil {
		return c, err
	}
	n := *c
	n.Luacheck = append(slices.Clip(c.Luacheck), LuacheckFolder{folder, settings})
	n.Faults = slices.Clip(c.Faults)
	for _, f := range settings.Faults {
		n.Faults = append(n.Faults, SettingFault{filepath.Join(folder, luacheckrc), string(text), f.Start, f.End, f.Message})
	}
	return &n, nil
}

// LuacheckOf returns the settings of the .luacheckrc that counts for a file, nil if there is
// none, and the file's path relative to it. Of several the nearest counts. A file without a
// path has the settings of the only folder.
func (c *Config) LuacheckOf(path string) (s *luacheck.Settings, rel string) {
	if path == "" {
		if len(c.Luacheck) == 1 {
			return c.Luacheck[0].Settings, ""
		}
		return nil, ""
	}
	longest := -1
	rel = filepath.Base(path)
	for _, l := range c.Luacheck {
		if in, err := filepath.Rel(l.Folder, path); err == nil && filepath.IsLocal(in) && len(l.Folder) > longest {
			s, rel, longest = l.Settings, filepath.ToSlash(in), len(l.Folder)
		}
	}
	return s, rel
}

// KnowsGlobal tells whether the settings define a global for the file at a path.
func (c *Config) KnowsGlobal(path, name string) bool {
	if slices.Contains(c.settingsFor(path).globals, name) {
		return true
	}
	settings, rel := c.LuacheckOf(path)
	use, _ := settings.For(rel).Of(name)
	return use != luacheck.Unsaid && use != luacheck.Gone
}

// KnowsGlobalAnywhere tells whether the settings define a global for any file.
func (c *Config) KnowsGlobalAnywhere(name string) bool {
	return c.definesGlobal(name) || slices.ContainsFunc(c.Luacheck, func(l LuacheckFolder) bool { return l.Settings.Defines(name) })
}

// GlobalsOf are the globals that the settings define for the file at a path.
func (c *Config) GlobalsOf(path string) []string {
	settings, rel := c.LuacheckOf(path)
	return slices.Concat(c.settingsFor(path).globals, settings.For(rel).Globals())
}

// isLuacheckrc tells whether a path is that of a .luacheckrc.
func isLuacheckrc(path string) bool { return strings.EqualFold(filepath.Base(path), luacheckrc) }

// LuacheckFaults are what is not understood in the text of a file that is a .luacheckrc, as
// an editor has it; none of any other file.
func (f *File) LuacheckFaults() []luacheck.Fault {
	if !isLuacheckrc(f.Path) {
		return nil
	}
	if s, err := luacheck.Read(f.Text()); err == nil {
		return s.Faults
	}
	return nil
}
