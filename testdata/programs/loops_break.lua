-- break in every kind of loop, nested, with closures over the loop's variables.
local out = {}
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then break end
    out[#out + 1] = i .. j
  end
end
print(table.concat(out, " "))

local fs = {}
for i = 1, 5 do
  local v = i * i
  fs[#fs + 1] = function() v = v + 1 return v end
  if i == 3 then break end
end
print(#fs, fs[1](), fs[2](), fs[3](), fs[1]())

local n = 0
while true do
  local m = n
  n = n + 1
  fs[#fs + 1] = function() return m end
  if n > 2 then
    do break end
  end
end
print(n, fs[4](), fs[5](), fs[6]())

for _, v in ipairs({ 1, 2, 3, 4 }) do
  local w = v
  fs.last = function() return w end
  if v % 2 == 0 then break end
end
print(fs.last())

repeat
  local x = 1
  fs.r = function() return x end
  if x then break end
until false
print(fs.r())

local function find(matrix, wanted)
  for r, row in ipairs(matrix) do
    for c, v in ipairs(row) do
      if v == wanted then return r, c end
    end
  end
  return nil
end
print(find({ { 1, 2 }, { 3, 4 } }, 3))
print(find({ { 1 } }, 9))

local i = 10
for i = 1, 2 do
  while true do
    if i == 1 then break else i = i - 1 end
  end
end
print(i)
for i = 1, 3 do
  if i == 2 then
    for j = 1, 2 do break end
  else
    io.write(i, " ")
  end
end
print()
while false do end
repeat until true
for _ = 1, 0 do end
print("empty loops")
