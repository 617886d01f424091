package kernel

import (
	"fmt"
	"strings"
	"testing"
)

// Members shows what there is, and runs nothing to find it out.
func TestMembers(t *testing.T) {
	h := session(t, Options{})
	run(t, h, `
ran = 0
local function noted() ran = ran + 1 return "noted" end
Base = {greet = function(self) end, kind = "base"}; Base.__index = Base
obj = setmetatable({name = "o", kind = "own", deep = {er = {x = 1}}, [1] = "one", ["no name"] = 2}, Base)
lazy = setmetatable({there = true}, {__index = function() noted() return {hidden = 1} end, __tostring = noted, __len = noted, __pairs = noted})
holds = {it = lazy, nothing = JSON.null}
loop = {}; setmetatable(loop, {__index = loop}); loop.me = loop
text = "a text"
list = {10, 20}
`)
	used := h.Info().LastUse
	for path, want := range map[string]string{
		"obj":             "deep:table kind:string name:string __index:table greet:function",
		"obj.deep":        "er:table",
		"obj.deep.er":     "x:number",
		"obj.greet":       "",
		"obj.nothing.at":  "",
		"lazy":            "there:boolean",
		"lazy.hidden":     "",
		"lazy.there":      "",
		"holds":           "it:table nothing:userdata",
		"holds.it":        "there:boolean",
		"loop.me.me":      "me:table",
		"text":            "",
		"list":            "",
		"missing":         "",
		"obj[1]":          "",
		"obj..deep":       "",
		"f()":             "",
		"holds.it.hidden": "",
	} {
		got, err := h.Members(t.Context(), path, 0, 0)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var out []string
		for _, v := range got.Variables {
			out = append(out, v.Name+":"+v.Type)
			if v.Expression != path+"."+v.Name {
				t.Errorf("%s: the expression is %q", path, v.Expression)
			}
		}
		if strings.Join(out, " ") != want || got.Total != len(out) || got.Partial {
			t.Errorf("%s: got %v of %d, want %s", path, out, got.Total, want)
		}
	}
	page, err := h.Members(t.Context(), "", 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(page.Variables); page.Total != 8 || len(page.Variables) != 2 || page.Variables[0].Name != "holds" || !strings.Contains(got, "JSON.null") || strings.Contains(got, "noted") {
		t.Errorf("a page of the globals: %d, %s", page.Total, got)
	}
	if !h.Info().LastUse.Equal(used) {
		t.Error("to be looked at is a use of the session")
	}
	if got := run(t, h, "return ran"); got[0] != "0" {
		t.Errorf("functions of the script ran %s times", got[0])
	}
	if _, err := h.Members(t.Context(), strings.Repeat("a.", 1<<20), 0, 0); err == nil {
		t.Error("a path of 2 MB is looked at")
	}
}
