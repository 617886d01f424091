package catalog

import (
	"cmp"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
)

// described names say what they are in one line, and what comes with them.
type describedName struct{ name, detail, data string }

// eventEntries are the kernel's own events.
func eventEntries() []Entry {
	list := []describedName{
		{events.KernelStarted, "A kernel has started", "`id`, `version`, `pid`"},
		{events.KernelStopping, "A kernel begins to end", "`id`, `reason` (drain, stop, idle, or an error)"},
		{events.ConfigReloaded, "The configuration was read again", "`keys`"},
		{events.SessionCreated, "A session was made", "`session`, `name`"},
		{events.SessionClosed, "A session has ended", "`session`, `name`; `reason` if it was not closed by its client"},
		{events.ExecutionStarted, "A script begins to run", "`session`, `script`"},
		{events.ExecutionCompleted, "A script has ended", "`session`, `script`, `duration_ms`"},
		{events.ExecutionFailed, "A script has failed", "`session`, `script`, `duration_ms`, `kind` (script, syntax, file, cancelled, timeout, budget, exit, kernel), `message`, `line`"},
		{events.ToolInvoked, "A tool is called", "`tool`, `category`. Published only while somebody has subscribed to it"},
		{events.ToolCompleted, "A call of a tool has worked", "`tool`, `operation`, `duration_ms`. Published only while somebody has subscribed to it"},
		{events.ToolFailed, "A call of a tool has failed", "`tool`, `operation`, `duration_ms`, `code`, `message`. Published only while somebody has subscribed to it"},
		{events.StateChanged, "A value of the state has changed", "`scope`, `key`, `action`; with the setting `emit_state_events`"},
	}
	out := make([]Entry, len(list))
	for i, e := range list {
		out[i] = Entry{Name: e.name, Detail: e.detail, Doc: e.detail + ".\n\nIts data: " + e.data + "."}
	}
	return out
}

// scopeEntries are the scopes of the state that there always are.
func scopeEntries() []Entry {
	return []Entry{
		{Name: "global", Detail: "what all scripts share", Doc: "The scope that is meant when none is given."},
		{Name: "session", Detail: "that of the current session", Doc: "The scope of the current session, or of the one that runs: `session:ID`."},
	}
}

// hookEntries are the kernel's hook points, in the kernel's order.
func hookEntries() []Entry {
	docs := hookDocs()
	points := hooks.Points()
	out := make([]Entry, len(points))
	for i, p := range points {
		d := docs[p]
		doc := d.detail + "."
		if d.data != "" {
			doc += "\n\n" + d.data + "."
		}
		out[i] = Entry{Name: string(p), Detail: d.detail, Doc: doc}
	}
	return out
}

// modelEntries are the models that a configuration names.
func modelEntries(cfg *config.Config) []Entry {
	var out []Entry
	for _, name := range slices.Sorted(maps.Keys(cfg.Providers.Named)) {
		p := cfg.Providers.Named[name]
		if p.DefaultModel == "" {
			continue
		}
		detail := "the model of the provider " + name
		if name == cfg.Providers.DefaultProvider {
			detail += ", which is the default"
		}
		out = append(out, Entry{Name: name + "/" + p.DefaultModel, Detail: detail, Source: "configuration", Arg: cmp.Or(p.ProviderType, name)})
	}
	return out
}
