package kernel

import (
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools"
)

// ToolOptions returns what the configuration says of calling tools. c may be nil:
// nothing.
func ToolOptions(c *config.Config) tools.Options {
	if c == nil {
		return tools.Options{}
	}
	t := &c.Tools
	o := tools.Options{
		Timeout:    time.Duration(t.TimeoutSeconds) * time.Second,
		CacheBytes: int64(t.CacheSizeMB) << 20,
		CacheTTL:   time.Duration(t.CacheTTLSeconds) * time.Second,
	}
	if !t.CacheEnabled {
		o.CacheBytes = -1
	}
	if len(t.Settings) > 0 {
		o.Settings = func(tool, name string) (string, bool) { return setting(t.Settings, tool, name) }
	}
	return o
}

// EventOptions returns what the configuration says of events. c may be nil: nothing.
func EventOptions(c *config.Config) events.Options {
	if c == nil {
		return events.Options{}
	}
	e := &c.Events
	return events.Options{
		Off: !e.Enabled, Buffer: min(e.BufferSize, events.MaxBuffer), Policy: events.Policy(e.Overflow), MaxPerSecond: int(e.MaxEventsPerSecond),
		Include: e.Filtering.IncludeTypes, Exclude: e.Filtering.ExcludeTypes,
	}
}

// HookOptions returns what the configuration says of hooks. c may be nil: nothing.
func HookOptions(c *config.Config, log *zap.Logger) hooks.Options {
	o := hooks.Options{Log: log}
	if c != nil {
		o.Breaker.Failures = c.Hooks.CircuitBreakerThreshold
	}
	return o
}

// HookBuiltins returns the built-in hooks that the configuration switches on. Counted
// gets what builtin:metrics counts.
func HookBuiltins(c *config.Config, counted *hooks.Metrics) hooks.Builtins {
	if c == nil {
		return hooks.Builtins{}
	}
	b := &c.Hooks.Builtin
	out := hooks.Builtins{
		Logging: b.Logging, ToolsPerMinute: b.ToolsPerMinute, RetryAttempts: b.RetryAttempts,
		RetryDelay: time.Duration(b.RetryDelayMs) * time.Millisecond, DenyTools: b.DenyTools,
	}
	if b.Metrics {
		out.Metrics = counted
	}
	return out
}

// HookThresholds returns when the hooks of performance run. c may be nil: never.
func HookThresholds(c *config.Config) hooks.Thresholds {
	if c == nil {
		return hooks.Thresholds{}
	}
	t := &c.Hooks.Thresholds
	return hooks.Thresholds{Memory: uint64(t.MemoryBytes), CPU: t.CPUPercent, Operation: time.Duration(t.OperationMs) * time.Millisecond}
}

// setting finds a tool's setting, whose variables are put in place. One whose
// variable is missing is not set: the tool says what it needs. The setting's own
// environment variable wins over the configuration.
func setting(settings map[string]map[string]string, tool, name string) (string, bool) {
	if _, own := os.LookupEnv(tools.SettingVariable(tool, name)); own {
		return "", false
	}
	text, ok := settings[tool][name]
	if !ok {
		return "", false
	}
	text, err := config.Expand(text, os.LookupEnv)
	return text, err == nil
}

// configured returns the session's configuration, and the defaults without one.
func (s *Session) configured() *config.Loaded { return s.loaded }
