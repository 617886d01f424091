-- A table of a million entries to look at.

local array = {}
for i = 1, 1000000 do
  array[i] = i
end
print(#array) -- built
