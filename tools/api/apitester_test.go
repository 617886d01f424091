package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/nettest"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

const shop = `{"items":[{"id":1,"name":"Tea","price":2.5,"tags":["hot"]},{"id":2,"name":"Cake","price":4,"tags":[]}],"total":2,"next":null,"a b":{"c/d":true}}`

func shopServer(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("/shop", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Count", "2")
		io.WriteString(w, shop)
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "c1", Path: "/"})
		w.Header().Set("X-Request-Id", "r-9")
		fmt.Fprintf(w, `{"token":"tok-1","user":{"id":7}}`)
	})
	mux.HandleFunc("/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("session")
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer tok-1" || cookie == nil {
			w.WriteHeader(401)
			return
		}
		fmt.Fprintf(w, `{"id":%s,"request":%q,"got":%q}`, r.PathValue("id"), r.Header.Get("X-Last"), body)
	})
	mux.HandleFunc("/500", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	return nettest.HTTP(t, mux.ServeHTTP)
}

func TestAssertions(t *testing.T) {
	base := shopServer(t)
	r := runner(t)
	for _, test := range []struct {
		assertion string
		passed    bool
		problem   string
	}{
		{`{"target":"status","value":200}`, true, ""},
		{`{"target":"status","value":201}`, false, "status is 200"},
		{`{"target":"status","op":"in","value":[200,204]}`, true, ""},
		{`{"target":"status","op":"in","value":[404]}`, false, "status is 200"},
		{`{"target":"status","op":"less_than","value":300}`, true, ""},
		{`{"target":"header","name":"x-count","value":2}`, true, ""},
		{`{"target":"header","name":"X-Count","op":">","value":1}`, true, ""},
		{`{"target":"header","name":"X-Count","op":"matches","value":"^[0-9]+$"}`, true, ""},
		{`{"target":"header","name":"X-None"}`, false, "header X-None is not there"},
		{`{"target":"header","name":"X-None","op":"not_exists"}`, true, ""},
		{`{"target":"header","name":"X-Count","op":"not_exists"}`, false, "header X-Count is there"},
		{`{"target":"body","op":"contains","value":"Tea"}`, true, ""},
		{`{"target":"body","op":"not_contains","value":"Tea"}`, false, "contains it"},
		{`{"target":"body","op":"matches","value":"Coffee"}`, false, "body is "},
		{`{"target":"json","path":"items[0].name","value":"Tea"}`, true, ""},
		{`{"target":"json","path":"$.items[-1].price","value":4.0}`, true, ""},
		{`{"target":"json","path":"/items/1/id","value":2}`, true, ""},
		{`{"target":"json","path":"[\"a b\"]['c/d']","value":true}`, true, ""},
		{`{"target":"json","path":"/a b/c~1d","value":true}`, true, ""},
		{`{"target":"json","path":"items","op":"length","value":2}`, true, ""},
		{`{"target":"json","path":"items","op":"length","value":3}`, false, "json items has the length 2"},
		{`{"target":"json","path":"items[0].tags","op":"contains","value":"hot"}`, true, ""},
		{`{"target":"json","path":"items[1].tags","value":[]}`, true, ""},
		{`{"target":"json","path":"items[1].tags","value":{}}`, true, ""},
		{`{"target":"json","path":"items[0]","op":"contains","value":"price"}`, true, ""},
		{`{"target":"json","path":"items[0].price","op":"type","value":"number"}`, true, ""},
		{`{"target":"json","path":"total","op":"type","value":"number"}`, true, ""},
		{`{"target":"json","path":"next","op":"type","value":"null"}`, true, ""},
		{`{"target":"json","path":"next","op":"type","value":"string"}`, false, "is of the type null"},
		{`{"target":"json","path":"next"}`, true, ""},
		{`{"target":"json","path":"none.deeper"}`, false, "json none.deeper is not there"},
		{`{"target":"json","path":"items[9]","op":"not_equals","value":1}`, true, ""},
		{`{"target":"json","op":"schema","value":{"type":"object","properties":{"total":{"type":"integer","minimum":1}},"required":["items"]}}`, true, ""},
		{`{"target":"json","op":"schema","value":{"type":"object","properties":{"total":{"type":"string"}}}}`, false, `total must be a string, not a number`},
		{`{"target":"json","path":"items[1]","value":{"id":2,"name":"Cake","price":4,"tags":[]}}`, true, ""},
		{`{"target":"time","op":"less_than","value":60000}`, true, ""},
		{`{"target":"time","op":"greater_than","value":60000}`, false, "time is "},
		{`{"target":"size","value":` + fmt.Sprint(len(shop)) + `}`, true, ""},
		{`{"target":"url","op":"contains","value":"/shop"}`, true, ""},
		{`{"target":"redirects","value":0}`, true, ""},
	} {
		var a any
		if err := json.Unmarshal([]byte(test.assertion), &a); err != nil {
			t.Fatal(err)
		}
		v, err := call(t, r, "api-tester", map[string]any{"input": base + "/shop", "assertions": []any{a}})
		if err != nil {
			t.Errorf("%s: %v", test.assertion, err)
			continue
		}
		line := field(t, v, "requests[0].assertions[0]")
		problem, _ := member(line, "problem").(string)
		if v["passed"] != test.passed || member(line, "passed") != test.passed || !strings.Contains(problem, test.problem) || (problem == "") != test.passed {
			t.Errorf("%s: passed %v: %v", test.assertion, v["passed"], line)
		}
	}
}

