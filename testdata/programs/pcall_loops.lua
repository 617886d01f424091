-- Errors in loops, iterators and comparison functions leave everything usable.
local t = { 5, 3, 8, 1 }
local ok = pcall(table.sort, t, function() error("compare") end)
print(ok, #t)
table.sort(t)
print(table.concat(t, " "))

for i = 1, 3 do
  local results = {}
  for j = 1, 3 do
    local ok, m = pcall(function(x, y)
      if x == y then error(x .. "=" .. y, 0) end
      return x * y
    end, i, j)
    results[#results + 1] = tostring(ok) .. ":" .. tostring(m)
  end
  print(table.concat(results, " "))
end

local function values(n)
  local i = 0
  return function()
    i = i + 1
    if i > n then error("no more", 0) end
    return i
  end
end
local sum = 0
print(pcall(function()
  for v in values(4) do sum = sum + v end
end))
print(sum)

print(pcall(string.gsub, "abc", ".", function(c)
  if c == "b" then error("at b", 0) end
  return c:upper()
end))
print((string.gsub("abc", ".", string.upper)))

local count = 0
while count < 3 do
  count = count + 1
  if not pcall(error) then
    if count == 2 then break end
  end
end
print(count)
