package dap_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// checkConformance judges each row by the conversations of the features, the
// rows by what there is in the specification and in the server, and docs/dap.md
// by the rows.
func checkConformance(t *testing.T, said map[string][][]exchange) {
	requests, events, capabilities, custom := requestRows(), eventRows(), capabilityRows(), customRows()
	for _, r := range append(slices.Clone(requests), custom...) {
		if r.proof == nil {
			r.proof = []string{"-> " + r.name}
			switch {
			case r.no != "":
				r.proof = []string{"x " + r.name}
			case slices.Contains(reverseRequests, r.name):
				r.proof = []string{"? " + r.name}
			}
		}
		checkRow(t, r, said)
	}
	for _, r := range events {
		r.proof = []string{"! " + r.name}
		checkRow(t, r, said)
	}
	for _, r := range capabilities {
		checkRow(t, r, said)
	}
	checkAdvertised(t, capabilities, said)
	checkHandlers(t, append(slices.Clone(requests), custom...))
	if schema := daptest.FindSchema(t); schema != nil {
		sameNames(t, "requests", requests, schema.Requests())
		sameNames(t, "events", events, schema.Events())
		sameNames(t, "capabilities", capabilities, schema.Capabilities())
	}
	checkDocument(t, map[string]string{
		"requests": table("request", requests), "events": table("event", events),
		"capabilities": table("capability", capabilities), "custom requests": table("request", custom),
	})
}

func checkRow(t *testing.T, r row, said map[string][][]exchange) {
	t.Helper()
	conversations, ok := said[r.feature]
	if !ok {
		t.Errorf("%s: there is no feature %q to prove it", r.name, r.feature)
	}
	if r.no == "" && len(r.proof) == 0 {
		t.Errorf("%s: supported, without a proof", r.name)
	}
	for _, p := range r.proof {
		if !slices.ContainsFunc(conversations, func(c []exchange) bool { return proves(c, p) }) {
			t.Errorf("%s: the feature %q has no %q", r.name, r.feature, p)
		}
	}
}

// proves tells whether something was said. Five forms, each with a path into
// the arguments or body, and a value there, if it matters:
//
//	-> COMMAND [PATH[=VALUE]]  a request that was answered with success
//	<- COMMAND [PATH[=VALUE]]  a response with success
//	x COMMAND                  a request that was refused
//	! EVENT [PATH[=VALUE]]     an event
//	? COMMAND [PATH[=VALUE]]   a request of the server
func proves(all []exchange, proof string) bool {
	form, rest, _ := strings.Cut(proof, " ")
	name, rest, hasPath := strings.Cut(rest, " ")
	path, value, hasValue := strings.Cut(rest, "=")
	matches := func(v any) bool {
		if !hasPath {
			return true
		}
		return slices.ContainsFunc(valuesAt(v, strings.Split(path, ".")), func(found any) bool {
			return found != nil && (!hasValue || fmt.Sprint(found) == value)
		})
	}
	for _, x := range all {
		m := x.message
		switch form {
		case "->":
			if x.sent && m["command"] == name && matches(m["arguments"]) && slices.ContainsFunc(all, func(y exchange) bool {
				return y.message["request_seq"] == m["seq"] && !y.sent && y.message["success"] == true
			}) {
				return true
			}
		case "<-":
			if m["type"] == "response" && !x.sent && m["command"] == name && m["success"] == true && matches(m["body"]) {
				return true
			}
		case "x":
			if m["type"] == "response" && !x.sent && m["command"] == name && m["success"] == false {
				return true
			}
		case "?":
			if m["type"] == "request" && !x.sent && m["command"] == name && matches(m["arguments"]) {
				return true
			}
		case "!":
			if m["type"] == "event" && m["event"] == name && matches(m["body"]) {
				return true
			}
		}
	}
	return false
}

// valuesAt returns what is at a path, through all elements of lists.
func valuesAt(v any, path []string) []any {
	if list, ok := v.([]any); ok {
		var found []any
		for _, x := range list {
			found = append(found, valuesAt(x, path)...)
		}
		return found
	}
	if len(path) == 0 {
		return []any{v}
	}
	if m, ok := v.(map[string]any); ok {
		return valuesAt(m[path[0]], path[1:])
	}
	return nil
}

