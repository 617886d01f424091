-- Infinities, not-a-number, and what they do in comparisons and tables.
local inf, nan = 1 / 0, 0 / 0
local function text(n) return (tostring(n):gsub("^%-nan", "nan")) end -- nan's sign depends on the machine
print(inf, -inf, text(nan), text(-nan), tostring(inf))
print(math.huge == inf, -math.huge == -inf, math.huge, -math.huge)
print(nan == nan, nan ~= nan, nan < 1, nan > 1, nan <= nan, not (nan < 1))
print(inf > 1e308, -inf < -1e308, inf == inf, text(inf - inf), text(inf * 0), inf + 1, -inf * -1)
print(1 / inf, -1 / inf == 0, inf ~= -inf)
print(string.format("%g %g %.2f %f", inf, -inf, inf, -inf), (string.format("%g", nan):gsub("-", "")))
print(pcall(function() local t = {} t[nan] = 1 end) == false)
local t = {}
t[inf], t[-inf] = "inf", "-inf"
print(t[inf], t[-inf], t[nan], t[1e309])
print(math.max(1, inf), math.min(1, -inf), math.floor(2.7), math.ceil(-2.7), math.abs(-inf))
print(tonumber("inf"), tonumber("nan"), 1e309, -1e309, tonumber("1e309"))
print(math.fmod(5, 3), math.fmod(-5, 3), math.fmod(5, -3), math.modf(3.7), math.modf(-3.7))
print(math.modf(inf), math.modf(5))
print(table.concat({ inf, -inf }, ","))
