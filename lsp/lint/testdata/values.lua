-- Values that nothing reads, variables without a value, loops that are none.
local first = 1 --! unused-value
first = 2
print(first)
local maybe = nil
maybe = 3
print(maybe)
local last = 1
print(last)
last = 2 --! unused-value
local kept = 0
for i = 1, 3 do
  if i == 2 then kept = i end
end
print(kept)
local counter = 0
while counter < 3 do
  counter = counter + 1
end
local found
for k, v in pairs({a = 1}) do
  if v == 1 then
    found = k
    break
  end
end
print(found)
local branch = 1 --! unused-value
if kept then
  branch = 2
else
  branch = 3
end
print(branch)
local only = 1
if kept then
  only = 2
end
print(only)
local function overwritten(a, b) --! unused-value
  a = b
  return a
end
print(overwritten(1, 2))
local function early(x)
  local y = 1
  if x then
    return y
  end
  y = 2
  return y
end
print(early())
local shared = 1
local function reads() return shared end
shared = 2
print(reads())
local result
repeat
  local done = result
  result = 1
until done
local again = 0
repeat
  again = again + 1
  local enough = again > 3
until enough
local endless = 0
while true do
  endless = endless + 1
  if endless > 3 then break end
end
local lost = 0
while true do
  if kept then
    lost = 1 --! unused-value
    break
  end
  print(lost)
end
local one, two = early(), 3 --! unused-value
two = 4
print(one, two)
local three, four = 0
four = 3
print(three, four)
local five, six = early() --! unused-value
six = 3
print(five, six)
local never --! never-set
print(never)
---@type string
local annotated
print(annotated)
local filled = {} --! unused-local
filled.a = 1
filled[1] = 2
function filled.f() end
local read = {}
read.a = 1
print(read.a)
local given = {}
given.a = 1
print(given)
local other = early()
other.a = 1
local function jumps()
  local jump = 1
  if kept then
    goto on
  end
  jump = 2
  ::on::
  return jump
end
print(jumps())
for i = 1, 3 do
  i = i + 1 --! loop-variable
  print(i)
end
for i = #read, 1 do print(i) end --! loop-direction
for i = #read, 1, -1 do print(i) end
for i = 10, 1 do print(i) end --! loop-direction
for i = 1, 10, -1 do print(i) end --! loop-direction
for i = 1, 10, 0 do print(i) end --! loop-direction
for i = 3, 3 do print(i) end
for i = #read, #given do print(i) end
while kept do --! loop-once
  print(1)
  break
end
while kept do
  if again then break end
end
for k in pairs(read) do
  print(k)
  break
end
repeat --! loop-once
  do break end
until false
repeat
  if again then break end
  print(1)
until true
print(1);
; --! empty-statement
if kept then; end --! empty-statement empty-block
print({1; 2}, {
  a = 1;
})
