-- Modulo by a fraction, as a - floor(a / b) * b.
print(1 % 0.1 == 1 - math.floor(1 / 0.1) * 0.1, 0.3 % 0.1 == 0.3 - math.floor(0.3 / 0.1) * 0.1)
print(1 % 0.1, 0.3 % 0.1, 10 % 0.3, 5.5 % 0.25, -1 % 0.1)
local inf = 1 / 0
print(5 % inf ~= 5 % inf, 2 ^ 60 % 1000, 2 ^ 53 % 3)
