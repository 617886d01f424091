-- Long strings, escapes and comments.
print([[one
two]], [==[with ]] inside]==], [[
first new line skipped]])
print(#[[

x]], [[a\nb]], #[=[
]=])
print("a\tb\\n\"q\" 'q'", 'a\'b "q"', "tab\	real")
print("\65\066\0677", #"\0a\0", "\97\0098", "a\
b")
print(("\0abc"):byte(1, -1))
--[[ a comment
over lines ]] print("after a comment")
--[==[ ]] still
comment ]==] print("after a level comment")
---[[ not a block comment
print("line comment")
--]]
print(#"\r\n", "\a\b\f\v" == string.char(7, 8, 12, 11))
print("long" .. [[ and ]] .. 'short', ([[x]]):rep(3), #[==[]==])
print(string.format("%q", 'a "quoted"\nline\\ and \0 zero'))
print(1--[[inside]]+--[==[and here]==]2)
local s = "é ü 日本"
print(#s, s:byte(1, 2), s:sub(1, 2) == "é")
print([[
]] == "", [[]] == "", "" == '')
