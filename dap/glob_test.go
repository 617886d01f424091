package dap

import (
	"strings"
	"testing"
)

func TestPathGlobs(t *testing.T) {
	tests := []struct{ patterns, path, want string }{
		{"/ws/lib/**", "/ws/lib/a/b.lua", "in"},
		{"/ws/lib/**", "/ws/libs/a.lua", "out"},
		{"/ws/*.lua", "/ws/a.lua", "in"},
		{"/ws/*.lua", "/ws/lib/a.lua", "out"},
		{"lib/**", "/ws/lib/a.lua", "in"},
		{"./lib/*", "/ws/lib/a.lua", "in"},
		{"lib/**", "/other/lib/a.lua", "out"},
		{"**/lib/*.lua", "/other/lib/a.lua", "in"},
		{"**/lib/*.lua", "/lib/a.lua", "in"},
		{"a.lua", "/any/where/a.lua", "in"},
		{"a.lua", "/any/where/ba.lua", "out"},
		{"?.lua", "/x/é.lua", "in"},
		{"{a,b}.lua", "/x/b.lua", "in"},
		{"{a,b}.lua", "/x/c.lua", "out"},
		{"[a-c].lua", "/x/b.lua", "in"},
		{"[!a-c].lua", "/x/b.lua", "out"},
		{"a+b(c).lua", "/x/a+b(c).lua", "in"},
		{"a.b", "/x/a-b", "out"},
		{"/ws/** !/ws/mine/**", "/ws/mine/a.lua", "out"},
		{"/ws/** !/ws/mine/**", "/ws/theirs/a.lua", "in"},
		{"!a.lua a.lua", "/ws/a.lua", "in"},
		{`C:\lib\**`, "C:/lib/a.lua", "in"},
		{"<memory>/**", "<memory>/=text", "in"},
	}
	for _, tt := range tests {
		g, err := pathGlobs(strings.Fields(tt.patterns), "/ws")
		if err != nil {
			t.Errorf("%s: %v", tt.patterns, err)
			continue
		}
		if got := g.matches(tt.path); got != (tt.want == "in") {
			t.Errorf("%s, %s: %v, want %s", tt.patterns, tt.path, got, tt.want)
		}
	}
	for _, bad := range []string{"", "!", "[z-a]"} {
		if _, err := pathGlobs([]string{bad}, ""); err == nil || !strings.Contains(err.Error(), "pattern") {
			t.Errorf("pattern %q: error %v", bad, err)
		}
	}
}

func TestNameGlobs(t *testing.T) {
	g, err := nameGlobs([]string{"Heap.*", "__*", "log:write", "!Heap.pop"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"Heap.push": true, "Heap.a.b": true, "Heap.pop": false, "Heap": false, "__index": true, "log.write": true, "x": false} {
		if got := g.matches(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestUTF16(t *testing.T) {
	const line = "aö𝄞b\xffc\n"
	for units, want := range []int{0, 1, 3, 7, 7, 8, 9, 10, 10, 10} {
		if got := utf16ToByte(line, units); got != want {
			t.Errorf("%d units: byte %d, want %d", units, got, want)
		}
	}
	for text, want := range map[string]int{"": 0, "a": 1, "ö": 1, "𝄞": 2, "\xff": 1, line: 8} {
		if got := utf16Len(text); got != want {
			t.Errorf("%q: %d units, want %d", text, got, want)
		}
	}
}
