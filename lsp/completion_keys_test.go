package lsp_test

import (
	"slices"
	"strings"
	"testing"
)

// TestKeysOfOverloads: the keys offered are those of all ways to make a call that what is written
// leaves possible.
func TestKeysOfOverloads(t *testing.T) {
	c := startTools(t)
	const classes = `
---@class Sized
---@field name string
---@field size number
---@class Stored
---@field name string
---@field path string
---@class Kept: Sized
---@field mode "kept"
---@field how { first: number }
---@class Sent
---@field mode "sent"
---@field how { second: number }
---@overload fun(o: Sized)
---@overload fun(o: Stored)
---@param o string
local function open(o) end
---@overload fun(kind: "sized", o: Sized)
---@overload fun(kind: "stored", o: Stored)
---@param kind number
---@param o Sent
local function make(kind, o) end
---@overload fun(o: Kept)
---@param o Sent
local function give(o) end
---@overload fun(o: { name: string })
---@param o { name: string, more?: string }
local function add(o) end
`
	for _, test := range []struct{ text, want string }{
		{"open({|})", "name path size"},
		{"open{|}", "name path size"},
		{"pcall(open, {|})", "name path size"},
		{"open({name = 'x', |})", "path size"},
		{"open({size = 1, |})", "name"},
		{"open({size = 'x', |})", "name"},
		{"open({|, size = 1})", "name"},
		{"open({| = 1, size = 1})", "name"},
		{"make('sized', {|})", "name size"},
		{"make('stored', {|})", "name path"},
		{"make(1, {|})", "how mode"},
		{"make(unknown(), {|})", "how mode name path size"},
		{"give({mode = 'sent', |})", "how"},
		{"give({mode = 'kept', |})", "how name size"},
		{"give({how = {|}})", "first second"},
		{"give({mode = 'sent', how = {|}})", "second"},
		{"add({name = 'x', |})", "more"},
	} {
		list := completeAt(t, c, classes+test.text)
		var keys []string
		for _, x := range list.Items {
			if slices.Contains([]string{"name", "size", "path", "mode", "how", "first", "second", "more"}, x.Label) {
				keys = append(keys, x.Label)
			}
		}
		slices.Sort(keys)
		if got := strings.Join(keys, " "); got != test.want {
			t.Errorf("%s: %q, not %q", test.text, got, test.want)
		}
	}
}
