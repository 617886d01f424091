package config

import "time"

// ScriptTime returns how long a script may run: the shortest of the limits that
// are set. 0: for ever.
func (c *Config) ScriptTime() time.Duration {
	return shortest(
		time.Duration(c.Engines.Lua.TimeoutMs)*time.Millisecond,
		time.Duration(c.Runtime.ScriptTimeoutSeconds)*time.Second,
		time.Duration(c.Runtime.Security.MaxExecutionTimeMs)*time.Millisecond,
	)
}

// ExecutionTime returns how long an execution in a kernel may take. 0: for ever.
func (c *Config) ExecutionTime() time.Duration {
	return shortest(c.ScriptTime(), c.Kernel.ExecutionTimeout)
}

// ScriptHeap returns the soft limit of a script's heap in bytes: the smallest of
// those that are set. 0: none.
func (c *Config) ScriptHeap() int64 {
	return int64(shortest(c.Engines.Lua.MaxMemoryBytes, c.Runtime.Security.MaxMemoryBytes))
}

// Parallel returns how many sessions may run at a time. 0: as many as there are
// processors.
func (c *Config) Parallel() int {
	if c.Kernel.MaxParallel > 0 {
		return c.Kernel.MaxParallel
	}
	return c.Runtime.MaxConcurrentScripts
}

// shortest returns the least of the limits that are not 0.
func shortest[T ~int64](limits ...T) T {
	var out T
	for _, l := range limits {
		if l > 0 && (out == 0 || l < out) {
			out = l
		}
	}
	return out
}

// Permitted is what the configuration says of one kind of permission.
type Permitted struct {
	Kind        string   // read, write, net, run, env or db
	Allow, Deny []string // "*" means everything
}

// SandboxProfile returns safe, restricted, trusted, or "" when none is set.
func (c *Config) SandboxProfile() string {
	if c.Permissions.Profile != "" {
		return c.Permissions.Profile
	}
	if c.Engines.Lua.SecurityLevel == "privileged" {
		return "trusted"
	}
	return c.Engines.Lua.SecurityLevel
}

// Permitted lists what is allowed and denied, from all the places that say so:
// [permissions], [runtime.security], [tools.file_operations] and [tools.system].
func (c *Config) Permitted() []Permitted {
	p, s, files, system := &c.Permissions, &c.Runtime.Security, &c.Tools.FileOperations, &c.Tools.System
	out := []Permitted{
		{"read", join2(p.AllowRead, files.AllowedPaths), p.DenyRead},
		{"write", join2(p.AllowWrite, files.AllowedPaths), p.DenyWrite},
		{"net", p.AllowNet, p.DenyNet},
		{"run", join2(p.AllowRun, system.AllowedCommands), p.DenyRun},
		{"env", join2(p.AllowEnv, system.AllowedEnvVars), p.DenyEnv},
		{"db", p.AllowDB, p.DenyDB},
	}
	for i, on := range []bool{s.AllowFileAccess, s.AllowFileAccess, s.AllowNetworkAccess, s.AllowProcessSpawn || system.AllowProcessExecution} {
		if on {
			out[i].Allow = join2(out[i].Allow, []string{Everything})
		}
	}
	return out
}

// HasPermissions tells whether the configuration says anything of permissions.
func (c *Config) HasPermissions() bool {
	if c.SandboxProfile() != "" {
		return true
	}
	for _, p := range c.Permitted() {
		if len(p.Allow)+len(p.Deny) > 0 {
			return true
		}
	}
	return false
}

// join2 joins lists without changing either.
func join2(a, b []string) []string { return append(a[:len(a):len(a)], b...) }
