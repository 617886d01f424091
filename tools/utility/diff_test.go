package utility

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestDiffCalculator(t *testing.T) {
	r := tooltest.New(t, Definitions())
	outside := filepath.Join(t.TempDir(), "secret")
	for name, text := range map[string]string{filepath.Join(r.Dir, "a"): "x\ny\n", filepath.Join(r.Dir, "b"): "x\nz\n", filepath.Join(r.Dir, "j"): `{"a":1}`,
		filepath.Join(r.Dir, "bin"): "\xff", outside: "s"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(r.Dir, "link")); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "diff-calculator", []tooltest.Want{
		{Params: `{"type":"text","old_text":"a\nb","new_text":"a\nc\n"}`, Field: "diff", Value: `"--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"`},
		{Params: `{"text1":"a\nb\n","text2":"a\nc\n","format":"simple"}`, Field: "diff", Value: `"- b\n+ c\n"`},
		{Params: `{"old_text":"a b\n","new_text":"a c\n","format":"inline"}`, Field: "diff", Value: `"a [-b-]{+c+}\n"`},
		{Params: `{"old_text":"a\n","new_text":"b\n","format":"context"}`, Field: "format", Value: `"context"`},
		{Params: `{"old_text":"a\nb\nc\n","new_text":"a\nc\n"}`, Field: "stats", Value: `{"additions":0,"deletions":1,"hunks":1,"similarity":0.8,"unchanged":2}`},
		{Params: `{"old_text":"","new_text":""}`, Field: "stats", Value: `{"additions":0,"deletions":0,"hunks":0,"similarity":1,"unchanged":0}`},
		{Params: `{"old_text":"a","new_text":"a"}`, Field: "identical", Value: `true`},
		{Params: `{"old_json":"12345678901234567","new_json":"12345678901234568"}`, Field: "identical", Value: `false`},
		{Params: `{"old_json":"[1]","new_json":"[1.0]"}`, Field: "identical", Value: `true`},
		{Params: `{"old_text":"A  b\n","new_text":"a b\n","ignore_whitespace":true,"ignore_case":true}`, Field: "identical", Value: `true`},
		{Params: `{"old_text":"A\n","new_text":"a\n","ignore_whitespace":true}`, Field: "identical", Value: `false`},
		{Params: `{"old_text":"a\nb\nc\nd\n","new_text":"a\nb\nc\nD\n","context_lines":0}`, Field: "diff", Value: `"--- old\n+++ new\n@@ -4 +4 @@\n-d\n+D\n"`},
		{Params: `{"old_file":"a","new_file":"b"}`, Field: "diff", Value: `"--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n"`},
		{Params: `{"old_file":"a","new_text":"x\ny\n"}`, Field: "identical", Value: `true`},
		{Params: `{"type":"json","old_file":"j","new_json":{"a":2}}`, Field: "patch", Value: `[{"op":"replace","path":"/a","value":2}]`},
		{Params: `{"old_json":"[1]","new_json":[1]}`, Field: "identical", Value: `true`},
		{Params: `{"old_json":{"a":1,"b":[1]},"new_json":{"a":1,"b":[]}}`, Field: "summary", Value: `{"added":0,"modified":0,"removed":1,"unchanged":1}`},

		{Params: `{"type":"text","new_text":"x"}`, Err: `"old_text" is missing`, Code: tool.InvalidParameters},
		{Params: `{"type":"text","old_text":"x"}`, Err: `"new_text" is missing`},
		{Params: `{"type":"xml","old_text":"x"}`, Err: `"type" is wrong`},
		{Params: `{"old_text":1}`, Err: `"old_text" is wrong`},
		{Params: `{"old_text":"","new_text":1}`, Err: `"new_text" is wrong`},
		{Params: `{"old_text":"x","new_text":"x","format":"html"}`, Err: `"format" is wrong`},
		{Params: `{"old_text":"x","new_text":"x","context_lines":-1}`, Err: `"context_lines" is wrong`},
		{Params: `{"old_text":"x","new_text":"x","ignore_case":1}`, Err: `"ignore_case" is wrong`},
		{Params: `{"old_text":"x","new_text":"x","ignore_whitespace":1}`, Err: `"ignore_whitespace" is wrong`},
		{Params: `{"old_text":"x","old_file":"a","new_text":"x"}`, Err: `"old_file" is given together with old_text`},
		{Params: `{"old_json":"{","new_json":"{}"}`, Err: `"old_json" is not JSON: line 1, column 1: unexpected end`},
		{Params: `{"old_json":"{}","new_json":"{\n\"a\":}"}`, Err: `line 2, column 5`},
		{Params: `{"type":"json","old_json":{},"new_file":"a"}`, Err: `"new_file" is not JSON`},
		{Params: `{"type":"json","old_json":{}}`, Err: `"new_json" is missing`},
		{Params: `{"old_file":"none","new_text":""}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"old_file":"/etc/passwd","new_text":""}`, Err: "denied", Code: tool.PermissionDenied},
		{Params: `{"old_file":"../x","new_text":""}`, Err: "denied", Code: tool.PermissionDenied},
		{Params: `{"old_file":"link","new_text":""}`, Err: "through a link", Code: tool.PermissionDenied},
		{Params: `{"old_text":"","new_file":5}`, Err: `"new_file" is wrong`},
		{Params: `{"old_file":"bin","new_text":""}`, Err: "no UTF-8 text", Code: tool.Unsupported},
		{Params: fmt.Sprintf(`{"old_text":%q,"new_text":""}`, strings.Repeat("x", maxDiffInput+1)), Err: "at most 16 MB", Code: tool.LimitExceeded},
		{Params: fmt.Sprintf(`{"old_json":%s1%s,"new_json":%s2%s}`, strings.Repeat(`{"a":`, 300), strings.Repeat("}", 300), strings.Repeat(`{"a":`, 300), strings.Repeat("}", 300)),
			Err: "200 deep", Code: tool.LimitExceeded},
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, params := range []string{`{"old_text":"a\nb\n","new_text":"b\na\n"}`, `{"old_file":"a","new_file":"b"}`, `{"old_json":[1,2],"new_json":[2,1]}`} {
		if _, err := r.Call(t, ctx, "diff-calculator", params); err == nil || err.Code != tool.Cancelled {
			t.Errorf("%s after cancellation: %v", params, err)
		}
	}
}
