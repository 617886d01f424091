package dap

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// refusedReadOnly are the requests that change the script or run code in it.
var refusedReadOnly = map[string]bool{
	"evaluate": true, "setVariable": true, "setExpression": true, "writeMemory": true,
	"goto": true, "restartFrame": true, "terminateThreads": true,
}

// readOnly refuses what a read-only server does not do. Conditions and log
// messages are code too.
func readOnly(r *request) error {
	if refusedReadOnly[r.command] {
		return wrongState("%s: the debug server is read-only", r.command)
	}
	if hasCode(json.NewDecoder(bytes.NewReader(r.arguments)), false) {
		return wrongState("%s: the debug server is read-only: conditions and log messages run code", r.command)
	}
	return nil
}

// hasCode tells whether the next value, in a breakpoint or not, has a condition
// or a log message. It looks at each member, at any depth and however its name
// is written: what decodes the arguments ignores the case of names, and merges
// members that stand there twice.
func hasCode(d *json.Decoder, breakpoint bool) bool {
	token, err := d.Token()
	if err != nil {
		return false // the handler says what is wrong with them
	}
	if token != json.Delim('{') && token != json.Delim('[') {
		return false
	}
	for d.More() {
		inside := breakpoint
		if token == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return false
			}
			if breakpoint && named(name, "condition", "logMessage") {
				var value any
				if err := d.Decode(&value); err != nil {
					return false
				}
				if value != nil && value != "" {
					return true
				}
				continue
			}
			inside = breakpoint || named(name, "breakpoints", "filterOptions", "exceptionOptions", "exceptionBreakpoints", "exceptionFilters")
		}
		if hasCode(d, inside) {
			return true
		}
	}
	_, _ = d.Token() // the closing one
	return false
}

// named tells whether the name of a member stands for one of those given.
func named(name json.Token, names ...string) bool {
	s, _ := name.(string)
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, s) })
}
