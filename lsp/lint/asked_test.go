package lint_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
)

// TestAsked finds misspelled globals and fields, and none that the code asks for.
func TestAsked(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for text, want := range map[string]string{
		`local status = "x" if stauts == "done" then print(status) end`:                      "1:23",
		`local count = 1 if cuont ~= 5 then end print(cuont, count)`:                         "1:20 1:46",
		`if nope == true then print(1) end`:                                                  "1:4",
		`if 5 == nope then print(1) end`:                                                     "1:9",
		`if (nope) then nope() end`:                                                          "",
		`if nope and nope.x == 1 then nope.y() end print(1)`:                                 "",
		`if x1 and nope == 1 then print(1) end`:                                              "1:11",
		`if nope then nope() end nope()`:                                                     "1:25",
		`if not nope then return end nope()`:                                                 "",
		`if not nope then require("nope") end nope()`:                                        "",
		`if nope == nil then error("no nope") end nope()`:                                    "",
		`if nil ~= nope then nope() else nope() end`:                                         "",
		`local f = nope or print return f`:                                                   "",
		`local f = nope or print return f, nope`:                                             "1:35",
		`local has = nope ~= nil if has then nope() end`:                                     "",
		`local has = type(nope) == "function" if has then nope() end`:                        "",
		`if type(nope) == "function" then nope() end nope()`:                                 "1:45",
		`if type(nope) ~= "function" then return end nope()`:                                 "",
		`if type(nope) == "nil" then return end nope()`:                                      "",
		`assert(nope, "nope is missing") nope()`:                                             "",
		`while nope do nope() end`:                                                           "",
		`local function f() if not nope then return end nope() end nope() return f`:          "1:59",
		`return nope and nope() or 1`:                                                        "",
		`if a1 or nope then nope() end`:                                                      "",
		`print(string.formt == 5)`:                                                           "1:14",
		`if string.split then string.split() end`:                                            "",
		`local split = string.split or print return split`:                                   "",
		`if not string.split then return end string.split()`:                                 "",
		`local r = Tool.execute("calculator", {input = "1"}) if r.sucess == true then end`:   "1:58",
		`local r = Tool.execute("calculator", {input = "1"}) if r.sucess then print(1) end`:  "1:58",
		`local r = Tool.execute("calculator", {input = "1"}) if r.success then print(1) end`: "",
	} {
		var got []string
		for _, x := range checkIn(base, text) {
			if x.Code == "undefined-global" || x.Code == "undefined-field" {
				place, _, _ := strings.Cut(lines(text, append(checkIn(base, text)[:0:0], x)), " ")
				got = append(got, place)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}
