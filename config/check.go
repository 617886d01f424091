package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// check looks at what concerns several keys.
func (l *loader) check() {
	c := l.out.Config
	for _, name := range slices.Sorted(maps.Keys(c.MCP.Servers)) {
		s, path := c.MCP.Servers[name], join("mcp.servers", quoteKey(name))
		switch {
		case s.Command == "" && s.URL == "":
			l.complain(path, `wants either "command" or "url"; it has neither`)
		case s.Command != "" && s.URL != "":
			l.complain(path, `wants either "command" or "url"; it has both`)
		}
	}
	for key, address := range map[string]string{"trace.endpoint": c.Trace.Endpoint} {
		if u, err := url.Parse(address); address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			l.complain(key, "want an http or https address such as http://127.0.0.1:4318")
		}
	}
	if p := c.Providers; p.DefaultProvider != "" {
		if _, ok := p.Named[p.DefaultProvider]; !ok {
			names := slices.Sorted(maps.Keys(p.Named))
			text := fmt.Sprintf("there is no provider %q", clip(p.DefaultProvider))
			if len(names) > 0 {
				text += "; there are " + strings.Join(names, ", ")
			}
			l.complain("providers.default_provider", text+fmt.Sprintf("; add a table [providers.%s]", quoteKey(p.DefaultProvider)))
		}
	}
}

// complain reports a problem where the key, or the first in it, was set.
func (l *loader) complain(path, message string) {
	o, ok := l.out.origins[path]
	if !ok {
		for _, key := range slices.Sorted(maps.Keys(l.out.origins)) {
			if strings.HasPrefix(key, path+".") {
				o = l.out.origins[key]
				break
			}
		}
	}
	p := &Problem{Source: o.place(), Key: path, Message: message}
	if o.Line > 0 {
		p.Line, p.Column = o.Line, 1
	}
	l.problems = append(l.problems, p)
}
