package utility

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestDataValidatorRules(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for _, tc := range []struct{ input, rule, bad string }{ // bad: the violations as field:rule
		{`"x"`, `{"type":"required"}`, ``}, {`null`, `{"type":"required"}`, `input:required`}, {`" "`, `{"type":"required"}`, `input:required`},
		{`0`, `{"type":"required"}`, ``}, {`false`, `{"type":"required"}`, ``},
		{`"x"`, `{"type":"type","expected":"string"}`, ``}, {`1`, `{"type":"type","expected":"string"}`, `input:type`},
		{`1.0`, `{"type":"type","expected":"integer"}`, ``}, {`1.5`, `{"type":"type","expected":"integer"}`, `input:type`},
		{`null`, `{"type":"type","expected":"null"}`, ``}, {`{}`, `{"type":"type","expected":"array"}`, ``}, {`[]`, `{"type":"type","expected":"table"}`, ``},
		{`true`, `{"type":"type","expected":"bool"}`, ``}, {`1`, `{"type":"type","expected":["string","number"]}`, ``},
		{`"äöü"`, `{"type":"length","min":3,"max":3}`, ``}, {`"ab"`, `{"type":"length","min":3}`, `input:length`}, {`[1,2]`, `{"type":"length","max":1}`, `input:length`},
		{`{"a":1}`, `{"type":"length","max":1}`, ``}, {`5`, `{"type":"length","max":1}`, `input:length`},
		{`5`, `{"type":"range","min":1,"max":10}`, ``}, {`11`, `{"type":"range","min":1,"max":10}`, `input:range`}, {`"5"`, `{"type":"range","min":1}`, `input:range`},
		{`"abc"`, `{"type":"pattern","regex":"^[a-c]+$"}`, ``}, {`"abd"`, `{"type":"pattern","pattern":"^[a-c]+$"}`, `input:pattern`},
		{`"a"`, `{"type":"enum","values":["a",1]}`, ``}, {`1.0`, `{"type":"enum","values":["a",1]}`, ``}, {`2`, `{"type":"enum","values":["a",1]}`, `input:enum`},
		{`"ann@example.com"`, `{"type":"email"}`, ``}, {`"ann@example"`, `{"type":"email"}`, `input:email`}, {`"Ann <ann@example.com>"`, `{"type":"email"}`, `input:email`},
		{`"https://example.com/a?b=c"`, `{"type":"url"}`, ``}, {`"example.com"`, `{"type":"url"}`, `input:url`}, {`"http:// a"`, `{"type":"url"}`, `input:url`},
		{`"2024-02-29"`, `{"type":"date"}`, ``}, {`"2023-02-29"`, `{"type":"date"}`, `input:date`}, {`"2024-02-29T13:45:00Z"`, `{"type":"date"}`, ``},
		{`"29.02.2024"`, `{"type":"date","format":"%d.%m.%Y"}`, ``}, {`"2024-02-29"`, `{"type":"date","format":"%d.%m.%Y"}`, `input:date`},
		{`"31.02.2024"`, `{"type":"date","format":"%d.%m.%Y"}`, `input:date`}, {`"1.3.2024"`, `{"type":"date","format":"%d.%m.%Y"}`, ``},
		{`"Feb 30 2024"`, `{"type":"date","format":"%b %d %Y"}`, `input:date`}, {`"9:05 PM"`, `{"type":"date","format":"%I:%M %p"}`, ``},
		{`[1,2]`, `{"type":"array","min_items":1,"max_items":2,"unique":true}`, ``}, {`[1,1.0]`, `{"type":"array","unique":true}`, `input:array`},
		{`[]`, `{"type":"array","min_items":1}`, `input:array`}, {`"x"`, `{"type":"array","min_items":1}`, `input:type`},
		{`["a",5]`, `{"type":"array","item_rules":[{"type":"type","expected":"string"}]}`, `[2]:type`},
		{`{"a":"x"}`, `{"type":"object","properties":{"a":{"rules":[{"type":"email"}]}}}`, `a:email`},
		{`{"a":"x","b":1}`, `{"type":"object","properties":{"a":[]},"additional_properties":false}`, `b:additional_properties`},
		{`{}`, `{"type":"object","required":["a"]}`, `a:required`},
		{`{"u":{"t":["a","B"]}}`, `{"u":{"properties":{"t":{"items":{"type":"lowercase"}}}}}`, `u.t[2]:custom`},
		// Fields, options and words.
		{`{"age":17}`, `{"name":{"required":true},"age":{"type":"integer","min":18}}`, `age:range name:required`},
		{`{"name":"x"}`, `{"name":"required|length:2,5","mail":"email"}`, `name:length`},
		{`{"name":"ab","tags":["x"]}`, `{"name":{"type":"string","min":3},"tags":{"type":"array","min":2}}`, `name:length tags:length`},
		{`{"length":"x"}`, `{"length":{"type":"integer"}}`, `length:type`}, {`"x"`, `{"length":{"min":2}}`, `input:length`},
		{`5`, `"range:1,4"`, `input:range`}, {`"c"`, `"in:a,b"`, `input:enum`}, {`"x"`, `"pattern:^y$"`, `input:pattern`}, {`"x"`, `"custom:uuid"`, `input:custom`},
		{`{"d":"x"}`, `{"d":{"date":true}}`, `d:date`}, {`{"d":"x"}`, `{"d":{"email":true,"url":true}}`, `d:email d:url`},
		// JSON Schema.
		{`{"a":{"b":5}}`, `{"type":"object","required":["a","c"],"properties":{"a":{"type":"object","properties":{"b":{"type":"number","exclusiveMaximum":5}}}}}`, `a.b:range c:required`},
		{`["x","y"]`, `{"type":"array","items":{"const":"x"},"maxItems":3,"uniqueItems":true}`, `[2]:enum`},
		{`{"x":1}`, `{"type":"object","additionalProperties":{"type":"string"}}`, `x:type`}, {`{"x":1}`, `{"type":"object","properties":{"x":true}}`, ``},
		{`"2024-01-01"`, `{"type":"string","format":"date"}`, ``}, {`"2024-01-01"`, `{"type":"string","format":"date-time"}`, ``}, {`"x"`, `{"type":"string","format":"uri"}`, `input:url`},
		{`null`, `{"type":"string","nullable":true}`, ``}, {`null`, `{"type":["string","null"]}`, ``}, {`null`, `{"type":"string"}`, `input:type`},
	} {
		res, err := r.Call(t, context.Background(), "data-validator", fmt.Sprintf(`{"input":%s,"rules":%s}`, tc.input, tc.rule))
		if err != nil {
			t.Errorf("%s with %s: %v", tc.input, tc.rule, err)
			continue
		}
		m := res.Value.(map[string]any)
		var got []string
		for _, e := range m["errors"].([]any) {
			v := e.(map[string]any)
			got = append(got, fmt.Sprintf("%s:%s", v["field"], v["rule"]))
		}
		if s := strings.Join(got, " "); s != tc.bad || m["valid"] != (tc.bad == "") {
			t.Errorf("%s with %s: %v, %s; want %s", tc.input, tc.rule, m["valid"], s, tc.bad)
		}
	}
}

