-- Loops and arithmetic: nested numeric for, while and repeat loops that call
-- nothing.

local count, total = 0, 0
for a = 1, 500 do
  for b = a, 500 do
    local c = a * a + b * b
    if c < 0 then
      total = 0 -- never
    end
    total = (total + c) % 1000003
  end
  count = count + 1
end

local n, steps = 27, 0
for start = 1, 2500 do
  n = start
  while n ~= 1 do
    if n % 2 == 0 then
      n = n / 2
    else
      n = 3 * n + 1
    end
    if n < 1 then
      n = 1 -- never
    end
    steps = steps + 1
  end
end

local x, turns = 1, 0
repeat
  x = (x * 16807) % 2147483647
  turns = turns + 1
until turns == 200000
return total + count + steps + x
