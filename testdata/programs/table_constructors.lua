-- Constructors: trailing calls and varargs, mixed fields, many items.
local function three() return 1, 2, 3 end
local function none() end
local function show(t, n)
  local r = {}
  for i = 1, n or #t do r[i] = tostring(t[i]) end
  return "{" .. table.concat(r, ",") .. "}"
end
print(show({ three() }), show({ three(), three() }), show({ (three()) }), show({ three(), 10 }), show({ none() }))
print(show({ 0, none() }), show({ none(), 1 }, 2), show({ three(), nil }, 2))
local function pack(...) return { ... }, { "x", ... }, { ..., "y" }, { [1] = "z", ... } end
local a, b, c, d = pack(7, 8)
print(show(a), show(b), show(c), show(d))
local t = { 1, x = "x", 2, ["y z"] = "yz", 3; 4, [10] = 10, [2 + 3] = "five", three() }
print(show(t, 7), t.x, t["y z"], t[10])
local t2 = { [1] = "explicit", "positional" }
print(t2[1])
local nested = { { 1, { 2, { 3 } } }, f = { g = { h = "deep" } }, [true] = "yes" }
print(nested[1][2][2][1], nested.f.g.h, nested[true])
local functions = { function() return "first" end, named = function(self) return self.v end, v = 5 }
print(functions[1](), functions:named())
local many = {
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
  31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, three(),
}
print(#many, many[50], many[51], many[53], many[55])
local exact = {
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
  31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, three()
}
print(#exact, exact[50], exact[51], exact[53])
local function tail(...)
  return {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, ...
  }
end
print(#tail(), #tail("a"), #tail("a", "b"), tail("a", "b")[51])
print(#{ n = 1 }, #{ nil }, #{ 1, 2, nil }, next({}), #{ {}, {} }, #{ [1] = 1, [2] = 2 })
print(({ 10, 20, 30 })[2], ({ x = 1 }).x, #({ 1, 2 }), ({ three() })[3])
