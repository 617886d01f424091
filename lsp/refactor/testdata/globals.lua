-- Globals, assignments, results of functions that are kept or not.
counter = 0
function bump(by)
  counter = counter + (by or 1)
  return counter
end
limit = 3
while bump() < limit do print("turn", counter) end
local values = {}
values[bump()] = bump()
for k, v in pairs(values) do print(k, v) end
names = { "b", "a", "c" }
table.sort(names, function(x, y) return x < y end)
print(table.concat(names, " "), #names, counter)
local text = ("%s-%d"):format("n", counter)
print(text, text:len(), ('it' .. "s"), "it's", 'say "hi"')
local ok, why = pcall(function()
  local inner = counter
  if inner > 2 then error({ code = inner }) end
  return inner
end)
print(ok, type(why) == "table" and why.code or why)
helper = function(a, b)
  local joined = a .. b
  return joined, #joined
end
print(helper("x", "yz"))
print((helper("p", "q")))
local cache
local function cached(k)
  cache = cache or {}
  local hit = cache[k]
  if hit then return hit, true end
  cache[k] = k .. "!"
  return cache[k], false
end
print(cached("a"), cached("a"))
print(cached("a"))
