package analysis

import (
	"maps"
	"slices"
)

// projectSettings are the settings of one folder of the workspace, those of all folders
// included: what one project's files say does not count for its neighbours.
type projectSettings struct {
	folder     string
	globals    []string
	severity   map[string]string
	modulePath []string
}

// settingsFor are the settings for a file at a path: those of the nearest folder. A file that is
// in none, or has no path, has those of the only folder.
func (c *Config) settingsFor(path string) projectSettings {
	if len(c.projects) == 1 {
		return c.projects[0]
	}
	best := projectSettings{globals: c.Globals, severity: c.Severity, modulePath: c.ModulePath}
	for _, p := range c.projects {
		if len(p.folder) > len(best.folder) && within(p.folder, path) {
			best = p
		}
	}
	return best
}

// withProject returns c with the folder's settings in set, which is c with all that its
// files say. What they say of folders to read or to pass over counts for all.
func (c *Config) withProject(folder string, set *Config) *Config {
	n := *set
	n.Globals, n.Severity, n.ModulePath = c.Globals, c.Severity, c.ModulePath
	n.projects = append(slices.Clip(c.projects), projectSettings{folder, set.Globals, set.Severity, set.ModulePath})
	return &n
}

// SeverityFor returns the severities that are set for the file at a path, by code. It must not
// be changed.
func (c *Config) SeverityFor(path string) map[string]string { return c.settingsFor(path).severity }

// WithRules returns c with severities that count for all files, over those of their folders.
func (c *Config) WithRules(rules []RuleSetting) *Config {
	n := *c
	n.Rules = slices.Concat(c.Rules, rules)
	over := func(set map[string]string) map[string]string {
		out := make(map[string]string, len(set)+len(rules))
		maps.Copy(out, set)
		for _, r := range rules {
			out[r.Name] = r.Value
		}
		return out
	}
	n.Severity, n.projects = over(c.Severity), slices.Clone(c.projects)
	for i := range n.projects {
		n.projects[i].severity = over(n.projects[i].severity)
	}
	return &n
}

// definesGlobal tells whether the settings of all files, or of any folder, define a global.
func (c *Config) definesGlobal(name string) bool {
	return slices.Contains(c.Globals, name) || slices.ContainsFunc(c.projects, func(p projectSettings) bool { return slices.Contains(p.globals, name) })
}
