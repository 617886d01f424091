local total = 0
local function add(n, ...)
  local before = total
  total = total + n
  return before
end

for i = 1, 2 do
  local old = add(i, "x")
  do
    local i = tostring(i) .. "\n\t\"quoted\"\\"
    print(old, i)
  end
end

local co = coroutine.create(function(a)
  local b = coroutine.yield(a)
  return b
end)
coroutine.resume(co, 1.5)
coroutine.resume(co, true)
local gen = coroutine.wrap(function(x)
  coroutine.yield(x)
end)
gen({})
print(pcall(add))