func TestExpect(t *testing.T) {
	base := shopServer(t)
	r := runner(t)
	v, err := call(t, r, "api-tester", map[string]any{"input": base + "/shop", "expect": map[string]any{"status": []any{200, 201}, "headers": map[string]any{"content-type": "APPLICATION/JSON", "x-count": true, "x-none": false},
		"json": map[string]any{"total": 2, "items[0].id": 1}, "body_contains": []any{"Tea", "Cake"}, "body_matches": "T.a", "schema": map[string]any{"type": "object"}, "max_time_ms": 60_000}})
	if err != nil || v["passed"] != true || v["total"] != 11.0 || v["failed"] != 0.0 || v["status"] != 200.0 || v["timings"] == nil || field(t, v, "requests[0].json.total") != 2.0 {
		t.Errorf("%v, %v", v, err)
	}
	v, err = call(t, r, "api-tester", map[string]any{"input": base + "/500", "expect": map[string]any{"status": "2XX", "body_contains": "x"}})
	if err != nil || v["passed"] != false || v["failed"] != 2.0 {
		t.Errorf("%v, %v", v, err)
	}
	for path, want := range map[string]bool{"/shop": true, "/500": false, "/none": false} { // without assertions
		if v, err = call(t, r, "api-tester", map[string]any{"input": base + path, "include_body": false}); err != nil || v["passed"] != want || v["total"] != 0.0 || field(t, v, "requests[0].body") != nil {
			t.Errorf("%s: %v, %v", path, v, err)
		}
	}
	// A connection that fails is a failed test.
	v, err = call(t, r, "api-tester", map[string]any{"input": "http://" + nettest.RefusedPort(t), "expect": map[string]any{"status": 200}})
	if err != nil || v["passed"] != false || v["failed"] != 1.0 || !strings.Contains(fmt.Sprint(field(t, v, "requests[0].error")), "refused") {
		t.Errorf("%v, %v", v, err)
	}
}

