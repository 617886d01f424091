package lint_test

import (
	"strings"
	"testing"
)

// contentCalls are calls that the kernel refuses for what an argument contains, with its words, and
// "" for calls that it takes. TestContents asks it too.
var contentCalls = map[string]string{
	`JSON.parse('{"a":1,}')`:                                      "JSON.parse: line 1, column 8: expected a name in double quotes, found '}'",
	`JSON.decode("[1,2")`:                                         "JSON.parse: line 1, column 5: expected ',' or ']', found the end of the text",
	`JSON.parse("[1,\n 2 3]")`:                                    "JSON.parse: line 2, column 4: expected ',' or ']', found '3'",
	`JSON.parse("01")`:                                            "JSON.parse: line 1, column 2: expected the end of the text, found '1'",
	`JSON.parse('[1, {"a": [], "b": null}, "\\u00e4"]')`:          "",
	`local text = "{" JSON.parse(text)`:                           "JSON.parse: line 1, column 2: expected a name in double quotes, found the end of the text",
	`Context.assemble("q", "rag", 20)`:                            "Context.assemble: the budget for a context is too small: 20 tokens; give 100 or more",
	`Context.assemble("q", "rag", -1)`:                            "Context.assemble: the budget for a context is too small: -1 tokens; give 100 or more",
	`Context.analyze("q", 99)`:                                    "Context.analyze: the budget for a context is too small: 99 tokens; give 100 or more",
	`Context.analyze("q", 100)`:                                   "",
	`State.get("a\0b")`:                                           `State.get: not a valid name: key "a\x00b" has a byte 0 in it`,
	`State.get("a", {scope = "Global"})`:                          `State.get: not a valid name: scope "Global": write "global", kinds are in lower case (a scope of your own of that name is "custom:Global")`,
	`State.set("a", 1, {scope = "user:"})`:                        `State.set: not a valid name: scope "user:": an ID must follow the colon, as in "user:ID"`,
	`State.set("a", 1, {scope = "mine"})`:                         "",
	`State.save("Session:1", "k", 1)`:                             `State.save: not a valid name: scope "Session:1": write "session:1", kinds are in lower case (a scope of your own of that name is "custom:Session:1")`,
	`State.save("user:1", "k", 1)`:                                "",
	`State.load("session:", "k")`:                                 `State.load: not a valid name: scope "session:": an ID must follow the colon, as in "session:ID"`,
	`State.list_keys("User:1")`:                                   `State.list_keys: not a valid name: scope "User:1": write "user:1", kinds are in lower case (a scope of your own of that name is "custom:User:1")`,
	`State.clear("user:")`:                                        `State.clear: not a valid name: scope "user:": an ID must follow the colon, as in "user:ID"`,
	`State.delete("user:", "x")`:                                  `State.delete: not a valid name: scope "user:": an ID must follow the colon, as in "user:ID"`,
	`State.delete("user:")`:                                       "",
	`State.delete("a\0")`:                                         `State.delete: not a valid name: key "a\x00" has a byte 0 in it`,
	`State.increment("a\0")`:                                      `State.increment: not a valid name: key "a\x00" has a byte 0 in it`,
	`Debug.addModuleFilter("[", true)`:                            `Debug.addModuleFilter: the pattern "[": syntax error in pattern`,
	`Debug.addModuleFilter("net.*", true)`:                        "",
	`Debug.addAdvancedFilter("(", "regex", true)`:                 "Debug.addAdvancedFilter: the pattern: error parsing regexp: missing closing ): `(`",
	`Debug.addAdvancedFilter("[", "wildcard", true)`:              `Debug.addAdvancedFilter: the pattern "[": syntax error in pattern`,
	`Debug.addAdvancedFilter("(", "exact", true)`:                 "",
	`Debug.addAdvancedFilter("x", "Wildcard", true)`:              "",
	`Debug.addAdvancedFilter("x", "FUZZY", true)`:                 `Debug.addAdvancedFilter: unknown kind of pattern "fuzzy": use exact, wildcard, hierarchical or regex`,
	`Debug.log("INFO", "x")`:                                      "",
	`Debug.logWithData("Warning", "x", {})`:                       "",
	`Debug.setLevel("Off")`:                                       "",
	`Debug.setLevel("Loud")`:                                      `Debug.setLevel: unknown level "Loud": use trace, debug, info, warn, error or off`,
	`Debug.log("loud", "x")`:                                      `Debug.log: unknown level "loud": use trace, debug, info, warn or error`,
	`JSON.stringify({}, 99)`:                                      "JSON.stringify: indent: expected a number of spaces up to 16, or up to 16 spaces and tabs, got 99",
	`JSON.encode({}, "xx")`:                                       `JSON.stringify: indent: expected a number of spaces up to 16, or up to 16 spaces and tabs, got the string "xx"`,
	`JSON.stringify({}, {indent = -1})`:                           "JSON.stringify: indent: expected a number of spaces up to 16, or up to 16 spaces and tabs, got -1",
	`JSON.stringify({}, {indent = 16, pretty = false})`:           "",
	`JSON.stringify({}, "\t")`:                                    "",
	`Config.isNetworkAccessAllowed("localhost", 70000)`:           `Config.isNetworkAccessAllowed: the port "70000" is no number from 1 to 65535`,
	`Config.isNetworkAccessAllowed("localhost", "http")`:          `Config.isNetworkAccessAllowed: the port "http" is no number from 1 to 65535`,
	`Config.isNetworkAccessAllowed("localhost", 65535)`:           "",
	`Config.isNetworkAccessAllowed("", 70000)`:                    "",
	`Debug.startProfile(0)`:                                       "Debug.startProfile: argument 1: expected a whole number, 1 at least, got 0",
	`Memory.episodic.search("s", "q", 0)`:                         "Memory.episodic.search: argument 3 must be a number of turns, 1 or more, not 0",
	`Session.list({created_after = "yesterday"})`:                 `Session.list: created_after must be a time such as "2026-01-31T12:00:00Z" or the number that os.time gives, not "yesterday"`,
	`Session.list({created_after = "2026-01-31"})`:                "",
	`Memory.episodic.add("s", "user", "x", nil, {time = "noon"})`: `Memory.episodic.add: time must be a time such as "2026-01-31T12:00:00Z" or the number that os.time gives, not "noon"`,
	`Context.assemble("q", "rag", 200, nil, {since = "noon"})`:    `Context.assemble: since must be a time such as "2026-01-31T12:00:00Z" or the number that os.time gives, not "noon"`,
}

