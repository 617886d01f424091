-- Modulo, division and powers with every combination of signs.
for _, pair in ipairs({ { 7, 3 }, { -7, 3 }, { 7, -3 }, { -7, -3 }, { 5.5, 2 }, { -5.5, 2 }, { 5.5, -2 }, { 6, 3 } }) do
  local a, b = pair[1], pair[2]
  print(a, b, a % b, a / b, math.floor(a / b), math.fmod(a, b), a - math.floor(a / b) * b == a % b)
end
print(7 % 2.5, -7 % 2.5, 7 % -2.5, 2 ^ 10 % 7, 2 ^ -1, (-2) ^ 2, -2 ^ 2, 2 ^ 3 ^ 2)
print(1 / 0, -1 / 0, 0 / 1, 5 % 3 ^ 2, -3 ^ 2, not 1 == 2)
print(10 - 3 - 2, 2 * 3 % 4, 100 / 10 / 2, 1 + 2 .. 3 + 4, 2 .. 3)
local x, y = -7, 3
print(x % y, x % -y, -x % y, -x % -y, x % y * y)
local nan = 5 % 0
print(nan ~= nan, (5 % 0) ~= (5 % 0))
