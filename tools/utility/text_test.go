package utility

import (
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestTextManipulator(t *testing.T) {
	tooltest.New(t, Definitions()).Table(t, "text-manipulator", []tooltest.Want{
		{Params: `{"operation":"uppercase","input":"héllo"}`, Field: "result", Value: `"HÉLLO"`},
		{Params: `{"operation":"upper","text":"a"}`, Field: "operation", Value: `"uppercase"`},
		{Params: `{"operation":"lowercase","input":"ÀB"}`, Field: "result", Value: `"àb"`},
		{Params: `{"operation":"reverse","input":"añb"}`, Field: "result", Value: `"bña"`},
		{Params: `{"operation":"trim","input":" \t a b\n"}`, Field: "result", Value: `"a b"`},
		{Params: `{"operation":"trim","input":"  é  "}`, Field: "original_length", Value: `5`},
		{Params: `{"operation":"trim","input":"  é  "}`, Field: "result_length", Value: `1`},
		{Params: `{"operation":"replace","input":"a-b-c","from":"-","to":"+"}`, Field: "result", Value: `"a+b+c"`},
		{Params: `{"operation":"replace","input":"abc","options":{"from":"b","to":""}}`, Field: "result", Value: `"ac"`},
		{Params: `{"operation":"substring","input":"héllo","start":1,"end":3}`, Field: "result", Value: `"él"`},
		{Params: `{"operation":"substring","input":"hello","options":{"start":2}}`, Field: "result", Value: `"llo"`},
		{Params: `{"operation":"substring","input":"hello","start":2,"end":99}`, Field: "result", Value: `"llo"`},
		{Params: `{"operation":"substring","input":"hello","start":9,"end":99}`, Field: "result", Value: `""`},
		{Params: `{"operation":"split","input":"a,b,,c","delimiter":","}`, Field: "result", Value: `["a","b","","c"]`},
		{Params: `{"operation":"split","input":" a  b "}`, Field: "result", Value: `["a","b"]`},
		{Params: `{"operation":"split","input":"é1","delimiter":""}`, Field: "result_length", Value: `2`},
		{Params: `{"operation":"join","input":["a","b"],"delimiter":"-"}`, Field: "result", Value: `"a-b"`},
		{Params: `{"operation":"join","input":"a\nb\n","options":{"delimiter":", "}}`, Field: "result", Value: `"a, b"`},
		{Params: `{"operation":"join","input":[]}`, Field: "result", Value: `""`},
		{Params: `{"operation":"kebab_case","input":"parseHTTPRequest 2 xml_file"}`, Field: "result", Value: `"parse-http-request-2-xml-file"`},
		{Params: `{"operation":"title_case","input":"don't STOP\n  élan 2nd well-known, été "}`, Field: "result", Value: `"Don't Stop\n  Élan 2nd Well-Known, Été "`},
		{Params: `{"operation":"title_case","input":""}`, Field: "result", Value: `""`},
		{Params: `{"operation":"snake_case","input":"parseHTTPRequest 2 xml-file"}`, Field: "result", Value: `"parse_http_request_2_xml_file"`},
		{Params: `{"operation":"camel_case","input":"hello big_world"}`, Field: "result", Value: `"helloBigWorld"`},
		{Params: `{"operation":"pascal_case","input":"éa-world ID"}`, Field: "result", Value: `"ÉaWorldId"`},
		{Params: `{"operation":"camel_case","input":"--"}`, Field: "result", Value: `""`},
		{Params: `{"operation":"sanitize","input":"a\u0000b\u202ec\td\n\u0007"}`, Field: "result", Value: `"abc\td\n"`},
		{Params: `{"operation":"truncate","input":"hello world","max_length":8}`, Field: "result", Value: `"hello..."`},
		{Params: `{"operation":"truncate","input":"hello","max_length":5}`, Field: "result", Value: `"hello"`},
		{Params: `{"operation":"truncate","input":"hello","max_length":2}`, Field: "result", Value: `"he"`},
		{Params: `{"operation":"truncate","input":"hello","max_length":3,"ellipsis":"…"}`, Field: "result", Value: `"he…"`},
		{Params: `{"operation":"indent","input":"a\n\n b","spaces":2}`, Field: "result", Value: `"  a\n\n   b"`},
		{Params: `{"operation":"indent","input":"a"}`, Field: "result", Value: `"    a"`},
		{Params: `{"operation":"dedent","input":"    a\n\n      b\n    c"}`, Field: "result", Value: `"a\n\n  b\nc"`},
		{Params: `{"operation":"dedent","input":"\ta\n  b"}`, Field: "result", Value: `"\ta\n  b"`},
		{Params: `{"operation":"normalize_whitespace","input":" a \n\t b "}`, Field: "result", Value: `"a b"`},
		{Params: `{"operation":"word_wrap","input":"aaa bbb ccc","width":7}`, Field: "result", Value: `"aaa bbb\nccc"`},
		{Params: `{"operation":"word_wrap","input":"aaaaaaaa b\n  c","width":4}`, Field: "result", Value: `"aaaaaaaa\nb\n  c"`},

		{Params: `{"operation":"uppercase"}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: `{"input":"x"}`, Err: `"operation" is missing`},
		{Params: `{"input":"x","operation":"snakecase"}`, Err: `did you mean "snake_case"?`},
		{Params: `{"input":5,"operation":"trim"}`, Err: `expected a string or an array, got the number 5`},
		{Params: `{"input":["x"],"operation":"trim"}`, Err: "only join takes an array"},
		{Params: `{"input":[1],"operation":"join"}`, Err: `"input[1]" is wrong: expected a string`},
		{Params: `{"input":"x","operation":"replace","from":"x"}`, Err: `"to" is missing (the operation "replace" needs it)`},
		{Params: `{"input":"x","operation":"replace","from":"","to":"y"}`, Err: `"from" is wrong`},
		{Params: `{"input":"x","operation":"substring","start":3,"end":1}`, Err: `"start" is wrong: expected a number that is not after end, got the number 3`},
		{Params: `{"input":"x","operation":"substring","start":-1}`, Err: "got the number -1"},
		{Params: `{"input":"x","operation":"truncate"}`, Err: `"max_length" is missing`},
		{Params: `{"input":"x","operation":"indent","spaces":1001}`, Err: "between 0 and 1000"},
		{Params: `{"input":"x","operation":"word_wrap","width":0}`, Err: `"width" is wrong`},
		{Params: `{"input":"x","operation":"split","delimiter":1}`, Err: `"delimiter" is wrong`},
		{Params: `{"input":"x","operation":"join","options":[1]}`, Err: `"options" is wrong`},
		{Params: `{"input":"x","operation":"trim","options":{"with":1}}`, Err: `"options.with" is not known`},
		{Params: `{"input":"x","operation":"truncate","max_length":1,"ellipsis":2}`, Err: `"ellipsis" is wrong`},
	})
}

func FuzzText(f *testing.F) {
	f.Add("hello WORLD_x\n\ty", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = n & 0xff
		wordWrap(s, n+1)
		capitalized(identifierWords(s), 0)
		if got := dedent(indent(dedent(s), "  ")); got != dedent(dedent(s)) && dedent(s) == dedent(dedent(s)) {
			t.Errorf("indenting and dedenting %q gives %q", dedent(s), got)
		}
		cutRunes(s, n/2, n)
		if got := sanitize(s); sanitize(got) != got {
			t.Errorf("sanitize is not idempotent on %q", s)
		}
	})
}
