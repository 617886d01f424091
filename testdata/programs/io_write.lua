-- print and io.write: separators, types, returned values.
print()
print(nil)
print(nil, nil, false)
print("a", 1, true, nil, 2.5)
io.write("a", 1, 2.5, "\n")
io.write("no new line")
io.write("\n")
print(io.write("") == io.stdout, type(io.stdout), io.type(io.stdout), io.type(5))
io.stdout:write("method", " ", 1 / 4, "\n")
print(pcall(io.write, nil) == false, pcall(io.write, {}) == false, pcall(io.write, true) == false)
print(("x"):rep(3), "tab\tinside", "one line")
local object = setmetatable({}, { __tostring = function() return "object" end })
print(object, tostring(object))
print(pcall(print, setmetatable({}, { __tostring = function() return 1 end })) == false)
local saved = tostring
tostring = function(v) return "<" .. saved(v) .. ">" end
print("through", 1)
tostring = saved
io.write(1e15, " ", -0.5, " ", 1e100, "\n")
print(#arg >= 0, type(arg[0]))
