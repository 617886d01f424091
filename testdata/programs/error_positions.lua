-- The line at which run-time errors are reported.
local function line(f, ...)
  local ok, m = pcall(f, ...)
  return ok, (tostring(m):match("%.lua:(%d+):"))
end

local nothing
print(line(function() return nothing.x end))
print(line(function()
  local a = 1

  return a + nothing
end))
print(line(function()
  nothing()
end))
print(line(function()
  local t = {}
  t.x.y = 1
end))
print(line(function() return #nothing end))
print(line(function() return {} < {} end))
print(line(function() return "a" .. {} end))
print(line(function() return -{} end))
print(line(function()
  for i = 1, "x" do print(i) end
end))
print(line(function()
  local t = { nothing, 2 }
  t[nil] = 1
end))
print(line(function()
  string.rep()
end))
print(line(function()
  ("x"):bad()
end))
print(line(function()
  assert(false, "message")
end))
print(line(function()
  setmetatable(1, {})
end))
