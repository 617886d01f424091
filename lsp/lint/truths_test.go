package lint_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/lint"
)

// TestTruths: what a condition compares with nothing, and what is written so on purpose.
func TestTruths(t *testing.T) {
	for text, want := range map[string]string{
		`local s = ... if s == "a" or "b" then print(s) end`:               `1:30 constant-condition "b" by itself is true, so that the or always is; did you mean s == "b"?`,
		`local s = ... if s ~= "a" or "b" then print(s) end`:               `1:30 constant-condition "b" by itself is true, so that the or always is; did you mean: and s ~= "b"?`,
		`local s = ... if (s == "a") or ("b") then print(s) end`:           `1:32 constant-condition "b" by itself is true, so that the or always is; did you mean s == ("b")?`,
		`local s = ... while s.x == 1 or 2 do s = s.y end`:                 `1:33 constant-condition 2 by itself is true, so that the or always is; did you mean s.x == 2?`,
		`local s = ... repeat s = s.y until s == 1 and 2`:                  `1:47 constant-condition 2 by itself is true, so that the and changes nothing; did you mean s == 2?`,
		`local s = ... if s > 1 or 2 then print(s) end`:                    `1:27 constant-condition 2 by itself is true, so that the or always is`,
		`local s = ... if s() == "a" or "b" then print(s) end`:             `1:32 constant-condition "b" by itself is true, so that the or always is`,
		`local s = ... if "a" or s == "b" then print(s) end`:               `1:18 constant-condition "a" by itself is true, so that what is behind the or is never asked`,
		`local s = ... if s then print(1) elseif s == "a" or "b" then end`: "1:34 empty-block the branch is empty\n1:53 constant-condition \"b\" by itself is true, so that the or always is; did you mean s == \"b\"?",
		`local s = ... print(not (s == "a" or "b"))`:                       `1:38 constant-condition "b" by itself is true, so that the or always is; did you mean s == "b"?`,
		`local s = ... if s == "a" or "b" or "c" then print(s) end`:        "1:30 constant-condition \"b\" by itself is true, so that the or always is; did you mean s == \"b\"?\n1:37 constant-condition \"c\" by itself is true, so that the or always is; did you mean s == \"c\"?",
		`local s = ... if s and (s == "a" or {}) then print(s) end`:        `1:37 constant-condition a table by itself is true, so that the or always is`,
		`local s = ... if s == ("a" or "b") then print(s) end`:             `1:24 constant-condition this is always "a": or gives its first value that is true; compare with each one by itself`,
		`local s = ... return ("a" or "b" or "c") ~= s`:                    `1:23 constant-condition this is always "a": or gives its first value that is true; compare with each one by itself`,
		`local s = ... if s ~= "a" or s ~= "b" then print(s) end`:          `1:18 constant-condition this is always true: s differs from one of the two in any case; did you mean and?`,
		`local s = ... print(s.x ~= nil or (s.x ~= ""))`:                   `1:21 constant-condition this is always true: s.x differs from one of the two in any case; did you mean and?`,
		`local s = ... return s == 1 and s == "1"`:                         `1:22 constant-condition this is never true: s cannot equal both; did you mean or?`,
		`local s, r = ... print(s ~= 1 and s ~= 2, s == 1 or s == 2, s ~= 1 or r ~= 2, s == 1 and s ~= 2, s() ~= 1 or s() ~= 2, s ~= 16 or s ~= 0x10)`: "",
		`local s = ... if s == "a" or s == "b" then print(s) end`:                                                                                      "",
		`local s = ... if s == "a" or true then print(s) end`:                                                                                          "",
		`local s = ... if false and s then print(s) end`:                                                                                               "",
		`local s = ... while 1 do s = s() if s then break end end`:                                                                                     "",
		`local s = ... return s == "a" or "b"`:                                                                                                         "",
		`local s = ... local ok = s == "a" or "b" if (ok or s) then print() end`:                                                                       "",
		`local s = ... if (s == 1 and "a" or s) then print(s) end`:                                                                                     "",
		`local s = ... if (s or "a") == "b" then print(s) end`:                                                                                         "",
		`local s = ... if s == (s.x or "b") then print(s) end`:                                                                                         "",
		`local s = ... if s("a" or "b") then print(s) end`:                                                                                             "",
		`local s = ... if s == "a" or -1 then print(s) end`:                                                                                            "",
	} {
		if got := lines(text, check(t, text, nil)); got != want {
			t.Errorf("%q:\n%q, wanted\n%q", text, got, want)
		}
	}
}

// TestTruthsMended: the fixes of all values of a chain go together.
func TestTruthsMended(t *testing.T) {
	for text, want := range map[string]string{
		`local s = ... if s == "a" or "b" or "c" then print(s) end`: `local s = ... if s == "a" or s == "b" or s == "c" then print(s) end`,
		`local s = ... if s ~= "a" or "b" or "c" then print(s) end`: `local s = ... if s ~= "a" and s ~= "b" and s ~= "c" then print(s) end`,
	} {
		var edits []lint.Edit
		for _, x := range check(t, text, nil) {
			edits = append(edits, x.Fixes[0].Edits...)
		}
		got := lint.Apply(text, edits)
		if got != want || lines(got, check(t, got, nil)) != "" {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
