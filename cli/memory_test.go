package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// memoryStep is a call, and what comes of it.
type memoryStep struct {
	stdin, args    string // words, ~ for a blank inside
	code           int
	stdout, stderr string // parts; with = before it, all of it
}

// memorySteps makes calls, one after the other.
func memorySteps(t *testing.T, list []memoryStep) {
	t.Helper()
	for _, tt := range list {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "~", " ")
		}
		code, out, errs := call(t, tt.stdin, args...)
		fits := strings.Contains(out, tt.stdout)
		if whole, ok := strings.CutPrefix(tt.stdout, "="); ok {
			fits = out == whole || whole != "" && !strings.HasSuffix(whole, "\n") && strings.HasPrefix(out, whole) && strings.Count(out, "\n") == 1
		}
		if code != tt.code || !fits || !strings.Contains(errs, tt.stderr) {
			t.Errorf("%s: exit code %d\n%s%s", tt.args, code, out, errs)
		}
	}
}

// One step follows the other on one store.
func TestMemoryCommands(t *testing.T) {
	data := ownFolders(t)
	lines := `{"session":"chat","id":"D1:1","role":"Ann","time":"2024-05-01T13:56:00Z","content":"My boat is called Marigold"}
{"session":"chat","id":"D1:2","role":"Bob","time":"2024-05-02","content":"Soup for lunch again"}
{"session":"club","id":7,"role":"Ann","content":"Marigold won the race","metadata":{"topic":"boats"}}
`
	memorySteps(t, []memoryStep{
		{"", "memory list --format json", 0, "=[]\n", ""},
		{lines, "memory import -", 0, "=", "3 imported\n"},
		{lines, "memory import -", 0, "=", "0 imported, 3 were there already"},
		{`{"session":"chat","role":"Ann"}`, "memory import -", 1, "=", "nothing was imported: line 1: there is no content"},
		{"", "memory import none.jsonl", 1, "=", "none.jsonl"},
		{"", "memory import x --format csv", 2, "=", "want jsonl"},
		{"", "memory add chat Bob A~fine~name --id D1:3 --time 2024-05-03", 0, "=D1:3\n", ""},
		{"", "memory add chat Bob Twice --id D1:3", 1, "=", `episode "D1:3" of session "chat": there is one with this id already`},
		{"", "memory add chat Bob x --metadata [1]", 2, "=", "--metadata must be a JSON object"},
		{"", "memory add chat Bob x --time noon", 2, "=", `"noon" is no time`},
		{"", "memory add chat", 2, "=", "accepts 3 arg"},
		{"", "memory search soup --limit 1", 0, "=D1:2\tchat\tBob\t2024-05-02T00:00:00Z\tSoup for lunch again\n", ""},
		{"", "memory search soup --tenant other", 0, "=", ""},
		{"", "memory search marigold --session club --format json --ids", 0, "=" + `{
  "query": "marigold",
  "ids": [
    "7"
  ]
}
`, ""},
		{"", "memory search zeppelin --session club --format json", 0, "=" + "{\n  \"query\": \"zeppelin\",\n  \"ids\": [],\n  \"results\": []\n}\n", ""},
		{"", "memory search zeppelin --session club --format yaml", 0, "results: []\n", ""},
		{"", `memory search marigold --metadata {"topic":"boats"} --format yaml`, 0, "content: Marigold won the race", ""},
		{"soup\n\n{\"query\":\"marigold\",\"session\":\"club\"}\n{\"query\":\"zeppelin\",\"limit\":1}\n", "memory search --batch --limit 1", 0,
			"=" + `{"query":"soup","ids":["D1:2"]}` + "\n" + `{"query":"marigold","ids":["7"]}` + "\n" + `{"query":"zeppelin","ids":[]}` + "\n", ""},
		{"{\"query\":\"soup\"} {\"query\":\"x\"}\n", "memory search --batch", 1, "", `line 1 of stdin: there is more behind the object`},
		{"{\"query\":\"soup\",\"limit\":\"x\"}\n", "memory search --batch", 1, "", `line 1 of stdin: "limit" must be a whole number, not a text`},
		{"soup\n{\"text\":\"x\"}\n", "memory search --batch", 1, `{"query":"soup"`, `line 2 of stdin: unknown field "text"`},
		{"{\"session\":\"x\"}\n", "memory search --batch", 1, "=", `line 1 of stdin: the object has no member "query"`},
		{"soup\n{\"query\":\"a\",\"query\":\"b\"}\n", "memory search --batch", 1, `{"query":"soup"`, `line 2 of stdin: the member "query" is there twice`},
		{"soup\n{\"query\":\"a\xffb\"}\n", "memory search --batch", 1, `{"query":"soup"`, `line 2 of stdin: it is not UTF-8 (byte 0xff at column 12)`},
		{"\xff\xfes\x00", "context assemble --batch", 1, "=", "line 1 of stdin: the file is UTF-16"},
		{"\ufeffsoup\n", "memory search --batch --limit 1", 0, "=" + `{"query":"soup","ids":["D1:2"]}` + "\n", ""},
		{`{"session":"chat","role":"Ann","content":"a` + "\xff" + `b"}`, "memory import -", 1, "=", "nothing was imported: line 1: it is not UTF-8 (byte 0xff at column 44)"},
		{"", `memory add chat Bob x --metadata {"a":1,"a":2}`, 2, "=", `the member "a" is there twice`},
		{"", "memory search", 2, "=", "give a query, or --batch"},
		{"", "memory search x --limit 0", 2, "=", "--limit must be 1 or more"},
		{"", "memory list --order newest --limit 1 --session chat --format text", 0, "=D1:3\tchat\tBob\t2024-05-03T00:00:00Z\tA fine name\n", ""},
		{"", "memory list --since 2024-05-02 --until 2024-05-03 --format text", 0, "=D1:2\tchat", ""},
		{"", "memory stats", 0, "episodes     4 (4 not consolidated)\nsessions     2\nentities     0\n", ""},
		{"", "memory stats --format json", 0, `"sessions_with_unprocessed": 2`, ""},
		{"", "memory check", 0, "=ok\n", ""},
		{"", "memory export out.jsonl --session chat", 0, "=", "3 exported"},
		{"", "memory import out.jsonl --tenant copy", 0, "=", "3 imported"},
		{"", "memory forget", 2, "=", "say what"},
		{"", "memory forget --keep-per-session 0", 2, "=", "--keep-per-session must be 1 or more, not 0: --all forgets all turns"},
		{"", "memory forget --fact x", 2, "=", `--fact must be a whole number, not "x"`},
		{"", "memory forget --fact 1,99999999999999999999", 2, "=", "--fact: 1,99999999999999999999 is beyond"},
		{"", "memory search x --limit 1.5", 2, "=", `--limit must be a whole number, not "1.5"`},
		{"", "memory forget --all=perhaps", 2, "=", `--all must be true or false, not "perhaps"`},
		{"", "memory forget --older-than 1d --keep-important much", 2, "=", `--keep-important must be a number, not "much"`},
		{"", "memory export none/out.jsonl", 1, "=", "none/out.jsonl cannot be written: no such file or directory"},
		{"", "memory forget none", 1, "=", "there is nothing of the kind"},
		{"", "memory forget D1:1 --session chat", 0, "=", "1 forgotten"},
		{"", "memory search marigold --format text", 0, "=7\tclub", ""},
		{"", "memory search marigold --tenant copy", 0, "D1:1", ""},
		{"", "memory forget --all --tenant copy", 0, "=", "3 forgotten"},
		{"", "memory list --tenant copy --format json", 0, "=[]\n", ""},
	})
	// Nothing is left of what was forgotten, in any file.
	for _, name := range []string{"memory.db", "memory.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(data, name))
		if err == nil && strings.Contains(string(raw), "called Marigold") {
			t.Errorf("%s still has what was forgotten", name)
		}
	}
	if err := os.WriteFile("llmspell.toml", []byte("[runtime.memory]\nenabled = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := call(t, "", "memory", "stats", "--config", "llmspell.toml"); code != 1 || !strings.Contains(errs, "memory is switched off: set runtime.memory.enabled") {
		t.Errorf("switched off: %d, %s", code, errs)
	}
}

// What is known, as a user asks for it.
func TestKnowledgeCommands(t *testing.T) {
	ownFolders(t)
	memorySteps(t, []memoryStep{
		{"", "memory query", 0, "=", ""},
		{"", "memory add chat user My~name~is~Ann~and~I~live~in~Paris. --id 1 --time 2024-01-01", 0, "=1\n", ""},
		{"", "memory add chat user I~moved~to~Rome. --id 2 --time 2024-03-01", 0, "=2\n", ""},
		{"", "memory consolidate", 0, "=read         2 (0 say nothing new, 0 failed)\nentities     3 new, 1 changed, 0 merged\n", ""},
		{"", "memory consolidate --format json --force --session chat", 0, `"entries_skipped": 2`, ""},
		{"", "memory query who~lives~in~rome --limit 1", 0, "=user (person), also Ann\n  name: Ann (since 2024-01-01)\n  lives in: Rome (since 2024-03-01)\n", ""},
		{"", "memory query --name ann --as-of 2024-02-01", 0, "lives in: Paris (since 2024-01-01, until 2024-03-01)", ""},
		{"", "memory query --name ann --format json", 0, `"object": "Rome"`, ""},
		{"", "memory query --name ann --format json", 0, "\"sources\": [\n          {\n            \"session\": \"chat\",\n            \"id\": \"2\"\n          }\n        ],\n        \"asserted\": false", ""},
		{"", "memory query --name nobody", 1, "=", `entity "nobody": there is none`},
		{"", "memory query --history", 2, "=", "--history is of one entity"},
		{"", "memory query rome --as-of noon", 2, "=", "--as-of"},
		{"", "memory query rome --limit 0", 2, "=", "--limit must be 1 or more"},
		{"", "memory fact Ann age 41", 0, "=", ""},
		{"", "memory fact Ann age", 2, "=", "give an object"},
		{"", "memory fact Ann account 4929123456789012347", 0, "=", ""},
		{"", "memory query --name Ann --format json", 0, `"object": "4929123456789012347"`, ""},
		{"", "memory fact Ann account --how retract", 0, "=", ""},
		{"", "memory add chat user x --metadata {\"n\":12345678901234567890123}", 2, "=", "12345678901234567890123, whose digits cannot all be kept"},
		{"", "memory fact Ann age 43 --confidence 0", 2, "=", "--confidence must be more than 0"},
		{`{"fact":{"subject":"Ann","predicate":"age","value":43,"confidence":0}}`, "memory import -", 1, "=", "line 1: the confidence is not more than 0"},
		{"", "memory fact Ann age 42 --how correct", 0, "=", ""},
		{"", "memory fact Ann knows Bob --object-type person --from 2024-02-01 --to 2024-01-01", 1, "=", "not after it begins"},
		{"", "memory fact Ann knows Bob --object-type person", 0, "=", ""},
		{"", "memory query --name Ann --history", 0, "age: 41", ""},
		{"", "memory query bob --type person --limit 1", 0, "=Bob (person)\n", ""},
		{"", "memory fact Ann account --how retract", 1, "=", "account: nothing of the kind is believed"},
		{"", "memory fact Ann knows nobody --how retract --entity", 1, "=", "nothing of the kind is believed in that time; what is: "},
		{"", "memory fact Ann knows --how retract", 0, "=", ""},
		{"", "memory stats", 0, "entities     4\nfacts        ", ""},
		{"", "memory forget --entity Bob --all", 2, "=", "one kind at a time"},
		{"", "memory forget --entity Bob", 0, "=", "1 forgotten"},
		{"", "memory forget --entity Bob", 1, "=", `entity "Bob": there is none`},
		{"", "memory forget --older-than 20000w", 2, "=", `"20000w" is no time such as 90d, 2w or 12h, of less than 292 years`},
		{"", "memory forget --older-than 100000d", 0, "=", ""},
		{"", "memory forget --older-than soon", 2, "=", `"soon" is no time such as 90d`},
		{"", "memory forget --processed", 2, "=", "say what"},
		{"", "memory forget --all --processed", 2, "=", "go with --older-than"},
		{"", "memory forget --older-than 90d --processed --keep-facts", 0, "=", "2 forgotten"},
		{"", "memory query rome --type person", 0, "user (person), also Ann", ""},
		{"", "memory forget --knowledge", 0, "=", "3 forgotten"},
		{"", "memory query", 0, "=", ""},
		{"", "memory patterns --format json", 0, "=[]\n", ""},
		{"", "memory patterns --kind x", 2, "=", "want all, state, tool"},
	})
}

func TestMemorySearchIsJSON(t *testing.T) {
	ownFolders(t)
	called(t, 0, "memory", "add", "s", "user", "a <b> & \"c\"", "--id", "1")
	var got struct {
		Query   string
		IDs     []string
		Results []struct {
			Content string
			Score   float64
		}
	}
	if err := json.Unmarshal([]byte(called(t, 0, "memory", "search", "a b", "--format", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.IDs) != 1 || got.Results[0].Content != `a <b> & "c"` || got.Results[0].Score <= 0 {
		t.Errorf("%+v", got)
	}
}
