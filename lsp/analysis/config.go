package analysis

import (
	"os"
)

// Config says where a script finds its modules, and what it may take for granted.
// It is immutable once it is given to a Snapshot.
type Config struct {
	// Roots are the folders of the workspace: modules are looked for in them.
	Roots []string
	// Library are further files and folders with modules and declarations, which
	// are not the workspace's own.
	Library []string
	// ModulePath are the templates of package.path, "?" standing for the module.
	// nil: ?.lua and ?/init.lua, as in the runtime.
	ModulePath []string
	// Globals are names that something else defines.
	Globals []string
	// Exclude are patterns of files and folders below the roots in which nothing is
	// reported, as in a .gitignore: "build/", "*.gen.lua".
	Exclude []string
	// IgnoreDirs are names of folders that are not looked into.
	IgnoreDirs []string
	// Luacheck are the settings of .luacheckrc files.
	Luacheck []LuacheckFolder
	// Severity are severities of findings by their codes: "error", "warning",
	// "information", "hint", "off".
	Severity map[string]string
	// Rules say where the names in Severity are written, as far as that is known.
	Rules []RuleSetting
	// Faults are what is not understood in files with settings.
	Faults []SettingFault
	// Refuses, if set, says in the words of the runtime why the script at a path may not
	// use what target names, of the kind that access is; relative paths start from
	// folder. nil: it may, or nobody knows. It must not wait, and any goroutine may call
	// it.
	Refuses func(script, folder, access, target string) error
	// ReadFile reads a file that is not open, in place of os.ReadFile.
	ReadFile func(path string) ([]byte, error)

	projects []projectSettings // of the folders of WithFolder, in their order
}

// What a script may be refused: a path, another one to write to, programs (of which the
// target is "", for the shell), variables of the environment.
const (
	ReadAccess  = "read"
	WriteAccess = "write"
	RunAccess   = "run"
	EnvAccess   = "env"
)

// Templates returns the templates of package.path that modules are looked for with in the file
// at a path.
func (c *Config) Templates(path string) []string { return c.templates(path) }

func (c *Config) read(path string) ([]byte, error) {
	if c.ReadFile != nil {
		return c.ReadFile(path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, os.ErrInvalid
	}
	return os.ReadFile(path)
}

// maxFile is how long a file may be that is read without being open.
const maxFile = 8 << 20

// templatesOf returns the templates of module names; with layouts those of the folders in which many
// projects keep their modules and which they add to package.path: for names that are not found
// otherwise, and only if no settings name any.
func (c *Config) templatesOf(path string, layouts bool) []string {
	switch {
	case !layouts:
		return c.templates(path)
	case len(c.settingsFor(path).modulePath) > 0:
		return nil
	}
	return []string{"lua/?.lua", "lua/?/init.lua", "src/?.lua", "src/?/init.lua", "lib/?.lua", "lib/?/init.lua"}
}

// templates returns the templates of module names in the file at a path.
func (c *Config) templates(path string) []string {
	if list := c.settingsFor(path).modulePath; len(list) > 0 {
		return list
	}
	return []string{"?.lua", "?/init.lua"}
}
