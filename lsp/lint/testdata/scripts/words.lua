-- Counts the words of a text.
local text = [[the quick brown fox jumps over the lazy dog the end]]
local counts, order = {}, {}
for word in text:gmatch("%a+") do
  if not counts[word] then
    counts[word] = 0
    order[#order + 1] = word
  end
  counts[word] = counts[word] + 1
end

table.sort(order, function(a, b)
  if counts[a] ~= counts[b] then
    return counts[a] > counts[b]
  end
  return a < b
end)

local longest
for i, word in ipairs(order) do
  print(word, counts[word])
  if not longest or #word > #longest then
    longest = word
  end
end
print(longest)

local function shout(text, times)
  local out = {}
  for i = 1, times do
    out[i] = text:upper()
  end
  return table.concat(out, " ")
end
print(shout("end", 2))

local a, b, c = 1, 2
print(a, b, c)
a, b = 3
print(a, b)
