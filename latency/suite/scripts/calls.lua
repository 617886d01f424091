-- Calls, arithmetic and tables, without an end that a debugger would reach.

local function fib(n)
  if n < 0 then
    error("fib of a negative number") -- never
  end
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

local kept, sum = {}, fib(20)
for i = 1, 20000 do
  if i < 0 then
    sum = 0 -- never
  end
  kept[i % 100 + 1] = { value = i, text = "item" }
  sum = sum + kept[i % 100 + 1].value % 7
end
return sum
