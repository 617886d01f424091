package lualib

import "testing"

func TestUTF8(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return utf8.char(72, 228, 8364, 128512), utf8.char()`, want: `"H\195\164\226\130\172\240\159\152\128" ""`},
		{chunk: `return utf8.char(0xD800, 0x10FFFF)`, want: `"\237\160\128\244\143\191\191"`},
		{chunk: `return utf8.char(0x110000)`, wantErr: `bad argument #1 to 'char' (value out of range)`},
		{chunk: `return utf8.char(65, -1)`, wantErr: `bad argument #2 to 'char' (value out of range)`},
		{chunk: `return utf8.len("häß€"), utf8.len(""), utf8.len("häß", 2), utf8.len("häß", -2)`, want: `4 0 2 1`},
		{chunk: `return utf8.len("a\195x")`, want: `nil 2`},
		{chunk: `return utf8.len("\192\128")`, want: `nil 1`},         // overlong
		{chunk: `return utf8.len("\237\160\128")`, want: `1`},         // surrogate
		{chunk: `return utf8.len("\244\144\128\128")`, want: `nil 1`}, // above 10FFFF
		{chunk: `return utf8.len("\239\191\189")`, want: `1`},         // U+FFFD itself
		{chunk: `return utf8.len("abc", 5)`, wantErr: `bad argument #2 to 'len' (initial position out of string)`},
		{chunk: `return utf8.len("abc", 1, 4)`, wantErr: `bad argument #3 to 'len' (final position out of string)`},
		{chunk: `return utf8.codepoint("häß", 1, -1)`, want: `104 228 223`},
		{chunk: `return utf8.codepoint("häß", 2)`, want: `228`},
		{chunk: `return utf8.codepoint("häß", 3)`, wantErr: `invalid UTF-8 code`},
		{chunk: `return utf8.codepoint("abc", 0)`, wantErr: `bad argument #2 to 'codepoint' (out of range)`},
		{chunk: `return utf8.codepoint("abc", 1, 4)`, wantErr: `bad argument #3 to 'codepoint' (out of range)`},
		{chunk: `return utf8.codepoint("abc", 3, 2)`, want: ``},
		{chunk: `return utf8.offset("häß€", 3), utf8.offset("häß€", -1), utf8.offset("häß€", 5), utf8.offset("häß€", 6)`, want: `4 6 9 nil`},
		{chunk: `return utf8.offset("häß", 0, 3), utf8.offset("häß", 1), utf8.offset("häß", -4)`, want: `2 1 nil`},
		{chunk: `return utf8.offset("häß", 1, 3)`, wantErr: `initial position is a continuation byte`},
		{chunk: `return utf8.offset("abc", 1, 5)`, wantErr: `bad argument #3 to 'offset' (position out of range)`},
		{chunk: `local r = {} for c in ("hä€"):gmatch(utf8.charpattern) do r[#r + 1] = #c end return table.concat(r, " ")`, want: `"1 2 3"`},
		{chunk: `return #("\0a"):match(utf8.charpattern)`, want: `1`},
		{chunk: `local r = {} for p, c in utf8.codes("hä€") do r[#r + 1] = p .. ":" .. c end return table.concat(r, " ")`, want: `"1:104 2:228 4:8364"`},
		{chunk: `for p, c in utf8.codes("a\195") do end`, wantErr: `invalid UTF-8 code`},
		{chunk: `for p, c in utf8.codes("a\128") do end`, wantErr: `invalid UTF-8 code`},
		{chunk: `for p in utf8.codes("") do return p end`, want: ``},
	})
}
