package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// TestLoopNames asks for the fields that a loop over names stores in a table.
func TestLoopNames(t *testing.T) {
	many := "local L = {"
	for i := range 200 {
		many += fmt.Sprintf("n%d = 1, ", i)
	}
	for _, c := range []struct{ text, want string }{
		{"for _, n in ipairs({'one', 'two', 3, x = 'no'}) do M[n] = function(a) end end", "one two"},
		{"local L = {one = 1, ['two'] = 2, 'no', [3] = 4} for n, v in pairs(L) do M[n] = v end", "one two"},
		{"local L = {k = 'one', 'two'} for _, n in pairs(L) do M[n] = 1 end", "one two"},
		{"local L = {one = 1} function M:set() for n in pairs(L) do self[n] = print end end", "set one"},
		{"M.one = 1 for _, n in ipairs{'one', 'two'} do M[n] = 1 end", "one two"},
		{"for i in ipairs({'one'}) do M[i] = 1 end", ""},
		{"local L = {one = 1} L = other for n in pairs(L) do M[n] = 1 end", ""},
		{"local function pairs() end for n in pairs({one = 1}) do M[n] = 1 end", ""},
		{"for n in pairs({one = 1}) do n = n .. 's' M[n] = 1 end", ""},
		{"for n in other({one = 1}) do M[n] = 1 end", ""},
		{"for n in pairs({one = 1}) do print(M[n]) end", ""},
		{many + "} for n in pairs(L) do M[n] = 1 end", ""},
	} {
		f := analysis.NewFile("file:///loop.lua", "", 1, "local M = {}\n"+c.text+"\nreturn M")
		s := analysis.NewSnapshot(nil, nil).WithFile(f)
		var last syntax.Node
		for n := range f.NodesOf(syntax.Name) {
			last = n
		}
		of := s.TypeOf(f, last)
		var names []string
		for _, m := range s.Members(of) {
			names = append(names, m.Name)
			if at := m.Decl.Start; f.Text()[at:m.Decl.End] != m.Name && f.Text()[at+1:m.Decl.End-1] != m.Name {
				t.Errorf("%s is declared as %s", m.Name, f.Text()[at:m.Decl.End])
			}
			if s.Field(of, m.Name) == nil {
				t.Errorf("%s is no field", m.Name)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: the fields are %q, not %q", c.text, got, c.want)
		}
		if s.Complete(of) && c.want != "" {
			t.Errorf("%s: no other fields", c.text)
		}
	}
}
