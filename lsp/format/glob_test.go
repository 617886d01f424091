package format

import (
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, tt := range []struct{ pattern, yes, no string }{
		{"*", "a.lua sub/a.lua .x", ""},
		{"*.lua", "a.lua sub/a.lua sub/deep/a.lua", "a.luax a.txt"},
		{"*.{lua,luau}", "a.lua sub/a.luau", "a.txt a.{lua,luau}"},
		{"sub/*.lua", "sub/a.lua", "a.lua sub/deep/a.lua x/sub/a.lua"},
		{"/sub/*.lua", "sub/a.lua", "a.lua x/sub/a.lua"},
		{"/*.lua", "a.lua", "sub/a.lua"},
		{"sub/**", "sub/a.lua sub/deep/a.lua", "a.lua subs/a.lua"},
		{"sub/**/*.lua", "sub/a.lua sub/x/y/a.lua", "a.lua"},
		{"sub/**.lua", "sub/a.lua sub/x/y/a.lua", "a.lua"},
		{"**/sub/*.lua", "sub/a.lua x/sub/a.lua x/y/sub/a.lua", "xsub/a.lua sub/x/a.lua"},
		{"**.lua", "a.lua x/a.lua", "a.txt"},
		{"{a,b}/*.lua", "a/x.lua b/x.lua", "c/x.lua a/b/x.lua"},
		{"{a,b/{c,d}}/*.lua", "a/x.lua b/c/x.lua b/d/x.lua", "b/x.lua"},
		{"{,x}.lua", ".lua x.lua", "y.lua"},
		{"v{1..3}.lua", "v1.lua v3.lua s/v2.lua", "v0.lua v4.lua v.lua va.lua"},
		{"v{3..-1}.lua", "v-1.lua v0.lua", "v-2.lua"},
		{"{v{1..3},w}.lua", "v1.lua w.lua", "v4.lua"},
		{"[abc].lua", "a.lua x/c.lua", "d.lua ab.lua"},
		{"[a-c].lua", "b.lua", "d.lua -.lua"},
		{"[a-].lua", "-.lua a.lua", "b.lua"},
		{"[!a-c].lua", "d.lua", "b.lua"},
		{"x[!y]z", "xaz", "x/z xyz"},
		{"?.lua", "a.lua é.lua", "ab.lua .lua"},
		{"a?b/c", "axb/c", "a/b/c"},
		{`\*.lua`, "*.lua", "a.lua"},
		{"{single}.lua", "{single}.lua", "single.lua"},
		{"{open,x.lua", "{open,x.lua", "open x.lua"},
		{"[open.lua", "[open.lua", "o.lua"},
		{"ä(b)+.lua", "ä(b)+.lua", "äbb.lua"},
		{strings.Repeat("*", maxPattern+1), "", "a"},
	} {
		for _, name := range strings.Fields(tt.yes) {
			if !matches(tt.pattern, name) {
				t.Errorf("%s does not mean %s", tt.pattern, name)
			}
		}
		for _, name := range strings.Fields(tt.no) {
			if matches(tt.pattern, name) {
				t.Errorf("%s means %s", tt.pattern, name)
			}
		}
	}
}

// FuzzMatches reads any pattern, and finds that what it escapes stands for itself.
func FuzzMatches(f *testing.F) {
	f.Add("**/{a,b{1..3}}/[!x-z]?.lua", "a/b.lua")
	f.Add("[]]", "]")
	f.Add("{{{{,", "\\")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		matches(pattern, name)
		var escaped strings.Builder
		for _, c := range name {
			if c < 0x80 {
				escaped.WriteByte('\\')
			}
			escaped.WriteRune(c)
		}
		if len(name) > 100 || strings.ContainsRune(escaped.String(), '\uFFFD') || strings.HasPrefix(name, "/") {
			return
		}
		if !matches(escaped.String(), name) {
			t.Errorf("%q does not mean %q", escaped.String(), name)
		}
	})
}
