-- How numbers become text, by the library.
local numbers = {
  0, 1, -1, 42, 0.5, 0.1, 1 / 3, -1 / 3, 0.1 + 0.2, 100 / 3, 1e3, 1e10, 1e14, 1e15, 1e16, 1e20, 1e100,
  1e-3, 1e-4, 1e-5, 1e-10, 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 53 + 1, 2 ^ 63, 2 ^ 64, -2 ^ 53, 123456789012,
  12345678901234, 123456789012345, 1234567890123456, 3.14159265358979, 99999999999999, 999999999999999,
  0.99999999999999, 0.999999999999999, 1.5e300, 123.456, 1e15 + 0.5, 1e21, 5e-324,
}
for i = 1, #numbers do
  local n = numbers[i]
  print(n, tostring(n), table.concat({ n }), string.format("%s", n))
end
print(#tostring(1 / 3), tostring(10 / 2), 7 / 2, 2 ^ 0.5, 10 % 3.5)
print(1e15 == tonumber(tostring(1e15)), ("x"):rep(3.0), ({ [1] = "one" })[1.0])
io.write(1e15, " ", 1 / 3, " ", 42, " ", 2 ^ 53, "\n")
