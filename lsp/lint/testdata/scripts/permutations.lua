-- All orders of a list.
local function swap(list, i, j)
  list[i], list[j] = list[j], list[i]
end

local function permute(list, n)
  n = n or #list
  if n <= 1 then
    coroutine.yield(list)
  else
    for i = 1, n do
      swap(list, i, n)
      permute(list, n - 1)
      swap(list, i, n)
    end
  end
end

local function permutations(list)
  return coroutine.wrap(function() permute(list) end)
end

local total = 0
for p in permutations({1, 2, 3}) do
  total = total + 1
end
print(total)

local function factorial(n)
  if n <= 1 then
    return 1
  else
    return n * factorial(n - 1)
  end
  print("after everything")
end
print(factorial(3))
local expected
local result = factorial(4)
if result ~= expected then
  print("differs")
end
