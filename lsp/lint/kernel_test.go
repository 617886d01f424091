package lint_test

import (
	"slices"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
)

func TestSecretsAndLoops(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	const key = "MC4CAQAwBQYDK2VwBCIEIJ1hR9tZq5b8kfV2nXy7sQwLm3Pj4Tg6"
	const hex = "9f86d081884c7d659a2feaa0c55ad015"
	const call = `Tool.execute("calculator", {input = "1"})`
	for text, want := range map[string]string{
		"local k = [[-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----]] return k":                                             "secret",
		"local k = '-----BEGIN RSA PRIVATE KEY-----\\n" + key + "' return k":                                                                     "secret",
		`return ("x"):find("-----BEGIN PRIVATE KEY-----", 1, true)`:                                                                              "",
		"return '-----BEGIN PUBLIC KEY-----\\n" + key + "'":                                                                                      "",
		`return "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTc3MzEiLCJpc3MiOiJhY21lIiwiZXhwIjoxNzkzfQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"`:       "secret",
		`return "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.signature"`:                                                                    "",
		`return "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"`:                                  "",
		`return "postgres://admin:hunter22@db.internal:5432/app"`:                                                                                "secret",
		`return "postgres://user:password@localhost/app", "postgres://u:${DB_PW}@h", "https://a:%s@h", "https://host/x@y", "https://user@host/"`: "",
		`local api_key = "` + hex + `" return api_key`:                                                                                           "secret",
		`return {db_password = "` + hex + `"}`:                                                                                                   "secret",
		`local c = {} c.TOKEN = "q7Rk2vZx9LmN4pTs8WyB3cDf6GhJ1aEu5" return c`:                                                                    "secret",
		`local checksum, token_hash = "` + hex + `", "` + hex + `" return checksum, token_hash`:                                                  "",
		`local token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" local secret = "your-api-key-goes-here-0123456789abcdef" return token, secret`: "",
		`local secret = "the-name-of-the-entry-in-the-store-of-keys-1" return secret`:                                                            "",

		"while 1 do " + call + " end":                                                      "endless-tool-calls",
		"for i = 1, math.huge do print(i) " + call + " end":                                "endless-tool-calls",
		"for i = 1, math.huge, 2 do print(i) " + call + " end":                             "endless-tool-calls",
		"repeat " + call + " until false":                                                  "endless-tool-calls",
		"while true do Tool.parallel({{\"calculator\", {input = \"1\"}}}) end":             "endless-tool-calls",
		"while true do Tool.start(\"calculator\", {input = \"1\"}) end":                    "endless-tool-calls",
		"local function f() return " + call + " end while true do f() end":                 "endless-tool-calls",
		"local function f() " + call + " error(1) end while true do f() end":               "",
		"local function f() f() end while true do f() end":                                 "",
		"for i = 1, math.huge, -1 do print(i) " + call + " end":                            "",
		"for i = 1, math.huge do " + call + " if i > 3 then break end end":                 "",
		"local math = {huge = 3} for i = 1, math.huge do print(i) " + call + " end":        "",
		"while nil do " + call + " end":                                                    "",
		"local function f() print(1) end while true do " + call + " f() os.exit() end":     "",
		"repeat local r = " + call + " until r.success":                                    "",
		"while true do local h = Tool.start(\"calculator\", {input = \"1\"}) h:wait() end": "",
	} {
		found := slices.ContainsFunc(checkIn(base, text), func(x lint.Finding) bool {
			return x.Code == want || want == "" && (x.Code == "secret" || x.Code == "endless-tool-calls")
		})
		if found != (want != "") {
			t.Errorf("%s: %s, want %q", text, lines(text, checkIn(base, text)), want)
		}
	}
}