func TestDataValidatorChecks(t *testing.T) {
	r := tooltest.New(t, Definitions())
	for name, texts := range map[string][2]string{ // a good one and a bad one
		"phone": {"+1 (555) 010-9999", "12345"}, "uuid": {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"},
		"credit_card": {"4111 1111 1111 1111", "4111 1111 1111 1112"}, "ip": {"::1", "1.2.3"}, "ipv4": {"192.0.2.1", "::1"},
		"ipv6": {"2001:db8::1", "192.0.2.1"}, "cidr": {"10.0.0.0/8", "10.0.0.0"}, "hostname": {"www.example.com", "-x.com"},
		"mac_address": {"00:00:5e:00:53:01", "00:00"}, "slug": {"a-b-1", "A b"}, "hex_color": {"#1e90ff", "1e90ff"},
		"iban": {"DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"}, "isbn": {"978-3-16-148410-0", "978-3-16-148410-1"},
		"semver": {"1.2.3-rc.1+b", "1.2"}, "json": {"{\"a\":1}", "{a}"}, "base64": {"aGVsbG8=", "*"}, "alpha": {"Äb", "a1"},
		"alphanumeric": {"a1", "a-1"}, "numeric": {"-1.5", "1e5"}, "ascii": {"abc", "ä"}, "lowercase": {"abc", "aBc"},
		"uppercase": {"ABC", "ABc"}, "time": {"13:45", "25:00"}, "email": {"a@b.co", "a b@c.d"}, "url": {"http://a", "//a"},
	} {
		for i, text := range texts {
			quoted, _ := json.Marshal(text)
			r.Table(t, "data-validator", []tooltest.Want{{Params: fmt.Sprintf(`{"input":%s,"rules":[{"type":"custom","name":%q}]}`, quoted, name), Field: "valid", Value: fmt.Sprint(i == 0)}})
		}
	}
	r.Table(t, "data-validator", []tooltest.Want{
		{Params: `{"input":"080442957X","rules":"isbn"}`, Field: "valid", Value: "true"},
		{Params: `{"input":"credit","rules":"credit_card"}`, Field: "valid", Value: "false"},
		{Params: `{"operation":"checks"}`, Field: "rules", Value: `["required","type","length","range","pattern","enum","email","url","date","custom","array","object"]`},
	})
}

func TestDataValidatorMessages(t *testing.T) {
	r := tooltest.New(t, Definitions())
	long := strings.Repeat("ü", 500)
	r.Table(t, "data-validator", []tooltest.Want{
		{Params: `{"input":5,"rules":[{"type":"email","message":"mail, please"}]}`, Field: "errors", Value: `[{"field":"input","message":"mail, please","rule":"email","value":5}]`},
		{Params: `{"input":{"a":[1]},"schema":{"properties":{"a":{"type":"string"}}}}`, Field: "errors",
			Value: `[{"field":"a","message":"a must be a string, not an array","rule":"type","value":"an array of 1 items"}]`},
		{Params: `{"input":{"a":null,"b":"abcd"},"schema":{"properties":{"a":{"$ref":"#/$defs/text"},"b":{"$ref":"#/$defs/text"}},"$defs":{"text":{"type":"string","maxLength":3}}}}`, Field: "errors",
			Value: `[{"field":"a","message":"a must be a string, not null","rule":"type","value":null},{"field":"b","message":"b must have at most 3 characters, not 4","rule":"length","value":"abcd"}]`},
		{Params: `{"input":[],"schema":{"items":{"format":"email"}}}`, Field: "valid", Value: `true`},
		{Params: `{"input":["a@b.co","x"],"schema":{"items":{"format":"email"}}}`, Field: "errors", Value: `[{"field":"[2]","message":"[2] must be of the format email","rule":"format","value":"x"}]`},
		{Params: `{"input":["x","x"],"rules":{"type":"array","min_items":3,"unique":true,"items":"email"}}`, Field: "errors",
			Value: `[{"field":"[1]","message":"[1] must be an e-mail address such as ann@example.com","rule":"email","value":"x"},{"field":"[2]","message":"[2] must be an e-mail address such as ann@example.com","rule":"email","value":"x"},` +
				`{"field":"input","message":"input must have at least 3 items, not 2, and must not hold the same item twice; items 1 and 2 are equal","rule":"array","value":"an array of 2 items"}]`},
		{Params: `{"rules":["required"]}`, Field: "errors", Value: `[{"field":"input","message":"input is required","rule":"required","value":null}]`},
		{Params: fmt.Sprintf(`{"input":%q,"rules":"email"}`, long), Field: "errors",
			Value: fmt.Sprintf(`[{"field":"input","message":"input must be an e-mail address such as ann@example.com","rule":"email","value":"%s…"}]`, long[:400])},

		{Params: `{"input":1}`, Err: `"rules" is missing (the operation "validate" needs one of rules, schema)`, Code: tool.InvalidParameters},
		{Params: `{"input":1,"rules":5}`, Err: `"rules" is wrong`},
		{Params: `{"operation":"frob"}`, Err: `"operation" is wrong`},
		{Params: `{"input":1,"schema":"x"}`, Err: `"schema" is wrong`},
		{Params: `{"input":1,"rules":[{"type":"emial"}]}`, Err: `parameter "rules[1].type" is wrong`, Code: tool.InvalidParameters},
		{Params: `{"input":1,"rules":[{"type":"emial"}]}`, Err: `did you mean "email"?`},
		{Params: `{"input":1,"rules":{"rules":[{"type":"length","mni":3}]}}`, Err: `"rules.rules[1]" lacks min or max`},
		{Params: `{"input":1,"rules":[{"type":"length","min":"3"}]}`, Err: `"rules[1].min" is wrong: expected a number`},
		{Params: `{"input":1,"rules":[{"type":"range"}]}`, Err: `lacks min or max`},
		{Params: `{"input":1,"rules":[{"type":"pattern"}]}`, Err: `lacks regex`},
		{Params: `{"input":1,"rules":[{"type":"pattern","regex":"(a"}]}`, Err: `is not a regular expression`},
		{Params: `{"input":1,"rules":[{"type":"pattern","regex":5}]}`, Err: `expected a regular expression`},
		{Params: `{"input":1,"rules":[{"type":"enum"}]}`, Err: `lacks values`},
		{Params: `{"input":1,"rules":[{"type":"enum","values":[]}]}`, Err: `expected an array of the allowed values`},
		{Params: `{"input":1,"rules":[{"type":"type"}]}`, Err: `lacks expected`},
		{Params: `{"input":1,"rules":[{"type":"type","expected":"strnig"}]}`, Err: `did you mean "string"?`},
		{Params: `{"input":1,"rules":[{"type":"custom"}]}`, Err: `lacks name`},
		{Params: `{"input":1,"rules":[{"type":"custom","name":"credit"}]}`, Err: `expected one of alpha`},
		{Params: `{"input":1,"rules":[{"type":"date","format":"nonsense"}]}`, Err: `is no format of dates`},
		{Params: `{"input":1,"rules":{"type":"string","format":"frob"}}`, Err: `names the format "frob", which this tool does not check`},
		{Params: `{"input":1,"rules":{"type":"string","anyOf":[]}}`, Err: `"rules.anyOf" is no rule that this tool knows`},
		{Params: `{"input":1,"schema":{"properties":{"a":{"anyOf":[]}}}}`, Err: `"schema.properties.a.anyOf" makes no JSON Schema that can be used`, Code: tool.InvalidParameters},
		{Params: `{"input":1,"rules":[{"type":"array","unique":"yes"}]}`, Err: `expected a boolean`},
		{Params: `{"input":1,"rules":[{"type":"object","properties":5}]}`, Err: `expected an object of fields`},
		{Params: `{"input":1,"rules":[{"type":"object","required":[5]}]}`, Err: `expected an array of strings`},
		{Params: `{"input":1,"rules":"min:x"}`, Err: `expected a number`},
		{Params: `{"input":1,"rules":"email:x"}`, Err: `takes no arguments`},
		{Params: `{"input":1,"rules":[{"type":"email","message":5}]}`, Err: `"rules[1].message" is wrong`},
		{Params: `{"input":1,"rules":[{"length":5}]}`, Err: `an object with min and max`},
		{Params: `{"input":1,"rules":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, Err: "nested more than 32 deep"},
		{Params: `{"input":1,"rules":[` + strings.Repeat(`"email",`, 10_000) + `"email"]}`, Err: "more than 10000 rules"},
	})
}

func TestDataValidatorBounds(t *testing.T) {
	r := tooltest.New(t, Definitions())
	many := "[" + strings.Repeat("1,", 4999) + "1]"
	params := `{"input":` + many + `,"rules":{"item_rules":"email"}}`
	res, err := r.Call(t, context.Background(), "data-validator", params)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(res.Value.(map[string]any)["errors"].([]any)); n != 1000 {
		t.Errorf("%d violations are reported; want 1000", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Call(t, ctx, "data-validator", params); err == nil || err.Code != tool.Cancelled {
		t.Errorf("after cancellation: %v", err)
	}
}
