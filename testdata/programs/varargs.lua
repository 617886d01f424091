-- Variable arguments with nils, select, and the old table arg.
local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(1, nil, 3, nil))
local function rest(...) return select(2, ...) end
print(rest(1, 2, 3), rest(1), (rest(1, 2, 3)))
print(select(-1, 1, 2, 3), select(-2, 1, 2, 3))
local function pack(...) return { n = select("#", ...), ... } end
local p = pack(1, nil, 3)
print(p.n, p[1], p[2], p[3])
local function adjust(...) local a, b, c = ... return a, b, c end
print(adjust(1), adjust(1, 2, 3, 4))
local function middle(...) return ..., "end" end
print(middle(1, 2, 3))
local function both(a, ...) return a, select("#", ...), ... end
print(both(1, 2, 3))
print(both())
local t = { count(1, 2), count(1, 2, 3), (count(1)) }
print(#t, t[1], t[2], t[3])
print((pack(pack(1, 2).n, pack().n)).n)
local function forward(...) return count(...) end
print(forward(nil, nil, nil))
local function nested(...)
  local args = { ... }
  return function() return #args, unpack(args) end
end
print(nested("a", "b")())
local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...) or 0) end
  return s
end
print(sum(1, nil, 3), sum())
print(pcall(select, 0) == false)
print(#{ ... })
local function last(...) if ... then return "some" end return "none" end
print(last(), last(nil, 1), last(false), last(0))
local big = {}
for i = 1, 250 do big[i] = i end
print(count(unpack(big)), sum(unpack(big)), (select(250, unpack(big))))
