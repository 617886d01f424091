-- pairs over arrays goes in order; next, ipairs and changes while traversing.
local t = { "a", "b", "c", "d" }
for k, v in pairs(t) do io.write(k, v, " ") end
for k, v in next, t do io.write(k, v, " ") end
print()
for i, v in ipairs({ 1, 2, nil, 4 }) do io.write(i, ":", v, " ") end
print(next({}), next({ 5 }), next({ 5 }, 1), type(next))
for k in pairs(t) do t[k] = nil end
print(next(t), #t)
local counts, keys = { x = 1, y = 2, z = 3 }, {}
for k, v in pairs(counts) do keys[#keys + 1] = k .. v counts[k] = v * 10 end
table.sort(keys)
print(table.concat(keys, " "), counts.x, counts.y, counts.z)
for k in pairs(counts) do counts[k] = nil end
print(next(counts))
local mixed = { 1, 2, 3, n = 3, [10] = 10, [-1] = -1, [1.5] = 1.5, [true] = true }
local n, sum = 0, 0
for k, v in pairs(mixed) do n = n + 1 if type(v) == "number" then sum = sum + v end end
print(n, sum)
local f, s, i = ipairs({ 7 })
print(type(f), type(s), i, f(s, 0), f(s, 1))
f, s, i = pairs({})
print(f == next, type(s), i)
print(pcall(pairs) == false, pcall(ipairs, nil) == false)
local inserted = {}
for i = 1, 20 do inserted[i] = i end
for i = 20, 11, -1 do inserted[i] = nil end
print(#inserted)
for i, v in pairs(inserted) do io.write(v, " ") end
print()
print(rawequal(t, t), rawget({ 5 }, 1), select("#", rawget({}, 1)), rawset({}, "k", "v").k, #{ n = 1 })
local holes = { 1, 2, 3 }
holes[#holes + 1] = 4
holes[#holes] = nil
print(#holes, table.concat(holes, ","))
