-- Errors in coroutines: what resume and wrap report, and what is left.
local function brief(m) return (tostring(m):gsub("^.-([%w_]+%.lua:%d+:)", "%1")) end
local co = coroutine.create(function() local x = 1 error("boom") end)
local ok, m = coroutine.resume(co)
print(ok, brief(m), coroutine.status(co))
print(coroutine.resume(co))
print(coroutine.resume(coroutine.create(function() error({}) end)) == false)
co = coroutine.create(function() coroutine.yield(1) error("later", 0) end)
print(coroutine.resume(co))
print(coroutine.resume(co))
print(coroutine.status(co))
local n = 0
local function bump() n = n + 1 return n end
co = coroutine.create(function() bump() local nothing; return nothing.x end)
print((coroutine.resume(co)), n, bump(), n)
co = coroutine.create(function()
  local kept = 1
  local get = function() return kept end
  print(pcall(error, "inside", 0))
  kept = 2
  print(get())
  coroutine.yield(get)
  kept = 3
end)
local _, get = coroutine.resume(co)
coroutine.resume(co)
print(get())
local outer = coroutine.create(function()
  local inner = coroutine.create(function() error("inner", 0) end)
  local ok, m = coroutine.resume(inner)
  coroutine.yield(m)
  error("outer", 0)
end)
print(coroutine.resume(outer))
print(coroutine.resume(outer))
print(pcall(coroutine.wrap(function() error("plain", 0) end)))
local w = coroutine.wrap(function() error({ code = 5 }) end)
ok, m = pcall(w)
print(ok, type(m), m.code)
print(pcall(w))
local ok2, m2 = pcall(coroutine.wrap(function() pcall(error) coroutine.yield() end))
print(ok2, m2)
local deep = coroutine.wrap(function() local function f(n) if n == 0 then coroutine.yield("bottom") return 0 end return 1 + f(n - 1) end return f(100) end)
print(deep(), deep())
