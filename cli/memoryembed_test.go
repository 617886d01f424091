package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// embeddingServer answers as Ollama does: texts of boats are near each other, and so are those of food.
func embeddingServer(t *testing.T, down *atomic.Bool) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Model string
			Input []string
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Model != "tiny" || r.Header.Get("Authorization") != "Bearer key-of-the-test" {
			t.Errorf("%v, %+v, %v", err, q, r.Header)
		}
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"error":{"message":"loading, key-of-the-test"}}`)
			return
		}
		var data []string
		for i, text := range q.Input {
			v := "[0.1,0.1,1]"
			switch text = strings.ToLower(text); {
			case strings.Contains(text, "boat"), strings.Contains(text, "ship"):
				v = "[1,0,0.1]"
			case strings.Contains(text, "soup"), strings.Contains(text, "eat"):
				v = "[0,1,0.1]"
			}
			data = append(data, fmt.Sprintf(`{"index":%d,"embedding":%s}`, i, v))
		}
		fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(data, ","))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestMemoryEmbed(t *testing.T) {
	ownFolders(t)
	t.Setenv("KEY_OF_THE_TEST", "key-of-the-test")
	var down atomic.Bool
	settings := fmt.Sprintf("[runtime.memory.embedder]\ntype = 'openai'\nurl = %q\nmodel = 'tiny'\napi_key_env = 'KEY_OF_THE_TEST'\nbatch_size = 2\nmax_retries = 0\n", embeddingServer(t, &down))
	words := "the 0.1 0.1 0.1\nship 1 0 0\nboat 0.9 0.1 0\nsoup 0 1 0\neat 0 0.9 0.1\n"
	for name, content := range map[string]string{"words.txt": words, "server.toml": settings, "file.toml": "[runtime.memory.embedder]\ntype = 'file'\npath = 'words.txt'\n",
		"none.toml": "[runtime.memory.embedder]\ntype = 'file'\npath = 'missing.txt'\n", "ship.txt": "The ship is blue", "lunch.txt": "Some soup", "nokey.toml": strings.ReplaceAll(settings, "KEY_OF", "NO_KEY_OF")} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := ""
	for i, text := range []string{"The ship is blue", "We had soup", "Nothing much"} {
		lines += fmt.Sprintf(`{"session":"s","id":"%d","role":"user","content":%q}`+"\n", i+1, text)
	}
	for _, tt := range []struct {
		down           bool
		stdin, args    string
		code           int
		stdout, stderr string
	}{
		{false, lines, "memory import -", 0, "", "3 imported"},
		{false, "", "memory embed", 1, "", "no embedder is configured"},
		{false, "", "memory search boat --mode vectors", 1, "", "no embedder is configured"},
		{false, "", "memory search boat --mode meaning", 2, "", "want auto, words, vectors, hybrid"},
		{false, "", "memory stats", 0, "embedder     none: turns are found by words\n", ""},
		{false, "", "memory stats --format json", 0, `"vectors": null`, ""},
		{false, "", "memory search blue -c server.toml", 0, "1\ts\tuser", "3 turns have no vector yet"},
		{true, "", "memory search blue -c server.toml", 0, "1\ts\tuser", "warning: searched by words alone: the embedder http"},
		{true, "", "memory embed -c server.toml", 1, "", "failed (status 503): loading, ***"},
		{false, "", "memory search blue -c nokey.toml", 0, "1\ts\tuser", "runtime.memory.embedder: the environment variable NO_KEY_OF_THE_TEST, which api_key_env names, is not set"},
		{false, "", "memory search blue -c none.toml", 0, "1\ts\tuser", "missing.txt"},
		{false, "", "memory stats -c none.toml", 0, "problem      runtime.memory.embedder: open the word vectors", ""},
		{false, "", "memory embed -c server.toml", 0, "", "2 done, 1 to go\nllmspell: 3 turns have got a vector"},
		{false, "", "memory stats -c server.toml", 0, "embedder     tiny\nvectors      3 (0 turns lack one)\n", ""},
		{false, "", "memory search boat --limit 1 -c server.toml", 0, "1\ts\tuser", ""},
		{false, "", "memory search boat --mode words -c server.toml --ids --format json", 0, `"ids": []`, ""},
		{false, "boat\n{\"query\":\"eating\",\"mode\":\"vectors\"}\n{\"query\":\"boat\",\"mode\":\"words\"}\n", "memory search --batch --limit 1 -c server.toml", 0,
			`{"query":"boat","ids":["1"]}` + "\n" + `{"query":"eating","ids":["2"]}` + "\n" + `{"query":"boat","ids":[]}` + "\n", ""},
		{false, "{\"query\":\"x\",\"mode\":\"y\"}", "memory search --batch", 1, "", `mode must be auto, words, vectors or hybrid, not "y"`},
		{true, "soup\nship\n", "memory search --batch --limit 1 -c server.toml", 0, `{"query":"soup","ids":["2"]}`, "warning"},
		{false, "", "memory search boat --mode vectors --limit 1 -c file.toml", 0, "1\ts\tuser", ""},
		{false, "", "memory stats -c file.toml --format json", 0, `"tiny": 3`, ""},
		{false, "", "memory embed --prune -c file.toml", 0, "", "3 vectors of turns by other models dropped"},
		{false, "", "memory embed --again -c file.toml", 0, "", "3 vectors of turns dropped\nllmspell: 3 turns have got a vector"},
		{false, "", "memory check", 0, "ok\n", ""},
		{false, "", "memory forget 1 -c file.toml", 0, "", "1 forgotten"},
		{false, "", "memory search boat --mode vectors -c file.toml --ids --format json", 0, `"2"`, ""},
		{false, "", "rag ingest ship.txt lunch.txt", 0, "2 documents: 2 added", ""},
		{false, "", "rag stats -c server.toml", 0, "embedder     tiny\nvectors      0 (2 pieces of documents lack one)\n", ""},
		{true, "", "rag search ship -c server.toml", 0, "ship.txt", "warning: searched by words alone: the embedder http"},
		{false, "", "rag search boat --limit 1 -c server.toml", 0, "ship.txt", ""},
		{false, "", "rag search eating --limit 1 -c server.toml", 0, "lunch.txt", ""},
		{false, "", "rag search eating", 0, "", ""},
		{false, "", "rag stats -c server.toml --format json", 0, `"stored": 2`, ""},
		{false, "", "context assemble eating --strategy rag -c server.toml", 0, "Some soup", "tokens"},
		{false, "", "memory embed -c file.toml", 0, "", "0 turns have got a vector\nllmspell: 2 pieces of documents have got a vector"},
		{false, "", "rag delete --all", 0, "", "2 deleted"},
		{false, "", "rag stats -c server.toml", 0, "vectors      0 (0 pieces of documents lack one)\n", ""},
	} {
		down.Store(tt.down)
		code, out, errs := call(t, tt.stdin, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out, tt.stdout) || !strings.Contains(errs, tt.stderr) || tt.stderr == "" && errs != "" || strings.Contains(errs, "key-of-the-test") {
			t.Errorf("%s: exit code %d\n%s%s", tt.args, code, out, errs)
		}
	}
	if out := called(t, 0, "memory", "search", "boat", "--mode", "vectors", "-c", "file.toml", "--ids", "--format", "json"); strings.Contains(out, `"1"`) {
		t.Errorf("what was forgotten is found: %s", out)
	}
}
