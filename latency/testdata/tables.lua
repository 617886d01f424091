-- Two tables of a million entries, and one whose keys are objects.

local array, hash, objects = {}, {}, {}
for i = 1, 1000000 do
  array[i] = i
  hash["key" .. i] = i
end
for i = 1, 100000 do
  objects[{}] = i
end
return #array, hash.key1, objects -- built
