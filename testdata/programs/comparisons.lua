-- Comparison operators and their metamethods.
local calls = {}
local mt = {}
mt.__eq = function(a, b) calls[#calls + 1] = "eq" return a.v == b.v end
mt.__lt = function(a, b) calls[#calls + 1] = "lt" return a.v < b.v end
mt.__le = function(a, b) calls[#calls + 1] = "le" return a.v <= b.v end
local function new(v) return setmetatable({ v = v }, mt) end
local function flush() local s = table.concat(calls, " ") calls = {} return s end

local one, uno, two = new(1), new(1), new(2)
print(one == uno, flush())
print(one ~= uno, flush())
print(one == one, flush())
print(one == 1, flush())
print(one < two, one > two, flush())
print(one <= two, one >= two, flush())
print(not (one < two), not (one == uno), flush())

-- Without __le, "a <= b" is "not (b < a)".
local lt_only = { __lt = function(a, b) calls[#calls + 1] = a.v .. "<" .. b.v return a.v < b.v end }
local a, b = setmetatable({ v = 1 }, lt_only), setmetatable({ v = 2 }, lt_only)
print(a <= b, a >= b, a <= a, flush())

-- Different metamethods are not used for ==.
local other = setmetatable({ v = 1 }, { __eq = function() return true end })
print(one == other, flush())
local shared = function() return true end
local x = setmetatable({}, { __eq = shared })
local y = setmetatable({}, { __eq = shared })
print(x == y, x ~= y, rawequal(x, y), x == {})

-- Results become booleans.
local odd = setmetatable({}, { __lt = function() return 1 end, __le = function() return nil end })
print(odd < odd, odd <= odd, odd > odd)

print(1 < 2, 2 <= 2, "a" < "b", "a" <= "a", "a" > "B", "10" < "9", "" < "a", "a\0b" < "a\0c", "a" < "a\0")
print(nil == false, 0 == false, "" == nil, 1 == 1.0, "1" == 1)
for _, pair in ipairs({ { 1, "1" }, { nil, 1 }, { {}, {} }, { true, false }, { {}, 1 } }) do
  io.write(tostring(pcall(function() return pair[1] < pair[2] end)), " ")
end
print()
if one < two and not (two < one) then print("branch") end
while one == two do error("never") end
flush()
