-- Function calls: doubly recursive Fibonacci numbers, and calls with more
-- arguments and results. It returns a number that depends on all that ran.

local function fib(n)
  if n < 0 then
    error("fib of a negative number") -- never
  end
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

local function minmax(a, b, c)
  local low, high = a, a
  if b < low then low = b end
  if b > high then high = b end
  if c < low then low = c end
  if c > high then high = c end
  if low > high then
    low = high -- never
  end
  return low, high
end

local sum = fib(24)
for i = 1, 60000 do
  local low, high = minmax(i, i % 7, i % 11)
  sum = sum + high - low
end
return sum