func TestSequences(t *testing.T) {
	base := shopServer(t)
	r := runner(t)
	login := map[string]any{"name": "log in", "input": "/login", "method": "POST", "capture": map[string]any{"token": "token", "id": "user.id", "last": "header:X-Request-Id", "code": "status"}}
	v, err := call(t, r, "api-tester", map[string]any{"base_url": base + "/", "variables": map[string]any{"greeting": "hi"}, "requests": []any{login,
		map[string]any{"input": "/users/{{id}}", "method": "PUT", "auth": map[string]any{"token": "{{ token }}"}, "headers": map[string]any{"X-Last": "<{{last}}>"}, "body": map[string]any{"g": "{{greeting}}", "id": "{{id}}"},
			"expect": map[string]any{"status": 200, "json": map[string]any{"id": "{{id}}", "request": "<r-9>", "got": `{"g":"hi","id":7}`}}}}})
	if err != nil || v["passed"] != true || v["total"] != 4.0 {
		t.Errorf("%v, %v", v, err)
	}
	if field(t, v, "captured.token") != "***" || field(t, v, "captured.id") != 7.0 || field(t, v, "requests[0].name") != "log in" {
		t.Errorf("captured %v", v["captured"])
	}
	fails := map[string]any{"input": base + "/500"}
	v, err = call(t, r, "api-tester", map[string]any{"requests": []any{fails, fails, fails}})
	if err != nil || v["passed"] != false || v["skipped"] != 2.0 {
		t.Errorf("stopping: %v, %v", v, err)
	}
	v, err = call(t, r, "api-tester", map[string]any{"requests": []any{fails, map[string]any{"input": base + "/shop"}}, "stop_on_failure": false})
	if err != nil || v["passed"] != false || v["skipped"] != 0.0 || field(t, v, "requests[1].passed") != true {
		t.Errorf("going on: %v, %v", v, err)
	}
	v, err = call(t, r, "api-tester", map[string]any{"input": base + "/shop", "capture": map[string]any{"x": "items[5].id"}})
	if err != nil || v["passed"] != false || !strings.Contains(fmt.Sprint(field(t, v, "requests[0].error")), "nothing to capture") {
		t.Errorf("capturing nothing: %v, %v", v, err)
	}
}

