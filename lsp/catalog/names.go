package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/tools/schema"
)

// foreignPrefix begins the names of the tools of other programs, which only a
// running kernel knows.
const foreignPrefix = "mcp:"

// CheckTool returns what is wrong with the name of a tool, in the runtime's words; nil
// if there is such a tool, or nobody can know.
func CheckTool(c *Catalog, name string) *Problem {
	if _, ok := c.reg.KnownTool(name); ok {
		return nil
	}
	if folded := strings.ToLower(name); strings.HasPrefix(folded, foreignPrefix) && !c.knowsServer(folded) {
		return nil
	}
	err := c.reg.Unknown(name)
	p := &Problem{Code: UnknownTool, On: OnValue, Message: err.Message}
	if near, ok := err.Details["suggestion"].(string); ok {
		p.Fixes = append(p.Fixes, replaceName(near))
	}
	related, _ := err.Details["related"].([]string)
	for _, near := range related {
		p.Fixes = append(p.Fixes, replaceName(near))
	}
	return p
}

// replaceName is never sure: the nearest name may be that of a tool that does something
// else, as email-sender is for email-reader.
func replaceName(to string) Fix {
	return Fix{Kind: ReplaceName, Title: "Change to " + quoted(to), Text: to}
}

// knowsServer tells whether the tools of a name's server, as in mcp:server/tool, are
// known.
func (c *Catalog) knowsServer(name string) bool {
	server, _, ok := strings.Cut(name, "/")
	return ok && c.live && slices.ContainsFunc(c.names(), func(n string) bool { return strings.HasPrefix(strings.ToLower(n), server+"/") })
}

// CheckHook returns what is wrong with the name of a hook point, in the runtime's
// words, or nil.
func CheckHook(name string) *Problem {
	_, err := hooks.ParsePoint(name)
	if err == nil {
		return nil
	}
	p := &Problem{Code: UnknownHook, On: OnValue, Message: err.Error()}
	if near := hooks.Nearest(name); near != "" {
		p.Fixes = []Fix{replaceName(string(near))}
	}
	return p
}

// CheckGroup returns what is wrong with a category or a tag, which slot says, by which tools
// are selected: no tool has it, and some have nearly the same. It is nil if nothing is. The
// runtime finds no tools then.
func CheckGroup(c *Catalog, slot, name string) *Problem {
	var names []string
	for _, e := range c.Entries(slot) {
		if e.Name == name {
			return nil
		}
		names = append(names, e.Name)
	}
	const shortest = 4 // most short words are near to one
	near := schema.Nearest(name, names)
	if near == "" || len(name) < shortest {
		return nil
	}
	return &Problem{
		Code: UnknownGroup, On: OnValue, Message: fmt.Sprintf("no tool has the %s %q; did you mean %q?", slot, name, near),
		Fixes: []Fix{replaceName(near)},
	}
}

// CheckEvent returns what is wrong with the type of an event that is published, in
// the runtime's words, or nil. Any printable name is right.
func CheckEvent(name string) *Problem {
	if err := events.CheckType(name); err != nil {
		return &Problem{Code: InvalidEvent, On: OnValue, Message: err.Error()}
	}
	return nil
}

// CheckPattern returns what is wrong with a pattern of events that is subscribed to,
// in the runtime's words, or nil.
func CheckPattern(pattern string) *Problem {
	if err := events.CheckPattern(pattern); err != nil {
		return &Problem{Code: InvalidEvent, On: OnValue, Message: err.Error()}
	}
	return nil
}
