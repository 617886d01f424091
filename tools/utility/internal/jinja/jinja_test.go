package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/tools/utility/internal/render"
)

const data = `{"name":"Ann","n":5,"f":2.5,"neg":-7,"t":true,"nil":null,"html":"<b>&'\"","list":[3,1,2],"words":["b","A","c","a"],"empty":[],
"user":{"name":"Bob","tags":["x","y"],"address":{"city":"Rome"}},"users":[{"name":"Zed","age":30,"on":true},{"name":"amy","age":20,"on":false},{"name":"Bea","age":30,"on":true}],
"tree":[{"v":1,"kids":[{"v":2,"kids":[]},{"v":3,"kids":[{"v":4,"kids":[]}]}]}],"text":"one two  three\nfour"}`

func values(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRender(t *testing.T) {
	for _, tc := range [][2]string{
		{"", ""}, {"plain { } % text", "plain { } % text"}, {"{{ name }}!", "Ann!"}, {"{{name}}{{ nothing }}", "Ann"}, {"{# c #}x{#- c -#} y", "xy"},
		{"a  {{- name -}}  b", "aAnnb"}, {"{% raw %}{{ x }}{% endraw %}!", "{{ x }}!"}, {"a {%- raw -%} {{ {% endraw %}", "a{{ "}, {"{% verbatim %}{%{% endverbatim %}", "{%"},
		// Expressions.
		{"{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 2 ** 10 }}", "7 9 3.5 3 3 -4 1 2 1024"},
		{"{{ 9007199254740993 + 1 }} {{ 1e3 }} {{ 0.1 + 0.2 }} {{ 1_000 }} {{ -n }} {{ +n }} {{ -2|abs }}", "9007199254740994 1000 0.30000000000000004 1000 -5 5 2"},
		{"{{ 'a' ~ 1 ~ true }} {{ 'a' + 'b' }} {{ 'ab' * 3 }} {{ [1] + [2] }} {{ [0] * 2 }}", "a1true ab ababab [1, 2] [0, 0]"},
		{"{{ 1 == 1.0 }} {{ 'a' != 'b' }} {{ 1 < 2 }} {{ 'b' >= 'a' }} {{ [1,2] < [1,3] }} {{ {'a':1} == {'a':1} }}", "true true true true true true"},
		{"{{ 2 in list }} {{ 9 not in list }} {{ 'nn' in name }} {{ 'name' in user }} {{ not t }} {{ !t }}", "true true true true false false"},
		{"{{ '' or 'x' }} {{ t and 'y' }} {{ nil || 'z' }} {{ t && 1 }}", "x y z 1"}, {"{{ 'a' if t else 'b' }}{{ 'a' if nil else 'b' }}{{ 'a' if nil }}", "ab"},
		{"{{ user.name }} {{ user['name'] }} {{ user.address.city }} {{ list[0] }} {{ list[-1] }} {{ list.1 }} {{ name[0] }} {{ name[-1] }}", "Bob Bob Rome 3 2 1 A n"},
		{"{{ list[1:] }} {{ list[:2] }} {{ list[::-1] }} {{ name[1:] }} {{ name[::-1] }} {{ list[5:] }} {{ list[::2] }}", "[1, 2] [3, 1] [2, 1, 3] nn nnA [] [3, 2]"},
		{`{{ "a\n\t\"'" }} {{ 'it''s' }} {{ (1, 2) }} {{ {"k": [1, {}]} }} {{ true }} {{ none }}`, "a\n\t\"' its [1, 2] {\"k\":[1,{}]} true "},
		// Statements.
		{"{% if n > 4 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "a"}, {"{% if n < 4 %}a{% elif n > 3 %}b{% else %}c{% endif %}", "b"}, {"{% if nil %}a{% else if nil %}b{% else %}c{% endif %}", "c"},
		{"{% for x in list %}{{ loop.index }}:{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "1:3, 2:1, 3:2"},
		{"{% for x in empty %}x{% else %}none{% endfor %}{% for x in nil %}x{% endfor %}", "none"}, {"{% for k, v in user.address %}{{ k }}={{ v }}{% endfor %}", "city=Rome"},
		{"{% for k in user %}{{ k }} {% endfor %}", "address name tags "}, {"{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }} {% endfor %}", "12 34 "},
		{"{% for u in users if u.on %}{{ u.name }} {% endfor %}", "Zed Bea "}, {"{% for x in range(9) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}", "013"},
		{"{% for n in tree recursive %}{{ n.v }}{{ loop.depth }}{% if n.kids %}({{ loop(n.kids) }}){% endif %} {% endfor %}", "11(22 32(43 ) ) "},
		{"{% for x in list %}{{ loop.cycle('a','b') }}{{ loop.first }}{{ loop.revindex0 }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}", "atrue21 bfalse132 afalse01 "},
		{"{% for x in [1,1,2] %}{{ loop.changed(x) }} {% endfor %}", "true false true "}, {"{% for c in 'äb' %}{{ c }}.{% endfor %}", "ä.b."},
		{"{% set x = 1 %}{% set y, z = 2, 3 %}{{ x }}{{ y }}{{ z }}", "123"}, {"{% set x %}hi {{ name }}{% endset %}{{ x }}", "hi Ann"}, {"{% set x | upper %}hi{% endset %}{{ x }}", "HI"},
		{"{% set x = 1 %}{% for i in list %}{% set x = i %}{% endfor %}{{ x }}", "1"}, {"{% set x = 1 %}{% for i in list %}{% set_global x = i %}{% endfor %}{{ x }}", "2"},
		{"{% set ns = namespace(total=0) %}{% for i in list %}{% set ns.total = ns.total + i %}{% endfor %}{{ ns.total }}", "6"}, {"{% with a = 1, b = a + 1 %}{{ a }}{{ b }}{% endwith %}{{ a }}", "12"},
		{"{% macro m(a, b=2) %}[{{ a }}{{ b }}{{ varargs }}]{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}{{ m(1, 2, 3) }}", "[12[]][13[]][12[3]]"},
		{"{% macro m(a) %}<{{ a }}>{% endmacro %}{{ self::m(a=1) }}{{ self.m(2) }}", "<1><2>"}, {"{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210"},
		{"{% macro box(t) %}<{{ t }}>{{ caller() }}</{{ t }}>{% endmacro %}{% call box('p') %}hi{% endcall %}", "<p>hi</p>"},
		{"{% macro each(l) %}{% for x in l %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(x) each(list) %}({{ x }}){% endcall %}", "(3)(1)(2)"},
		{"{% filter upper|replace('A','o') %}abc{% endfilter %}", "oBC"}, {"{% do 1 %}x", "x"}, {"{% autoescape true %}{{ html }}{% endautoescape %}", "&lt;b&gt;&amp;&#39;&quot;"},
		{"{% autoescape true %}{{ html|safe }}{{ '<'|escape }}{% endautoescape %}{{ '<'|e }}", "<b>&'\"&lt;&lt;"},
		// Filters.
		{"{{ nothing|default('d') }} {{ ''|default('d') }} {{ ''|d('d', true) }} {{ no.such.thing|default(value='v') }} {{ user.no|default('n') }}", "d  d v n"},
		{"{{ name|upper }} {{ name|lower }} {{ 'a bc'|title }} {{ 'aBC'|capitalize }} {{ ' x '|trim }} {{ 'xax'|trim('x') }} {{ name|reverse }} {{ list|reverse }}", "ANN ann A Bc Abc x a nnA [2, 1, 3]"},
		{"{{ list|length }} {{ name|count }} {{ list|first }} {{ list|last }} {{ list|sum }} {{ list|min }} {{ list|max }} {{ users|sum(attribute='age') }}", "3 3 3 2 6 1 3 80"},
		{"{{ list|sort }} {{ words|sort }} {{ words|sort(case_sensitive=true) }} {{ list|sort(reverse=true) }} {{ users|sort(attribute='age')|map(attribute='name')|join(',') }}", `[1, 2, 3] [A, a, b, c] [A, a, b, c] [3, 2, 1] amy,Zed,Bea`},
		{"{{ [1,1,'a','A']|unique }} {{ list|join('-') }} {{ list|join(sep='+') }} {{ users|map(attribute='name')|list }} {{ words|map('upper')|join }}", `[1, a] 3-1-2 3+1+2 [Zed, amy, Bea] BACA`},
		{"{{ users|selectattr('on')|map(attribute='name')|join(' ') }} {{ users|rejectattr('on')|map(attribute='name')|join }} {{ list|select('odd')|list }} {{ list|reject('gt', 2) }} {{ users|selectattr('age', '>', 25)|length }}", "Zed Bea amy [3, 1] [1, 2] 2"},
		{"{{ 2.567|round(1) }} {{ 2.5|round }} {{ 2.1|round(method='ceil') }} {{ 2.9|round(0,'floor') }} {{ '42'|int }} {{ 'x'|int(7) }} {{ '2.5'|float }} {{ 3.9|int }} {{ 'ff'|int(base=16) }} {{ -3|abs }}", "2.6 3 3 2 42 7 2.5 3 255 3"},
		{"{{ 'a-b-c'|replace('-', '+') }} {{ 'aaa'|replace('a','b',2) }} {{ 'a b'|urlencode }} {{ {'a b': 1}|urlencode }} {{ '<p>x <b>y</b></p>'|striptags }} {{ 'a b c'|wordcount }}", "a+b+c bba a%20b a+b=1 x y 3"},
		{"{{ 'hello world'|truncate(8, true, leeway=0) }} {{ 'hello world'|truncate(length=5) }} {{ 'hi'|center(6) }}| {{ '%s=%05.1f'|format('x', 2.25) }}", "hello... hello…   hi  | x=002.2"},
		{"{{ user|tojson }} {{ list|json_encode(pretty=true)|length }} {{ 'a\nb'|indent(2) }} {{ text|wordwrap(7) }}", "{\"address\":{\"city\":\"Rome\"},\"name\":\"Bob\",\"tags\":[\"x\",\"y\"]} 17 a\n  b one two\nthree\nfour"},
		{"{{ {'b':1,'a':2}|dictsort }} {{ {'b':1,'a':2}|dictsort(by='value') }} {{ {'b':1}|items }} {{ 1500|filesizeformat }} {{ 2048|filesizeformat(true) }} {{ 1|filesizeformat }}", `[[a, 2], [b, 1]] [[b, 1], [a, 2]] [[b, 1]] 1.5 kB 2.0 KiB 1 Byte`},
		{"{{ 'a' is in ['a','b'] }}{{ 1 is in [] }}{{ 3 is not in [3] }}", "truefalsefalse"},
		{"{% for g, l in users|groupby('age') %}{{ g }}:{{ l|length }} {% endfor %}{{ (users|group_by(attribute='age')).30|length }}", "20:1 30:2 2"},
		{"{{ [1,2,3,4,5]|batch(2)|list }} {{ [1,2,3]|batch(2, 0) }} {{ [1,2,3]|slice(2) }} {{ [1,2,3]|slice(start=1) }} {{ list|nth(n=1) }} {{ user|get(key='name') }} {{ user|get(key='q', default='r') }}", "[[1, 2], [3, 4], [5]] [[1, 2], [3, 0]] [[1, 2], [3]] [2, 3] 1 Bob r"},
		{"{{ 'Hello, World!'|slugify }} {{ 1|pluralize }}{{ 2|pluralize }} {{ 'a,b'|split(pat=',') }} {{ 'a\nb'|linebreaksbr }} {{ users|filter(attribute='age', value=20)|length }} {{ [1]|concat(with=[2]) }} {{ '<a> <b>'|spaceless }}", "hello-world s [a, b] a<br>b 1 [1, 2] <a><b>"},
		// Tests, functions and methods.
		{"{{ n is odd }} {{ n is not even }} {{ n is divisibleby 5 }} {{ n is divisibleby(3) }} {{ x is defined }} {{ x is undefined }} {{ nil is none }} {{ name is string }} {{ f is float }} {{ list is iterable }} {{ user is mapping }} {{ n is gt 4 }}", "true true true false false true true true true true true true"},
		{"{{ name is starting_with('A') }} {{ name is ending_with 'n' }} {{ list is containing(1) }} {{ 1 is in list }} {{ 'a' is lower }} {{ 'A' is upper }} {{ n is eq 5 }} {{ t is true }} {{ t is boolean }} {{ n is number }}", "true true true true true true true true true true"},
		{"{{ range(3) }} {{ range(1, 10, 4) }} {{ range(3, 0, -1) }} {{ range(start=1, end=3) }} {{ dict(a=1) }}", "[0, 1, 2] [1, 5, 9] [3, 2, 1] [1, 2] {\"a\":1}"},
		{"{% set j = joiner('; ') %}{% for x in list %}{{ j() }}{{ x }}{% endfor %}", "3; 1; 2"}, {"{{ name.upper() }} {{ 'a b'.split() }} {{ 'a,b'.split(',') }} {{ ','.join(words) }} {{ name.startswith('A') }} {{ ' x'.strip() }}", `ANN [a, b] [a, b] b,A,c,a true x`},
		{"{% for k, v in user.address.items() %}{{ k }}{{ v }}{% endfor %} {{ user.address.keys() }} {{ user.get('zip', 'none') }}", `cityRome [city] none`},
		// Other templates.
		{"{% include 'part' %}", "[Ann]"}, {"{% include ['no', 'part'] %}{% include 'no' ignore missing %}", "[Ann]"}, {"{% set name = 'Cy' %}{% include 'part' %}{% include 'part' without context %}", "[Cy][]"},
		{"{% import 'lib' as l %}{{ l.hi('x') }} {{ l.v }}", "hi x 1"}, {"{% import 'lib' as l %}{{ l::hi(x='y') }}", "hi y"}, {"{% from 'lib' import hi as h, v %}{{ h(v) }}", "hi 1"},
		{"{% extends 'base' %}ignored{% block a %}A{{ super() }}{% endblock %}", "<A(a)|b>"}, {"{% extends 'mid' %}{% block b %}B{{ super() }}{% endblock a %}", "<mid(a)|Bb>"}, {"{% block x %}x{% endblock x %}{{ self.x() }}", "xx"},
	} {
		got, err := Render(context.Background(), tc[0], values(t), Options{Templates: map[string]string{
			"part": "[{{ name }}]", "lib": "{% set v = 1 %}{% macro hi(x) %}hi {{ x }}{% endmacro %}",
			"base": "<{% block a %}(a){% endblock %}|{% block b %}b{% endblock %}>", "mid": "{% extends 'base' %}{% block a %}mid{{ super() }}{% endblock %}"}})
		if err != nil || got != tc[1] {
			t.Errorf("%s\ngot  %q, %v\nwant %q", tc[0], got, err, tc[1])
		}
	}
}

// What Jinja2 prints for these was read off Jinja2 3.1.
func TestPython(t *testing.T) {
	for _, tc := range [][2]string{
		{"{{ list }} {{ t }} {{ nil }} {{ not t }} {{ f }} {{ words }}", "[3, 1, 2] True None False 2.5 ['b', 'A', 'c', 'a']"},
		{"{{ user.address }} {{ {'a': [true, none, \"it's\", 'a\nb']} }} {{ [] }} {{ {} }} {{ 'x' ~ true }}", `{'city': 'Rome'} {'a': [True, None, "it's", 'a\nb']} [] {} xTrue`},
		{"{{ [true, none]|join(' ') }} {{ nothing }}|{{ user|pprint }}", "True None |{'address': {'city': 'Rome'}, 'name': 'Bob', 'tags': ['x', 'y']}"},
		{"{{ 'é😀'|tojson }}", `"\u00e9\ud83d\ude00"`}, {"a\n", "a"}, {"a\n\n", "a\n"}, {"a\r\n", "a"}, {"{{ 1 }}\n", "1"}, {"{% include 'part' %}!", "[Ann]!"},
		{"{{ user|tojson }} {{ ':,'|tojson }} {{ [1, {'k': 'a\\\\\"b, c: d'}]|tojson }}", `{"address": {"city": "Rome"}, "name": "Bob", "tags": ["x", "y"]} ":," [1, {"k": "a\\\"b, c: d"}]`},
		{"{{ 'hello world'|truncate(8) }} {{ 'hello wide world'|truncate(8) }} {{ 'hello wide world'|truncate(9, true) }} {{ 'hello world'|truncate(7, leeway=0, end='!') }}", "hello world hello... hello ... hello!"},
		{"{% set c = cycler('a', 'b') %}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{% do c.reset() %}{{ c.next() }}", "aababa"},
		{"{% for g in users|groupby('age') %}{{ g.grouper }}:{{ g.list|length }} {% endfor %}", "20:1 30:2 "},
		{"<i{{ {'id': 1, 'title': html, 'no': none}|xmlattr }}>", `<i id="1" title="&lt;b&gt;&amp;&#39;&#34;">`},
		{"{% autoescape true %}{{ [html] }}{% endautoescape %}", `[&#39;&lt;b&gt;&amp;\&#39;&#34;&#39;]`},
	} {
		got, err := Render(context.Background(), tc[0], values(t), Options{Python: true, Templates: map[string]string{"part": "[{{ name }}]\n"}})
		if err != nil || got != tc[1] {
			t.Errorf("%s\ngot  %q, %v\nwant %q", tc[0], got, err, tc[1])
		}
	}
}

// A string of JSON must not end the script element or the attribute it is in.
func TestJSONInHTML(t *testing.T) {
	for _, o := range []Options{{}, {Python: true}, {Escape: true}, {Python: true, Escape: true}} {
		got, err := Render(context.Background(), "{{ x|tojson }}", map[string]any{"x": "</script>&'\u2028"}, o)
		if want := `"\u003c/script\u003e\u0026\u0027\u2028"`; err != nil || got != want {
			t.Errorf("%+v: got %q, %v, want %q", o, got, err, want)
		}
	}
	got, err := Render(context.Background(), "{{ x|json_encode }} {{ x|json_encode|safe }}", map[string]any{"x": "<"}, Options{Escape: true})
	if want := `&quot;&lt;&quot; "<"`; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	_, err = Render(context.Background(), "{{ x|xmlattr }}", map[string]any{"x": map[string]any{"a onclick=": 1}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "cannot be the name of an attribute") {
		t.Errorf("xmlattr with a bad name: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range [][2]string{
		{"a\n{{ ", "line 2: a tag is never closed with }}"}, {"{{ 'a }}", "never closed with '"}, {"{% if x %}", "the block that begins on line 1 is never closed with {% endif %}"},
		{"{# x", "never closed with #}"}, {"{% raw %}x", "never closed with {% endraw %}"}, {"{% for x in y %}{% endif %}", "expected {% endfor %}"}, {"{% endif %}", "{% endif %} closes nothing"},
		{"{% frob %}", "there is no statement {% frob %}"}, {"{{ x | frob }}", `there is no filter "frob"`}, {"{{ 1 is frob }}", `there is no test "frob"`}, {"{{ frob() }}", `there is no function "frob"`},
		{"{{ 1 + }}", "expected a value, found }}"}, {"{{ }}", "expected a value"}, {"{{ a b }}", "expected }}, found b"}, {"{{ a.b }}", `a has no value, so it has no member "b"`}, {"{{ 1 / 0 }}", "division by zero"},
		{"{{ 1 // 0 }}", "division by zero"}, {"{{ 1 % 0 }}", "division by zero"}, {"{{ 'a' - 1 }}", "needs two numbers, not a string and a number"}, {"{{ 1 < 'a' }}", "cannot compare a number with a string"}, {"{{ -'a' }}", "needs a number"},
		{"{{ 10 ** 400 }}", "is no number"}, {"{% for x in 5 %}{% endfor %}", "cannot loop over a number"}, {"{% for a, b in [1] %}{% endfor %}", "cannot unpack a number into 2 names"}, {"{% break %}", "outside of a loop"},
		{"{{ list['a'] }}", "a list is indexed by whole numbers"}, {"{{ 5[1:] }}", "cannot take a slice of a number"}, {"{{ list[::0] }}", "the step of a slice cannot be 0"}, {"{{ name() }}", "a string cannot be called"},
		{"{% set a.b = 1 %}", "only attributes of a namespace()"}, {"{% include '/etc/passwd' %}", `there is no template named "/etc/passwd" among the templates that were passed; files are never read`},
		{"{% extends '../x' %}", "files are never read"}, {"{% import 'x' as y %}", "files are never read"}, {"{% include 'bad' %}", `in the template "bad": line 1`}, {"{% block a %}{% endblock %}{% block a %}{% endblock %}", "defined twice"},
		{"{{ get_env(name='HOME') }}", "templates cannot read the environment"}, {"{{ throw(message='no') }}", "the template threw: no"}, {"{% call 5 %}{% endcall %}", "needs the call of a macro"}, {"{{ super() }}", "no function"},
		{"{{ '%d'|format }}", "fewer arguments than verbs"}, {"{{ '%9999d'|format(1) }}", "not a number up to 1000"}, {"{{ '%q'|format(1) }}", "no verb %q"}, {"{{ 5|join }}", "needs a list"}, {"{{ {}|abs }}", "needs a number"},
		{"{{ 99999999999999999999e999 }}", "is no number"}, {"{{ a(b=1, 2) }}", "behind one with a name"}, {"{{ @ }}", "unexpected @"}, {"{{ name[] }}", "expected a key"}, {"{{ \xff }}", "unexpected"},
	} {
		got, err := Render(context.Background(), tc[0], values(t), Options{Templates: map[string]string{"bad": "{{"}})
		if err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%s: got %q, %v; want the error %q", tc[0], got, err, tc[1])
		}
	}
	if _, err := Render(context.Background(), "{{ x }}", nil, Options{Strict: true}); err == nil || !strings.Contains(err.Error(), "line 1: x has no value") {
		t.Errorf("a missing value in strict mode: %v", err)
	}
	if err := Check("{{ x"); err == nil {
		t.Error("Check accepts a broken template")
	}
}

// bombs are templates that would take all time, memory or stack.
func bombs() map[string]string {
	return map[string]string{
		"loops":         "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
		"output":        "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
		"doubling":      "{% set x = 'xxxxxxxx' %}" + strings.Repeat("{% set x = x ~ x %}", 60),
		"adding":        "{% set x = 'xxxxxxxx' %}" + strings.Repeat("{% set x = x + x %}", 60),
		"lists":         "{% set x = [1] %}" + strings.Repeat("{% set x = x + x %}", 60),
		"nested lists":  "{% set x = [1] %}" + strings.Repeat("{% set x = [x, x] %}", 60) + "{{ x }}",
		"nested equal":  "{% set x = [1] %}" + strings.Repeat("{% set x = [x, x] %}", 60) + "{{ x == x }}",
		"repeat":        "{{ 'x' * 99999999999 }}",
		"repeat twice":  "{{ 'x' * 100000 * 100000 }}",
		"repeat list":   "{{ [1] * 99999999999 }}",
		"range":         "{{ range(99999999999) }}",
		"center":        "{{ 'x'|center(99999999999) }}",
		"replace":       "{% set x = 'x' * 100000 %}{{ x|replace('x', x) }}",
		"join":          "{% set x = 'x' * 1000000 %}{{ range(99999)|join(x) }}",
		"indent":        "{% set x = '\n' * 100000 %}{{ x|indent(x) }}",
		"macro":         "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"macros":        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}",
		"include":       "{% include 'self' %}",
		"extends":       "{% extends 'ext' %}",
		"recursive":     "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
		"parens":        "{{ " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000) + " }}",
		"brackets":      "{{ " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + " }}",
		"nots":          "{{ " + strings.Repeat("not ", 100_000) + "1 }}",
		"minus":         "{{ " + strings.Repeat("-", 100_000) + "1 }}",
		"ifs":           strings.Repeat("{% if 1 %}", 50_000),
		"inline ifs":    "{{ " + strings.Repeat("1 if 1 else ", 50_000) + "1 }}",
		"block":         "{% block a %}{{ self.a() }}{% endblock %}",
		"namespace":     "{% set n = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
		"filter blocks": strings.Repeat("{% filter replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') %}", 100) + "x" + strings.Repeat("{% endfilter %}", 100),
	}
}

func TestBombs(t *testing.T) {
	for name, src := range bombs() {
		start := time.Now()
		_, err := Render(context.Background(), src, nil, Options{Templates: map[string]string{"self": "{% include 'self' %}", "ext": "{% extends 'ext' %}"}})
		if !errors.Is(err, render.ErrLimit) {
			t.Errorf("%s: %v; want the error of a limit", name, err)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	long := strings.Repeat("x", render.MaxTemplate+1)
	if _, err := Render(context.Background(), long, nil, Options{}); !errors.Is(err, render.ErrLimit) {
		t.Errorf("a long template: %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := Render(ctx, bombs()["loops"], nil, Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("{% for k, v in user.items() %}{{ loop.index }}{{ k|upper ~ v }}{% else %}{% endfor %}")
	f.Add("{% set x = [1, 2][::-1] %}{{ x|join(',') if x is iterable else -x }}{% macro m(a=1) %}{{ a }}{% endmacro %}{{ m() }}")
	f.Add("{% raw %}{{{% endraw %}{%- filter e -%}<{% endfilter %}{{ '%5.2f'|format(f) }}")
	for _, src := range bombs() {
		if len(src) < 1000 {
			f.Add(src)
		}
	}
	v := values(f)
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // bombs are tested above
		defer cancel()
		_, _ = Render(ctx, src, v, Options{Templates: map[string]string{"self": src}})
	})
}