func TestAPITesterRefusals(t *testing.T) {
	base := shopServer(t)
	r := runner(t)
	linkOut(t, r, "link")
	m := map[string]any{"input": base + "/shop"}
	assert := func(a map[string]any) map[string]any { return with(m, "assertions", []any{a}) }
	many := make([]any, maxSteps+1)
	for i := range many {
		many[i] = m
	}
	for _, test := range []struct {
		params map[string]any
		says   string
		code   tool.Code
	}{
		{map[string]any{}, `"input" is missing`, tool.InvalidParameters},
		{with(m, "requests", []any{m}), "pass one of them", tool.InvalidParameters},
		{map[string]any{"requests": []any{}}, `"input" is missing`, tool.InvalidParameters},
		{map[string]any{"requests": many}, `"requests" is wrong`, tool.InvalidParameters},
		{map[string]any{"requests": []any{map[string]any{}}}, `"requests[1].input" is missing`, tool.InvalidParameters},
		{map[string]any{"requests": []any{m, map[string]any{"input": "x"}}}, `"requests[2].input" is wrong`, tool.InvalidParameters},
		{map[string]any{"requests": []any{map[string]any{"input": "/x"}}, "base_url": "x"}, `"base_url" is wrong`, tool.InvalidParameters},
		{with(m, "input", "/x"), `"input" is wrong`, tool.InvalidParameters},
		{with(m, "method", "X"), `"method" is wrong`, tool.InvalidParameters},
		{with(m, "headers", map[string]any{"a": "{{b}}"}), "nothing before has captured", tool.InvalidParameters},
		{with(m, "headers", map[string]any{"a": "\n"}), `"headers.a" is wrong`, tool.InvalidParameters},
		{with(m, "query", map[string]any{"a": map[string]any{}}), `"query.a" is wrong`, tool.InvalidParameters},
		{with(m, "auth", map[string]any{}), `"auth" is wrong`, tool.InvalidParameters},
		{with(m, "variables", 1), `"variables" is wrong`, tool.InvalidParameters},
		{with(m, "body_file", "link"), "leads out", tool.PermissionDenied},
		{with(m, "capture", map[string]any{"a": 5}), `"capture.a" is wrong`, tool.InvalidParameters},
		{with(m, "capture", map[string]any{"a": "x["}), `"capture.a" is no path`, tool.InvalidParameters},
		{with(m, "timeout", 0), `"timeout" is wrong`, tool.InvalidParameters},
		{with(m, "max_retries", 11), `"max_retries" is wrong`, tool.InvalidParameters},
		{with(m, "max_bytes", 0), `"max_bytes" is wrong`, tool.InvalidParameters},
		{with(m, "follow_redirects", 1), `"follow_redirects" is wrong`, tool.InvalidParameters},
		{with(m, "stop_on_failure", 1), `"stop_on_failure" is wrong`, tool.InvalidParameters},
		{with(m, "include_body", 1), `"include_body" is wrong`, tool.InvalidParameters},
		{with(m, "insecure", 1), `"insecure" is wrong`, tool.InvalidParameters},
		{assert(map[string]any{"target": "weather"}), `"assertions[1].target" is wrong`, tool.InvalidParameters},
		{assert(map[string]any{"target": "status", "op": "about"}), `"assertions[1].op" is wrong`, tool.InvalidParameters},
		{assert(map[string]any{"target": "header", "value": 1}), `"assertions[1].name" is missing`, tool.InvalidParameters},
		{assert(map[string]any{"target": "json", "path": "a..b"}), `"assertions[1].path" is no path`, tool.InvalidParameters},
		{assert(map[string]any{"target": "json", "path": strings.Repeat("a", 2000)}), "longer than", tool.InvalidParameters},
		{assert(map[string]any{"target": "body", "op": "matches", "value": "("}), "an RE2 expression", tool.InvalidParameters},
		{assert(map[string]any{"target": "body", "op": "matches", "value": strings.Repeat("a", 2000)}), "an RE2 expression", tool.InvalidParameters},
		{assert(map[string]any{"target": "status", "op": "in", "value": 1}), "expected a list", tool.InvalidParameters},
		{assert(map[string]any{"target": "time", "op": "less_than", "value": "soon"}), "expected a number", tool.InvalidParameters},
		{assert(map[string]any{"target": "json", "op": "type", "value": "table"}), "expected a JSON type", tool.InvalidParameters},
		{assert(map[string]any{"target": "json", "op": "schema", "value": map[string]any{"anyOf": []any{}}}), "is no schema", tool.InvalidParameters},
		{with(m, "expect", map[string]any{"weather": 1}), `"expect.weather" is not known`, tool.InvalidParameters},
		{with(m, "expect", map[string]any{"body_matches": "("}), "an RE2 expression", tool.InvalidParameters},
		{with(m, "input", "http://10.0.0.1/"), "denied", tool.PermissionDenied},
	} {
		_, err := call(t, r, "api-tester", test.params)
		if err == nil || err.Code != test.code || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%.100v: %v; want %s: %s", test.params, err, test.code, test.says)
		}
	}
	denied := r.Allow(t, func(p *sandbox.Policy) { p.Net = sandbox.Rule{} })
	if _, err := call(t, denied, "api-tester", m); err == nil || err.Code != tool.PermissionDenied {
		t.Errorf("without permission: %v", err)
	}
	stuck := nettest.Raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := callContext(t, ctx, r, "api-tester", map[string]any{"input": stuck}); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
	if v, err := call(t, r, "api-tester", map[string]any{"input": stuck, "timeout": 0.05}); err != nil || v["passed"] != false {
		t.Errorf("a timeout is a failed test: %v, %v", v, err)
	}
}

func FuzzLookup(f *testing.F) {
	var v any
	if err := json.Unmarshal([]byte(shop), &v); err != nil {
		f.Fatal(err)
	}
	for _, p := range []string{"items[0].name", "$.items[-1]", "/items/0/tags", `["a b"]['c/d']`, ".", "a..b", "[", "x[1"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if _, found, err := lookup(v, path); found && err != nil {
			t.Fatalf("%q is found and no path", path)
		}
	})
}
