-- Functions with ... that do not use it get the table arg, as in Lua 5.0.
local function old(a, ...)
  return a, arg.n, arg[1], arg[2], #arg
end
print(old(1))
print(old(1, 2, 3))
print(old(1, nil, 3))
local function modern(...)
  local n = select("#", ...)
  return n, arg
end
print(modern(1, 2))
local function sum(...)
  local s = 0
  for i = 1, arg.n do s = s + arg[i] end
  return s
end
print(sum(1, 2, 3), sum())
