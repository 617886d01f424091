-- Errors that are not strings.
local function caught(...)
  local ok, value = pcall(...)
  return type(value), value
end
print(caught(error, 42))
print(caught(error, true))
print(caught(error, nil))
print(caught(error))
print(caught(error, "text", 0))
local object = setmetatable({ code = 3 }, { __tostring = function(e) return "E" .. e.code end })
local ok, e = pcall(error, object)
print(ok, e == object, tostring(e), e.code)
ok, e = pcall(function() error(object, 2) end)
print(ok, e == object)
local f = function() end
ok, e = pcall(error, f)
print(e == f)
-- A number counts as a string: it gets a position, and becomes one.
ok, e = pcall(function() error(7) end)
print(type(e))
-- Rethrown values stay what they are.
ok, e = pcall(function()
  local ok, inner = pcall(error, object)
  error(inner)
end)
print(e == object)
print(pcall(function() error("with level 0", 0) end))
print(select("#", pcall(error)), select("#", pcall(error, nil, 0)))
local co = coroutine.create(function() error(object) end)
ok, e = coroutine.resume(co)
print(ok, e == object, coroutine.status(co))
