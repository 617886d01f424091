package dap

import "encoding/json"

// refusedReadOnly are the requests that change the script or run code in it.
var refusedReadOnly = map[string]bool{
	"evaluate": true, "setVariable": true, "setExpression": true, "writeMemory": true,
	"goto": true, "restartFrame": true,
}

// readOnly refuses what a read-only server does not do. Conditions and log
// messages are code too.
func readOnly(r *request) error {
	if refusedReadOnly[r.command] {
		return wrongState("%s: the debug server is read-only", r.command)
	}
	type code struct {
		Condition  string `json:"condition"`
		LogMessage string `json:"logMessage"`
	}
	var args map[string]json.RawMessage
	_ = json.Unmarshal(r.arguments, &args) // what is wrong with them, the handler says
	for _, key := range []string{"breakpoints", "filterOptions", "exceptionOptions", "exceptionBreakpoints", "exceptionFilters"} {
		var list []json.RawMessage
		_ = json.Unmarshal(args[key], &list)
		for _, item := range list {
			var c code
			if json.Unmarshal(item, &c); c != (code{}) {
				return wrongState("%s: the debug server is read-only: conditions and log messages run code", r.command)
			}
		}
	}
	return nil
}
