-- Number literals and arithmetic folded by the compiler.
print(0x10, 0xff, 0XA, 1e2, 1E2, 1e+2, 1e-2, .5, 5., 3.25, 0x7fffffff, 0xffffffff, 007)
print(1 + 2 * 3, (1 + 2) * 3, 7 / 2, 2 ^ 3, -2 ^ 2, 10 % 3, -10 % 3, 2 * -3, - -3, not nil)
print(1e308 * 10, -1e308 * 10, 1e-320 > 0, 2 ^ 1023 * 2 == math.huge)
print(1 == 1.0, 0x10 == 16, 1e1 == 10, .1 + .2 == .3)
print(math.pi, math.sqrt(2), math.sin(0), math.cos(0), math.exp(0), math.log(1), math.log10(1000), math.pow(2, 8))
print(math.floor(-3.5), math.ceil(3.2), math.abs(-5), math.max(3, 9, 2), math.min(3, 9, 2), math.mod and math.mod(7, 3))
print(math.frexp(8), math.ldexp(0.5, 4), math.deg(math.pi), math.rad(180) == math.pi)
print(2 ^ 53 == 2 ^ 53 + 1, 9007199254740993, 1e15 + 1, 123456789 * 987654321)
