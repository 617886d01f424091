-- pcall in pcall, xpcall with handlers, errors inside handlers' callees.
print(pcall(pcall, error, "a"))
print(pcall(pcall))
print(select("#", pcall(function() end)), pcall(function() return nil, nil end))

local function inner() error("inner", 0) end
local function middle()
  local ok, message = pcall(inner)
  error(message .. " then middle", 0)
end
local function outer()
  local ok, message = pcall(middle)
  return message .. " then outer"
end
print(pcall(outer))

local function handler(message) return "<" .. tostring(message) .. ">" end
print(xpcall(inner, handler))
print(xpcall(middle, handler))
print(xpcall(function() return 1, nil, 3 end, handler))
print(xpcall(function()
  print(xpcall(inner, function(m) return "inner handler " .. m end))
  error("outer error", 0)
end, handler))
print(xpcall(function()
  local ok, m = pcall(inner)
  return "caught " .. m
end, handler))

-- The handler is called for the innermost xpcall only.
local calls = {}
print(xpcall(function()
  return pcall(function()
    return xpcall(inner, function(m) calls[#calls + 1] = "h1 " .. m return "r1" end)
  end)
end, function(m) calls[#calls + 1] = "h2 " .. m return "r2" end))
print(table.concat(calls, ","))

-- Locals of the caller survive.
local a, b, c = 1, 2, 3
pcall(function()
  a = pcall(function() b = 20 error() end)
  c = 30
  error()
end)
print(a, b, c)

-- A handler returns one value; its work with upvalues stays.
local seen = 0
print(xpcall(function() error("e", 0) end, function(m) seen = seen + 1 return m, "ignored" end))
print(seen)
