-- Conditions that are asked twice, and comparisons that say nothing.
local x, y, t = ...
if x == 1 then
  print(1)
elseif y then
  print(2)
elseif x == 1 then --! duplicate-condition
  print(3)
elseif x ==  --[[ the same ]] 1 then --! duplicate-condition
  print(4)
end
if t.next() then
  print(1)
elseif t.next() then
  print(2)
end
if x == "a" then print(1) elseif x == "b" then print(2) elseif x == 'a' then print(3) end
print(x ~= x, x == x, t.n ~= t.n)
local s = "text"
if s == s then print(1) end --! same-sides
if x < x then print(1) end --! same-sides
print(x and x, y or y) --! same-sides same-sides
print(x and y, t[1] or t[2], t.f() or t.f())
print(1 < 1, true and true)
print(x - x, x .. x, x <= x)
if not (x == y) then print(1) end --! negated-comparison
if not (x ~= y) then print(1) end --! negated-comparison
if not (x < y) then print(1) end
if not (x and y) then print(1) end
print(#{a = 1}) --! length-of-names
print(#{1, 2}, #{}, #{a = 1, 2})
local names = {a = 1, b = 2}
print(#names) --! length-of-names
local grows = {a = 1}
grows[1] = 2
print(#grows)
local passed = {a = 1}
table.insert(passed, 1)
print(#passed)
print({1, 2, [1] = 3}, {[1] = 1, 2}) --! duplicate-key duplicate-key
print({1, 2, [3] = 3})
