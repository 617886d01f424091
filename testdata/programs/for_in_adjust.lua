-- for ... in with one, two, three and four expressions after other loops: what
-- is missing is nil, whatever the registers held before.
local t = { "a", "b", "c" }
for k, v in pairs(t) do io.write(k, v, " ") end
for k, v in next, t do io.write(k, v, " ") end
for k, v in next, t do io.write(k, v, " ") end
for k, v in next, t, nil, "extra" do io.write(k, v, " ") end
for k, v in next, t, 1 do io.write(k, v, " ") end
print()
for i = 5, 7 do
  local a, b, c = i, i, i
end
local turns = 0
for s, c in function(s, c) turns = turns + 1 if turns < 3 then return tostring(s) .. tostring(c) end end do io.write(s, " ", tostring(c), " ") end
print(turns)
local function two() return next, t end
for k, v in two() do io.write(k, v, " ") end
print()
