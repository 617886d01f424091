package dap

import "encoding/json"

// capabilities are those of the other server, with false for what only this
// one can do.
func (b *bridge) capabilities(theirs json.RawMessage) map[string]any {
	all := map[string]any{}
	ours, _ := json.Marshal(b.s.told)
	_ = json.Unmarshal(ours, &all)
	for name, v := range all {
		if on, ok := v.(bool); ok && on {
			all[name] = false
		} else {
			delete(all, name)
		}
	}
	_ = json.Unmarshal(theirs, &all)
	return b.permitted(all)
}

// permitted takes out of the other server's capabilities what this one refuses.
func (b *bridge) permitted(theirs map[string]any) map[string]any {
	if !b.s.server.opts.ReadOnly {
		return theirs
	}
	for name := range capabilityChanges(allCapabilities(), allCapabilities().readOnly()) {
		if theirs[name] == true {
			theirs[name] = false
		}
	}
	return theirs
}

// capabilitiesChanged passes on what the other server says of its own.
func (b *bridge) capabilitiesChanged(theirs json.RawMessage) {
	var body struct {
		Capabilities map[string]any `json:"capabilities"`
	}
	_ = json.Unmarshal(theirs, &body)
	b.s.out.reply(newEvent("capabilities", map[string]any{"capabilities": b.permitted(body.Capabilities)}))
}
