package dap

import (
	"encoding/json"
	"slices"
)

// recorder keeps the configuration that the client has sent, as it came: a
// bridge says it all again to the server that debugs the script.
type recorder struct {
	initialize json.RawMessage
	settings   []setting
}

// setting is the latest request of its kind, of its source for setBreakpoints.
type setting struct {
	command   string
	source    string
	arguments json.RawMessage
	ids       []int // of the breakpoints, as the client was told
}

// settingRequests are those that a bridge repeats.
var settingRequests = map[string]bool{
	"setBreakpoints": true, "setFunctionBreakpoints": true, "setDataBreakpoints": true,
	"setInstructionBreakpoints": true, "setExceptionBreakpoints": true,
}

// note remembers a request that was answered with body.
func (c *recorder) note(r *request, body any) {
	if r.command == "initialize" {
		c.initialize = r.arguments
	}
	if !settingRequests[r.command] {
		return
	}
	one := setting{command: r.command, arguments: r.arguments}
	var args struct {
		Source json.RawMessage `json:"source"`
	}
	_ = json.Unmarshal(r.arguments, &args) // it was answered: it is right
	one.source = string(args.Source)
	encoded, _ := json.Marshal(body)
	one.ids = breakpointIDs(encoded)
	c.settings = slices.DeleteFunc(c.settings, func(s setting) bool { return s.command == one.command && s.source == one.source })
	c.settings = append(c.settings, one)
}

// breakpointIDs lists the ids in a body with "breakpoints", 0 for none.
func breakpointIDs(body json.RawMessage) []int {
	var b struct {
		Breakpoints []struct {
			ID int `json:"id"`
		} `json:"breakpoints"`
	}
	_ = json.Unmarshal(body, &b)
	ids := make([]int, len(b.Breakpoints))
	for i, one := range b.Breakpoints {
		ids[i] = one.ID
	}
	return ids
}