// checkAdvertised compares the rows with what initialize says: a server that
// launches, and one that only lets clients attach.
func checkAdvertised(t *testing.T, rows []row, said map[string][][]exchange) {
	t.Helper()
	advertised := map[string]any{}
	for _, x := range append(slices.Concat(said["initialize"]...), slices.Concat(said["attach"]...)...) {
		body, _ := x.message["body"].(map[string]any)
		if x.message["type"] != "response" || x.message["command"] != "initialize" {
			continue
		}
		for name, value := range body {
			if value != false {
				advertised[name] = value
			}
		}
	}
	for _, r := range rows {
		_, on := advertised[r.name]
		if on != (r.no == "") {
			t.Errorf("%s: advertised is %v, the table says %v", r.name, on, r.no == "")
		}
		delete(advertised, r.name)
	}
	for name := range advertised {
		t.Errorf("initialize advertises %s, of which the table knows nothing", name)
	}
}

// checkHandlers compares the rows with the requests that the server knows.
func checkHandlers(t *testing.T, rows []row) {
	t.Helper()
	handled := map[string]bool{}
	for _, name := range dap.HandlerNames() {
		handled[name] = true
	}
	for _, r := range rows {
		if !handled[r.name] && r.no == "" && !slices.Contains(reverseRequests, r.name) {
			t.Errorf("%s: supported, without a handler", r.name)
		}
		delete(handled, r.name)
	}
	for name := range handled {
		t.Errorf("there is a handler of %s, and no row", name)
	}
}

// reverseRequests are those of the server to the client.
var reverseRequests = []string{"runInTerminal", "startDebugging"}

func sameNames(t *testing.T, what string, rows []row, want []string) {
	t.Helper()
	var got []string
	for _, r := range rows {
		got = append(got, r.name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the table has\n%v\nthe specification\n%v", what, got, want)
	}
}

// table writes rows as Markdown.
func table(head string, rows []row) string {
	yes := 0
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | | notes | proof |\n|---|---|---|---|\n", head)
	for _, r := range rows {
		mark, notes := "yes", r.notes
		if r.no == "" {
			yes++
		} else {
			mark, notes = "no", r.no
		}
		file := strings.ReplaceAll(r.feature, " ", "-")
		fmt.Fprintf(&b, "| `%s` | %s | %s | [%s](../dap/testdata/golden/%s.txt) |\n", r.name, mark, notes, r.feature, file)
	}
	return fmt.Sprintf("%d of %d.\n\n%s", yes, len(rows), b.String())
}

// document is the file with the tables, each between two markers.
const document = "../docs/dap.md"

func checkDocument(t *testing.T, tables map[string]string) {
	t.Helper()
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		begin, end := fmt.Sprintf("<!-- generated: %s -->\n", name), "<!-- end -->\n"
		before, rest, found := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s has no table between %q and %q", document, begin, end)
		}
		text = before + begin + tables[name] + end + after
	}
	switch {
	case text == string(data):
	case *update:
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s differs from what the tests show: go test ./dap -run TestProtocol -update", document)
	}
}

// The proofs themselves can fail.
func TestProves(t *testing.T) {
	var all []exchange
	for _, line := range []string{
		`{"seq":1,"type":"request","command":"a","arguments":{"list":[{"x":1},{"y":"z w"}]}}`,
		`{"seq":2,"type":"request","command":"b","arguments":{}}`,
	} {
		all = append(all, exchange{true, decoded(t, line)})
	}
	for _, line := range []string{
		`{"seq":1,"type":"response","command":"a","request_seq":1,"success":true,"body":{"on":true}}`,
		`{"seq":2,"type":"response","command":"b","request_seq":2,"success":false}`,
		`{"seq":3,"type":"event","event":"e","body":{"reason":"r"}}`,
		`{"seq":4,"type":"request","command":"c","arguments":{"kind":"k"}}`,
	} {
		all = append(all, exchange{false, decoded(t, line)})
	}
	for proof, want := range map[string]bool{
		"-> a": true, "-> a list.x": true, "-> a list.x=1": true, "-> a list.x=2": false, "-> a list.y=z w": true, "-> a list.none": false,
		"-> b": false, "x b": true, "x a": false, "<- a on=true": true, "<- a off": false, "<- b": false, "! e": true, "! e reason=r": true, "! e reason=s": false, "! a": false,
		"? c": true, "? c kind=k": true, "? a": false, "-> c": false,
	} {
		if got := proves(all, proof); got != want {
			t.Errorf("%q: %v, want %v", proof, got, want)
		}
	}
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
