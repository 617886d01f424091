-- Positions that error adds: level 1, 2, 3 and 0.
local function brief(m) return (tostring(m):gsub("^.-([%w_]+%.lua:%d+:)", "%1")) end
local function caught(f, ...)
  local ok, m = pcall(f, ...)
  return brief(m)
end

local function one() error("level one", 1) end
local function two() error("level two", 2) end
local function three() error("level three", 3) end
local function zero() error("level zero", 0) end
local function default() error("default") end

local function call(f)
  f()
  return true
end
local function call_call(f)
  call(f)
  return true
end

print(caught(call_call, one))
print(caught(call_call, two))
print(caught(call_call, three))
print(caught(call_call, zero))
print(caught(call_call, default))
-- The caller is C: no position.
print(caught(two))
print(caught(error, "direct"))
print(caught(error, "direct", 2))

print(caught(function()
  error(
    "on several lines"
  )
end))
print(caught(function()
  local x = 1
  error("x is " .. x)
end))

local object = {}
function object:method() error("in a method", 2) end
print(caught(function()
  object:method()
end))

local co = coroutine.create(function()
  error("in a coroutine")
end)
print(brief(select(2, coroutine.resume(co))))
local co2 = coroutine.create(function() two() end)
print(brief(select(2, coroutine.resume(co2))))
print(caught(coroutine.wrap(function() error("wrapped", 0) end)))
