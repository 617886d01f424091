local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  return "end"
end)
print(co)
--@ type(co) = "thread"
local ok, v = coroutine.resume(co, 1, 2)
--@ type(v) = "number|string"
if ok then
  print(v)
  --@ type(v) = `number|"end"`
else
  print(v)
  --@ type(v) = "string"
end

local function numbers(n)
  for i = 1, n do
    coroutine.yield(i, "x" .. i)
  end
end

for i, name in coroutine.wrap(function() numbers(3) end) do
  print(i, name)
  --@ type(i) = "integer"
  --@ type(name) = "string"
end

local function tree(t)
  if t then
    tree(t.left)
    coroutine.yield(t.value)
    tree(t.right)
  end
end
local gen = coroutine.wrap(function() tree({value = 1}) return nil end)
local step = gen()
print(step)

local inner = coroutine.wrap(function()
  local other = coroutine.wrap(function() coroutine.yield("inside") end)
  coroutine.yield(#other())
end)
local length = inner()
--@ type(length) = "integer"
if type(co) == "thread" then
  print(co)
  --@ type(co) = "thread"
end
