-- A table that no client wants to see at once.
local items = {}
for i = 1, 100000 do
  items[i] = i * 2
end
print(#items)
