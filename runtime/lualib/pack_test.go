package lualib

import "testing"

func TestPack(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return string.pack("bBhH", -1, 255, -2, 65534)`, want: `"\255\255\254\255\254\255"`},
		{chunk: `return string.pack("<i4>i4=i2", 1, 1, 1)`, want: `"\001\000\000\000\000\000\000\001\001\000"`},
		{chunk: `return string.pack("<i3 >I3", -2, 66051)`, want: `"\254\255\255\001\002\003"`},
		{chunk: `return string.pack("<i16", -1) == ("\255"):rep(16), string.pack(">I9", 1)`, want: `true "\000\000\000\000\000\000\000\000\001"`},
		{chunk: `return string.pack("lj", -1, 2^53)`, want: `"\255\255\255\255\255\255\255\255\000\000\000\000\000\000 \000"`},
		{chunk: `return string.pack("J", -1), string.pack("J", 2^63)`, want: `"\255\255\255\255\255\255\255\255" "\000\000\000\000\000\000\000\128"`},
		{chunk: `return string.pack("<fd", 1.5, -2)`, want: `"\000\000\192?\000\000\000\000\000\000\000\192"`},
		{chunk: `return string.pack(">n", 1)`, want: `"?\240\000\000\000\000\000\000"`},
		{chunk: `return string.pack("s1zs2", "ab", "c", "")`, want: `"\002abc\000\000\000"`},
		{chunk: `return string.pack("c4c0", "ab", "")`, want: `"ab\000\000"`},
		{chunk: `return string.pack("!4 b x i4", 1, 2)`, want: `"\001\000\000\000\002\000\000\000"`},
		{chunk: `return string.pack("!b Xi4 b", 1, 2)`, want: `"\001\000\000\000\002"`},
		{chunk: `return string.pack("b", 128)`, wantErr: `bad argument #2 to 'pack' (integer overflow)`},
		{chunk: `return string.pack("j", 2^63)`, wantErr: `bad argument #2 to 'pack' (integer overflow)`},
		{chunk: `return string.pack("B", -1)`, wantErr: `bad argument #2 to 'pack' (unsigned overflow)`},
		{chunk: `return string.pack("J", 2^64)`, wantErr: `bad argument #2 to 'pack' (unsigned overflow)`},
		{chunk: `return string.pack("bi4", 1, 1.5)`, wantErr: `bad argument #3 to 'pack' (number has no integer representation)`},
		{chunk: `return string.pack("b", 0/0)`, wantErr: `bad argument #2 to 'pack' (number has no integer representation)`},
		{chunk: `return string.pack("b", "x")`, wantErr: `bad argument #2 to 'pack' (number expected, got string)`},
		{chunk: `return string.pack("b")`, wantErr: `bad argument #2 to 'pack' (number expected, got no value)`},
		{chunk: `return string.pack("z", "a\0")`, wantErr: `bad argument #2 to 'pack' (string contains zeros)`},
		{chunk: `return string.pack("s1", ("x"):rep(256))`, wantErr: `bad argument #2 to 'pack' (string length does not fit in given size)`},
		{chunk: `return string.pack("c1", "ab")`, wantErr: `bad argument #2 to 'pack' (string longer than given size)`},
		{chunk: `return string.pack("c", "")`, wantErr: `missing size for format option 'c'`},
		{chunk: `return string.pack("i17", 1)`, wantErr: `integral size (17) out of limits [1,16]`},
		{chunk: `return string.pack("i0", 1)`, wantErr: `integral size (0) out of limits [1,16]`},
		{chunk: `return string.pack("y", 1)`, wantErr: `invalid format option 'y'`},
		{chunk: `return string.pack("X")`, wantErr: `bad argument #1 to 'pack' (invalid next option for option 'X')`},
		{chunk: `return string.pack("Xz")`, wantErr: `bad argument #1 to 'pack' (invalid next option for option 'X')`},
		{chunk: `return string.pack("!4 i3", 1)`, wantErr: `bad argument #1 to 'pack' (format asks for alignment not power of 2)`},
	})
}

func TestPacksize(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return string.packsize("bBhHiIlLjJTfdn")`, want: `74`},
		{chunk: `return string.packsize("!8 b d"), string.packsize("! b i4 c3"), string.packsize("")`, want: `16 11 0`},
		{chunk: `return string.packsize("s")`, wantErr: `bad argument #1 to 'packsize' (variable-length format)`},
		{chunk: `return string.packsize("z")`, wantErr: `bad argument #1 to 'packsize' (variable-length format)`},
		{chunk: `return string.packsize(("c214748364"):rep(11))`, wantErr: `bad argument #1 to 'packsize' (format result too large)`},
	})
}

func TestUnpack(t *testing.T) {
	runStringsCases(t, []stringsCase{
		{chunk: `return string.unpack("bBhH", "\255\255\254\255\254\255")`, want: `-1 255 -2 65534 7`},
		{chunk: `return string.unpack("<i3 >I3", "\254\255\255\1\2\3")`, want: `-2 66051 7`},
		{chunk: `return string.unpack(">i16", ("\255"):rep(16))`, want: `-1 17`},
		{chunk: `return string.unpack("J", ("\255"):rep(8)) == 2^64`, want: `true`},
		{chunk: `return string.unpack("<fd", string.pack("<fd", 1.5, -0.1))`, want: `1.5 -0.1 13`},
		{chunk: `return string.unpack("s1zc2", "\2abc\0de")`, want: `"ab" "c" "de" 8`},
		{chunk: `return string.unpack("!4 b x i4", "\1\0\0\0\2\0\0\0")`, want: `1 2 9`},
		{chunk: `return string.unpack("b", "abc", -1)`, want: `99 4`},
		{chunk: `return string.unpack("", "abc", 4)`, want: `4`},
		{chunk: `return string.unpack("b", "abc", 5)`, wantErr: `bad argument #3 to 'unpack' (initial position out of string)`},
		{chunk: `return string.unpack("b", "abc", -4)`, wantErr: `bad argument #3 to 'unpack' (initial position out of string)`},
		{chunk: `return string.unpack("i4", "abc")`, wantErr: `bad argument #2 to 'unpack' (data string too short)`},
		{chunk: `return string.unpack("s1", "\5abc")`, wantErr: `bad argument #2 to 'unpack' (data string too short)`},
		{chunk: `return string.unpack("s", ("\255"):rep(8))`, wantErr: `bad argument #2 to 'unpack' (data string too short)`},
		{chunk: `return string.unpack("c214748364", "")`, wantErr: `bad argument #2 to 'unpack' (data string too short)`},
		{chunk: `return string.unpack("z", "abc")`, wantErr: `bad argument #2 to 'unpack' (unfinished string for format 'z')`},
		{chunk: `return string.unpack("<I9", ("\0"):rep(8) .. "\1")`, wantErr: `9-byte integer does not fit into a Lua number`},
	})
}
