package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestProjectFile lays a project's file over the user's.
func TestProjectFile(t *testing.T) {
	for name, tt := range map[string]struct {
		user, project string
		get           func(*Config) any
		want          any
		refused       string // the key
	}{
		"harmless":            {"", "[log]\nlevel='debug'", func(c *Config) any { return c.Log.Level }, "debug", ""},
		"allow":               {"", "[permissions]\nallow_net=true", func(c *Config) any { return c.Permissions.AllowNet }, []string(nil), "permissions.allow_net"},
		"allow, alias":        {"", "[sandbox]\nread=['/']", func(c *Config) any { return c.Permissions.AllowRead }, []string(nil), "permissions.allow_read"},
		"same as before":      {"[permissions]\nallow_net=['a']", "[permissions]\nallow_net=['a']", func(c *Config) any { return c.Permissions.AllowNet }, []string{"a"}, ""},
		"deny adds":           {"[permissions]\ndeny_net=['a']", "[permissions]\ndeny_net=['b']", func(c *Config) any { return c.Permissions.DenyNet }, []string{"a", "b"}, ""},
		"deny keeps":          {"[permissions]\ndeny_net=['a']", "[permissions]\ndeny_net=[]", func(c *Config) any { return c.Permissions.DenyNet }, []string{"a"}, ""},
		"stricter":            {"", "[permissions]\nprofile='safe'", func(c *Config) any { return c.SandboxProfile() }, "safe", ""},
		"wider":               {"", "[permissions]\nprofile='trusted'", func(c *Config) any { return c.SandboxProfile() }, "", "permissions.profile"},
		"wider than safe":     {"[permissions]\nprofile='safe'", "[permissions]\nprofile='restricted'", func(c *Config) any { return c.SandboxProfile() }, "safe", "permissions.profile"},
		"wider by level":      {"", "[engines.lua]\nsecurity_level='privileged'", func(c *Config) any { return c.SandboxProfile() }, "", "engines.lua.security_level"},
		"lower":               {"[engines.lua]\ntimeout_ms=1000", "[engines.lua]\ntimeout_ms=10", func(c *Config) any { return c.ScriptTime() }, 10 * time.Millisecond, ""},
		"lower than none":     {"", "[engines.lua]\ntimeout_ms=10", func(c *Config) any { return c.ScriptTime() }, 10 * time.Millisecond, ""},
		"higher":              {"[engines.lua]\ntimeout_ms=1000", "[engines.lua]\ntimeout_ms=2000", func(c *Config) any { return c.ScriptTime() }, time.Second, "engines.lua.timeout_ms"},
		"none at all":         {"[engines.lua]\ntimeout_ms=1000", "[engines.lua]\ntimeout_ms=0", func(c *Config) any { return c.ScriptTime() }, time.Second, "engines.lua.timeout_ms"},
		"more memory":         {"", "[engines.lua]\nmax_memory='2GiB'", func(c *Config) any { return c.ScriptHeap() }, int64(1 << 30), "engines.lua.max_memory_bytes"},
		"switch on":           {"", "[runtime.security]\nallow_process_spawn=true", func(c *Config) any { return c.Runtime.Security.AllowProcessSpawn }, false, "runtime.security.allow_process_spawn"},
		"switch off":          {"[runtime.security]\nallow_process_spawn=true", "[runtime.security]\nallow_process_spawn=false", func(c *Config) any { return c.Runtime.Security.AllowProcessSpawn }, false, ""},
		"programs":            {"", "[tools.system]\nallowed_commands=['rm']", func(c *Config) any { return c.Tools.System.AllowedCommands }, []string(nil), "tools.system.allowed_commands"},
		"log file":            {"", "[log]\nfile='/home/ada/.bashrc'", func(c *Config) any { return c.Log.File }, "", "log.file"},
		"database":            {"", "[storage]\nbase_dir='.'", func(c *Config) any { return c.Storage.BaseDir }, "", "storage.base_dir"},
		"MCP server":          {"", "[mcp.servers.x]\ncommand='evil'", func(c *Config) any { return len(c.MCP.Servers) }, 0, "mcp.servers"},
		"MCP server replaced": {"[mcp.servers.x]\ncommand='good'", "[mcp.servers.x]\ncommand='evil'", func(c *Config) any { return c.MCP.Servers["x"].Command }, "good", "mcp.servers"},
		"MCP file":            {"", "[mcp]\nconfig='x.json'", func(c *Config) any { return c.MCP.Config }, "", "mcp.config"},
		"key elsewhere":       {"[providers.a]\napi_key_env='K'", "[providers.a]\nbase_url='http://evil'", func(c *Config) any { return c.Providers.Named["a"].BaseURL }, "", "providers.a.base_url"},
		"model":               {"[providers.a]\napi_key_env='K'", "[providers.a]\nmodel='m'", func(c *Config) any { return c.Providers.Named["a"].DefaultModel }, "m", ""},
		"traces":              {"", "[trace]\nenabled=true\n", func(c *Config) any { return c.Trace.Enabled }, false, "trace.enabled"},
		"settings":            {"", "[tools.settings.web-searcher]\nsearxng_url='http://evil'", func(c *Config) any { return len(c.Tools.Settings) }, 0, "tools.settings"},
		"port":                {"", "[kernel]\nport=0", func(c *Config) any { return c.Kernel.Port }, -1, "kernel.port"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := home(t)
			write(t, filepath.Join(ConfigDir(), "config.toml"), tt.user)
			project := write(t, filepath.Join(dir, "llmspell.toml"), tt.project)
			l := load(t, Options{Dir: dir})
			if got := tt.get(l.Config); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			var refused []string
			for _, r := range l.Refused {
				refused = append(refused, r.Key)
				if r.Source != project || r.Line == 0 || !strings.Contains(r.Message, "--config "+project) {
					t.Errorf("refused: %v", r)
				}
			}
			if want := list(tt.refused, ","); !slices.Equal(refused, want) {
				t.Errorf("refused %q, want %q", refused, want)
			}
			// The same file is trusted when it is named.
			if l := load(t, Options{Dir: dir, File: project}); len(l.Refused) > 0 {
				t.Errorf("named, but refused %v", l.Refused)
			}
		})
	}
}

// TestProjectMistakes are errors, also where the file could set nothing.
func TestProjectMistakes(t *testing.T) {
	dir := home(t)
	write(t, filepath.Join(dir, "llmspell.toml"), "[mcp.servers.x]\ncomand='evil'\n[permissions]\nallow_net=3")
	_, err := Load(Options{Dir: dir, Environ: []string{}})
	if err == nil || !strings.Contains(err.Error(), "2:1: mcp.servers.x.comand") || !strings.Contains(err.Error(), "4:11: permissions.allow_net") {
		t.Error(err)
	}
}

// TestEveryKeyOfPermissionsIsGuarded finds keys that could widen what scripts may
// do, by their names.
func TestEveryKeyOfPermissionsIsGuarded(t *testing.T) {
	guarded := 0
	for _, k := range Keys() {
		if k.Table || k.Planned {
			continue
		}
		name := k.Path[strings.LastIndexByte(k.Path, '.')+1:]
		if strings.Contains(name, "allow") || strings.Contains(name, "file") && k.Type == "text" || strings.HasSuffix(name, "path") || strings.HasSuffix(name, "dir") ||
			strings.Contains(name, "endpoint") || strings.Contains(name, "url") || name == "command" || k.Secret {
			guarded++
			if k.Project == "" {
				t.Errorf("a project's file can set %s", k.Path)
			}
		}
	}
	if guarded < 25 {
		t.Errorf("only %d keys were looked at", guarded)
	}
}