// TestContents compares what is found with what the kernel says.
func TestContents(t *testing.T) {
	var calls []string
	for call := range contentCalls {
		calls = append(calls, call)
	}
	for i, said := range answers(t, calls) {
		want := contentCalls[calls[i]]
		if said != want {
			t.Errorf("%s: the kernel says %q, want %q", calls[i], said, want)
		}
		got := check(t, calls[i], nil)
		var found []string
		for _, x := range got {
			if x.Code == "argument-type" || x.Code == "invalid-parameter" {
				found = append(found, x.Message)
			}
		}
		if text := strings.Join(found, "\n"); want == "" && text != "" || want != "" && (text == "" || !strings.HasSuffix(want, text)) {
			t.Errorf("%s: found %q, want %q", calls[i], text, want)
		}
	}
}

// TestContentsUnknown: nothing is said of what is not known.
func TestContentsUnknown(t *testing.T) {
	for _, text := range []string{`print(JSON.parse(arg[1]))`, `local s = "{" s = arg[1] print(JSON.parse(s))`, `State.get(arg[1] .. "\0")`, `local n = 5 n = n * 100 print(Context.analyze("q", n))`,
		`Debug.addAdvancedFilter("(", arg[1], true)`, `State.delete("user:", arg[1])`, `local JSON = {parse = print} JSON.parse("{")`} {
		if got := lines(text, check(t, text, nil)); strings.Contains(got, "argument-type") || strings.Contains(got, "invalid-parameter") {
			t.Errorf("%s: %s", text, got)
		}
	}
}
