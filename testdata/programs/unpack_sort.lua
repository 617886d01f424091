-- unpack and table functions.
print(unpack({ 1, 2, 3 }))
print(unpack({ 1, 2, 3 }, 2), unpack({ 1, 2, 3 }, 2, 3), unpack({ 1, 2, 3 }, 1, 5))
print(unpack({}), (unpack({ 1, 2 })), select("#", unpack({}, 1, 3)), unpack({ 1, 2 }, 3))
print(unpack({ nil, 2 }, 1, 2))
local t = { 5, 2, 8, 1, 9, 3 }
table.sort(t)
print(table.concat(t, " "))
table.sort(t, function(a, b) return a > b end)
print(table.concat(t, " "))
local words = { "pear", "Apple", "fig", "apple", "Fig", "banana" }
table.sort(words)
print(table.concat(words, " "))
table.sort(words, function(a, b) return #a < #b or #a == #b and a < b end)
print(table.concat(words, " "))
local records = {}
for i, n in ipairs({ 3, 1, 2, 3, 1, 2 }) do records[i] = { key = n, id = i } end
table.sort(records, function(a, b) if a.key ~= b.key then return a.key < b.key end return a.id < b.id end)
for _, r in ipairs(records) do io.write(r.key, ":", r.id, " ") end
print()
local big = {}
local seed = 7
for i = 1, 500 do seed = (seed * 16807) % 2147483647 big[i] = seed % 1000 end
table.sort(big)
local ordered = true
for i = 2, #big do ordered = ordered and big[i - 1] <= big[i] end
print(ordered, big[1], big[250], big[500])
local mt = { __lt = function(a, b) return a.v < b.v end }
local objects = {}
for i, v in ipairs({ 3, 1, 2 }) do objects[i] = setmetatable({ v = v }, mt) end
table.sort(objects)
print(objects[1].v, objects[2].v, objects[3].v)
print(pcall(table.sort, { 1, "x", 2 }) == false, pcall(table.sort, { {}, {} }) == false)
local l = { "a", "b", "c" }
table.insert(l, "d")
table.insert(l, 1, "first")
table.insert(l, 3, "third")
print(table.concat(l, " "), table.remove(l), table.remove(l, 1), table.remove(l, 2), table.concat(l, " "))
print(table.remove({}), #l, table.remove(l, 10), #l, table.maxn({ 1, 2, [10] = 3 }), table.maxn({}))
table.sort({})
table.sort({ 1 })
print(table.getn({ 1, 2, 3 }), #l)
table.foreachi({ "x", "y" }, function(i, v) io.write(i, v, " ") end)
print(table.foreach({ only = 1 }, function(k, v) return k .. v end))
