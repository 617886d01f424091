-- The same work for each Lua: the seconds of the processor that it takes, in nanoseconds.
-- hook

local function fib(n)
  if n < 0 then
    error("fib of a negative number") -- never
  end
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

local begun = os.clock()
local kept, sum = {}, fib(24)
for i = 1, 300000 do
  if i < 0 then
    sum = 0 -- never
  end
  kept[i % 100 + 1] = { value = i, text = "item" }
  sum = sum + kept[i % 100 + 1].value % 7
end
print(string.format("%d %.0f", sum, (os.clock() - begun) * 1e9))
