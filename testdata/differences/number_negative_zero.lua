-- Minus zero prints its sign.
local zero = 0
local minus = -zero
print(minus, tostring(minus), table.concat({ minus }, ","))
print(0 == minus, 1 / minus, 1 / zero, -1 / minus)
print(zero * -1, minus + 0, minus - 0, minus * -1, minus + minus)
print(string.format("%g %.1f %d %s", minus, minus, minus, minus))
print(-7 % 7, 7 % -7, 0 % -5, math.fmod(-6, 3))
local t = { [0] = "zero" }
print(t[minus], t[-0])
print(math.floor(-0.5), math.ceil(-0.5), math.abs(minus))
