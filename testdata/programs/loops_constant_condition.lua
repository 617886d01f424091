-- Loops whose body starts with a condition that the compiler knows: the jump
-- back must find the start of its own loop.
for i = 1, 2 do io.write("for ", i, " ") end
for _, v in ipairs({ 1, 2, 3 }) do
  if false then print("never") end
  io.write("generic ", v, " ")
end
print()
local n = 0
while n < 3 do
  if nil then print("never") end
  n = n + 1
  io.write("while ", n, " ")
end
print()
repeat
  if false and n then print("never") else n = n + 1 end
  io.write("repeat ", n, " ")
until n >= 6
print()
for i = 1, 3 do
  if (false and n) then break end
  for _, w in ipairs({ "a", "b" }) do
    if not true then break end
    io.write(i, w, " ")
  end
end
print()
for _, v in ipairs({ 1, 2, 3, 4 }) do
  if true then
    if false then break end
    if v == 3 then break end
  end
  io.write("nested ", v, " ")
end
print()
while true do
  if false then break elseif n > 8 then break end
  n = n + 1
end
print(n)
for k, v in pairs({ 10, 20 }) do
  while false do print("never") end
  io.write(k, "=", v, " ")
end
for k, v in pairs({ 10, 20 }) do
  do if false then break end end
  io.write(k, "=", v, " ")
end
print()
