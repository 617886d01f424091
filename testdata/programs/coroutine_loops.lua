-- Yields across loops, calls, conditions and expressions.
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
for i in range(4) do io.write(i, " ") end
print()
local function tree(node) if node then tree(node[1]) coroutine.yield(node[2]) tree(node[3]) end end
local values = {}
for v in coroutine.wrap(function() tree({ { nil, 1, nil }, 2, { { nil, 3 }, 4 } }) end) do values[#values + 1] = v end
print(table.concat(values, " "))
local co = coroutine.wrap(function()
  local sum = 0
  while true do
    local x = coroutine.yield(sum)
    if not x then break end
    sum = sum + x
  end
  repeat
    local more = coroutine.yield("repeat")
  until not more
  return "sum " .. sum
end)
co()
print(co(1), co(2), co(3), co(nil), co(true), co(false))
-- A yield's results in the middle of expressions.
local e = coroutine.wrap(function()
  local t = { coroutine.yield("t1"), coroutine.yield("t2"), [coroutine.yield("key")] = coroutine.yield("value") }
  local s = coroutine.yield("s1") .. coroutine.yield("s2")
  local b = coroutine.yield("b") and coroutine.yield("and") or coroutine.yield("or")
  return t[1], t[2], t.k, s, b, (coroutine.yield("p1") + coroutine.yield("p2")) * 2
end)
print(e(), e(1), e(2), e("k"), e("v"), e("x"), e("y"), e(nil), e("B"), e(3))
print(e(4))
-- Two coroutines over one variable.
local shared, log = 0, {}
local function worker(name, step)
  return coroutine.create(function()
    for i = 1, 3 do
      shared = shared + step
      log[#log + 1] = name .. shared
      coroutine.yield()
    end
  end)
end
local a, b = worker("a", 1), worker("b", 10)
while coroutine.status(a) ~= "dead" or coroutine.status(b) ~= "dead" do
  coroutine.resume(a)
  coroutine.resume(b)
end
print(table.concat(log, " "), shared)
-- Closures made inside keep the coroutine's locals after its end.
local getters = {}
local maker = coroutine.wrap(function() for i = 1, 3 do local v = i * i getters[i] = function() v = v + 1 return v end coroutine.yield() end end)
maker() maker() maker()
print(getters[1](), getters[2](), getters[3](), getters[3]())
local swap = coroutine.wrap(function(a, b) while true do a, b = coroutine.yield(b, a) end end)
print(swap(1, 2)) print(swap("x", "y"))
