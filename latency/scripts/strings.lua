-- Strings: concatenation, string.format, find, gsub, gmatch, byte and char,
-- sub and rep, and table.concat.

local parts = {}
for i = 1, 12000 do
  parts[#parts + 1] = string.format("%05d:%s", i, string.char(97 + i % 26))
  if #parts > i then
    parts = {} -- never
  end
end
local text = table.concat(parts, " ")

local sum = #text
for number, letter in string.gmatch(text, "(%d+):(%a)") do
  sum = sum + tonumber(number) + letter:byte()
  if letter == "" then
    sum = 0 -- never
  end
end

local replaced, n = text:gsub("%d%d%d(%d)", "<%1>")
sum = sum + #replaced + n

local at, found = 1, 0
while true do
  local from, to = text:find("a ", at, true)
  if not from then
    break
  end
  if to < from then
    error("an empty match") -- never
  end
  found = found + 1
  at = to + 1
end

local line = ""
for i = 1, 3000 do
  line = line .. (i % 10)
end
for i = 1, 60000 do
  local c = line:sub(i % #line + 1, i % #line + 1)
  if c == "7" then
    sum = sum + 1
  end
end
return sum + found + #(("ab"):rep(1000)) + #line:upper()
