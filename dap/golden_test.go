package dap_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap/daptest"
)

// update rewrites golden transcripts and the tables in docs/dap.md:
//
//	go test ./dap -run TestProtocol -update
var update = flag.Bool("update", false, "rewrite testdata/golden and the tables of docs/dap.md")

// exchange is one message of a conversation.
type exchange struct {
	sent    bool // by the client
	message map[string]any
}

// conversation parses a client's transcript.
func conversation(t testing.TB, lines []string) []exchange {
	t.Helper()
	var all []exchange
	for _, line := range lines {
		sent := strings.HasPrefix(line, "-> ")
		text := line[len("-> "):]
		if _, body, framed := strings.Cut(text, "\r\n\r\n"); framed {
			text = body
		}
		var m map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&m); err != nil {
			t.Fatalf("transcript: %v: %s", err, line)
		}
		if m["command"] != daptest.SettleCommand {
			all = append(all, exchange{sent, m})
		}
	}
	return all
}

// checkGolden compares a conversation with testdata/golden/NAME.txt.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", strings.ReplaceAll(name, " ", "-")+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it: go test ./dap -run TestProtocol -update)", err)
	}
	if got == string(want) {
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(was), len(is)) {
		a, b := lineAt(was, i), lineAt(is, i)
		if a != b {
			t.Fatalf("%s, line %d:\n  want %s\n  got  %s\n(if the change is meant: go test ./dap -run TestProtocol -update)", path, i+1, a, b)
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// normalizer writes conversations so that they are the same each time: ids,
// addresses, paths and process numbers become names, in the order in which
// they first occur.
type normalizer struct {
	dir   string // the folder of the scripts becomes $DIR
	names map[string]string
	count map[string]int
	full  bool // write the beginning of the session out, too

	hidden []string // keys to leave out
	// progress is the one that is written out; on a slow machine others have some too.
	progress string
}

func newNormalizer(dir string, full bool) *normalizer {
	return &normalizer{dir: dir, names: map[string]string{}, count: map[string]int{}, full: full}
}

// lines writes a conversation, a message a line. Output that follows output is
// joined, and progress updates are one: how they are cut is a matter of time.
func (n *normalizer) lines(all []exchange) string {
	var b strings.Builder
	for _, x := range joinOutput(n.timeless(all)) {
		b.WriteString(n.line(x) + "\n")
	}
	return b.String()
}

// timeless leaves out the progress of what happened to take long.
func (n *normalizer) timeless(all []exchange) (kept []exchange) {
	updated := false
	for _, x := range all {
		name, _ := x.message["event"].(string)
		if strings.HasPrefix(name, "progress") {
			body, _ := x.message["body"].(map[string]any)
			update := name == "progressUpdate"
			if n.progress == "" || body["progressId"] != n.progress || update && updated {
				continue
			}
			updated = updated || update
		}
		kept = append(kept, x)
	}
	return kept
}

// joinOutput joins consecutive output events of a category and a place.
func joinOutput(all []exchange) []exchange {
	var joined []exchange
	for _, x := range all {
		if len(joined) > 0 && x.message["event"] == "output" {
			last := joined[len(joined)-1]
			a, _ := last.message["body"].(map[string]any)
			b, _ := x.message["body"].(map[string]any)
			if last.message["event"] == "output" && a["category"] == b["category"] && fmt.Sprint(a["line"], a["source"]) == fmt.Sprint(b["line"], b["source"]) {
				body := maps.Clone(a)
				body["output"] = fmt.Sprint(a["output"], b["output"])
				joined[len(joined)-1].message = map[string]any{"type": "event", "event": "output", "body": body}
				continue
			}
		}
		joined = append(joined, x)
	}
	return joined
}

// line writes one message: who speaks, what it is, and its arguments or body.
func (n *normalizer) line(x exchange) string {
	m, mark := x.message, "<  "
	if x.sent {
		mark = "-> "
	}
	text := func(key string) string { s, _ := m[key].(string); return s }
	switch {
	case m["type"] == "request":
		if text("command") == "initialize" && !n.full {
			return mark + "initialize …"
		}
		return mark + text("command") + n.value(m["arguments"])
	case m["event"] == "progressUpdate": // how long it has taken
		return mark + "progressUpdate event"
	case m["type"] == "event":
		return mark + text("event") + " event" + n.value(m["body"])
	case m["success"] != true:
		return mark + text("command") + " refused: " + n.clean(errorText(m))
	case text("command") == "initialize" && !n.full:
		return mark + "initialize ok …"
	default:
		return mark + text("command") + " ok" + n.value(m["body"])
	}
}

// errorText is the text of an error response with its number.
func errorText(m map[string]any) string {
	body, _ := m["body"].(map[string]any)
	err, _ := body["error"].(map[string]any)
	format, _ := err["format"].(string)
	if variables, ok := err["variables"].(map[string]any); ok {
		format = fmt.Sprint(variables["error"])
	}
	return fmt.Sprintf("%s (%v)", format, err["id"])
}

// value writes a body as compact JSON with sorted keys.
func (n *normalizer) value(v any) string {
	if v == nil {
		return ""
	}
	v = n.walk("", "", v)
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return " " + err.Error()
	}
	return " " + strings.TrimRight(b.String(), "\n")
}

// idKeys are the keys whose values are ids, and what an id is called. "id" is
// one in a list of frames or targets only.
var idKeys = map[string]string{
	"frameId": "frame", "variablesReference": "ref", "targetId": "target", "locationReference": "place", "valueLocationReference": "place",
	"dataId": "data", "progressId": "progress", "requestId": "request", "memoryReference": "memory", "systemProcessId": "process", "processId": "process",
	"instructionReference": "at", "instructionPointerReference": "at", "address": "at", "checksum": "checksum",
	"stackFrames.id": "frame", "targets.id": "target",
}

func (n *normalizer) walk(list, key string, v any) any {
	kind := idKeys[key]
	if kind == "" {
		kind = idKeys[list+"."+key]
	}
	switch v := v.(type) {
	case map[string]any:
		if place := n.source(v); place != "" {
			return place
		}
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(n.hidden, k) {
				out[k] = n.walk(list, k, v[k])
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = n.walk(key, "", x)
		}
		return out
	case json.Number:
		if kind != "" && v != "0" {
			return n.name(kind, v.String())
		}
		return v
	case string:
		if kind != "" && v != "" {
			return n.name(kind, v)
		}
		return n.clean(v)
	default:
		return v
	}
}

// source writes a source that is no more than a file as its path, with a mark
// for a checksum; "" for anything else.
func (n *normalizer) source(v map[string]any) string {
	path, _ := v["path"].(string)
	mark := ""
	if v["checksums"] != nil {
		mark = " +checksum"
	}
	rest := maps.Clone(v)
	maps.DeleteFunc(rest, func(k string, _ any) bool { return k == "path" || k == "checksums" || k == "name" })
	if path == "" || len(rest) > 0 || v["name"] != nil && v["name"] != filepath.Base(path) {
		return ""
	}
	return n.clean(path) + mark
}

// name gives an id its name.
func (n *normalizer) name(kind, id string) string {
	if kind == "at" || kind == "memory" {
		kind, id = "at", strings.ToLower(id)
	}
	if name := n.names[kind+" "+id]; name != "" {
		return name
	}
	n.count[kind]++
	name := fmt.Sprintf("%s%d", kind, n.count[kind])
	n.names[kind+" "+id] = name
	return name
}

// What differs from run to run inside of texts: what Lua prints of tables and
// functions, addresses of sockets, tokens.
var (
	pointers = regexp.MustCompile(`0x[0-9a-f]{8,}`)
	ports    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	tokens   = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
)

// clean replaces what differs from run to run inside of a text.
func (n *normalizer) clean(text string) string {
	text = strings.ReplaceAll(text, n.dir, "$DIR")
	text = ports.ReplaceAllString(text, "127.0.0.1:PORT")
	text = tokens.ReplaceAllString(text, "TOKEN")
	return pointers.ReplaceAllStringFunc(text, func(p string) string { return n.name("pointer", p) })
}
