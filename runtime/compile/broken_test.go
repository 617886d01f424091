package compile_test

// broken are sources that PUC Lua rejects; our messages are the same.
var broken = []string{
	"x = ", "= 1", "x", "x y", "x.y", "x[1]", "x:y", "x:y = 1", "x.y.", "x.1", "x[", "x[1", "x[1 =", "f(", "f(1", "f(1,", "f(1,)",
	"f() = 1", "(f)()= 1", "(x) = 1", "a, f() = 1, 2", "a, b", "a, = 1", "a,b += 1", "local", "local 1", "local x =", "local x, = 1",
	"local x.y = 1", "local function", "local function f", "local function f(", "local function f()", "local function a.b() end",
	"function", "function f", "function f(", "function f(a", "function f(a,", "function f(a,) end", "function f(..., a) end",
	"function f(1) end", "function f() ", "function a.b:c.d() end", "function a[1]() end", "function () end",
	"if", "if x", "if x then", "if x then else", "if x then else else end", "if x then elseif", "if x then elseif y", "if x then\n\n",
	"while", "while x", "while x do", "while x do\ny()\n", "repeat", "repeat until", "repeat x() until", "repeat\nx()\n",
	"for", "for 1", "for i", "for i =", "for i = 1", "for i = 1 do end", "for i = 1, 2", "for i = 1, 2, 3, 4 do end", "for i = 1, 2 do",
	"for i in", "for i in x", "for i in x do", "for i, in x do end", "for i, j = 1, 2 do end", "for i.x = 1, 2 do end", "for a.b in x do end",
	"do", "do do end", "do\n\nx()\n", "end", "until x", "else", "elseif x then", "then", "return return", "return 1 x = 2", "return 1,",
	"return 1; x()", "break", "do break end", "function f() break end while true do function g() break end end",
	"while true do break x() end", "x = {", "x = {1", "x = {1,", "x = {1 2}", "x = {[1]}", "x = {[1] 2}", "x = {a = }", "x = {,}", "x = {1,,2}",
	"x = {\n1,\n2\n", "x = {[1 = 2}", "x = (1", "x = (\n1\n", "x = ()", "x = (1,2)", "x = 1 +", "x = 1 + * 2", "x = not", "x = #", "x = -", "x = 1 1",
	"x = a.b:c", "x = a:b.c()", "x = 'abc", "x = \"abc\ndef\"", "x = 'a\\", "x = [[abc", "x = [==[abc]=]", "x = [=abc", "x = '\\300'", "--[[ abc", "--[==[ abc\n\n]]",
	"x = 3x", "x = 0xg", "x = 1e", "x = 1e+", "x = 1..2", "x = 1.2.3", "x = 0x", "x = 1e5e5", "x = 12abc", "x = .5.5", "x = @", "x = $", "x = !y", "x = ?",
	"x = 'a' 'b' = 1", "x = function", "x = function(", "x = function()", "x = function(a b) end", "...", "x = ... ...", "function f() return ... end",
	"f\n()\n= 1", "x = }", "x = )", "x = ]", "]", ")", "}", "x = and", "x = 1 and", "x = or 1", "nil = 1", "true()", "'abc'", "'abc':rep(2)", "1()", "{}", "{}()",
	"x = 1 ~ = 2", "a.b:c = 1", "a.b:c", "a:b\n(1", "local x = 1 = 2", "x, y = 1, 2, 3 = 4", "x\n=\n\n", "for i = 1, 2 do local x = end",
	"x = a..", "x = ..a", "x = a...", "(f)\n(1)", "local a <x> = 1 2", "x = \x80", "x = \x01", "x = 'a\x00", "\x00", "x = `a`",
	"while 1 do end end", "if x then end end", "repeat local x until x end", "x = function() return 1 2 end", "x = function() return end end", "for", "in", "x in y",
	"local end = 1", "local function end() end", "x.end = 1", "x = {end = 1}", "function end() end", "goto = 1 goto", "return;;",
	"function f(a, b\nc) end", "f{", "f{1", "f'a", "f[[a", "x = f{", "a.b['c'", "a.b['c'].", "local s = \"\\\n\"\nx = ", "x = 'a\r\nb'", "x = \"\\\r\n\" y", "\r\n\r\nx = =", "\n\r\n\rx = =", "\r\rx = =",
}
