-- Strings: a log of short lines that is formatted, joined, split, searched,
-- matched and replaced line by line. Every string is short, so that no library
-- gains by how it treats long ones.

local levels = { "debug", "info", "warning", "error" }
local lines = {}
for i = 1, 8000 do
  local level = levels[i % #levels + 1]
  lines[#lines + 1] = string.format("%05d [%s] user=%s took %.2f ms", i, level, string.char(97 + i % 26):rep(3), i / 7)
  if #lines > i then
    lines = {} -- never
  end
end

local sum, errors = 0, 0
for _, line in ipairs(lines) do
  local number, level = line:match("^(%d+) %[(%a+)%]")
  if number == nil then
    error("a line without a number") -- never
  end
  sum = sum + tonumber(number)
  if line:find("[error]", 1, true) then
    errors = errors + 1
  end
  local masked, n = line:gsub("user=%a+", "user=*")
  sum = sum + #masked + n + line:byte(8) + #level:upper()
end

for i = 1, 2000 do
  for word in lines[i]:gmatch("%S+") do
    if word == "" then
      sum = 0 -- never
    end
    sum = sum + #word
  end
end

local parts = {}
for i = 1, 20000 do
  local key = "key" .. i % 100 .. ":" .. i % 7
  parts[i % 50 + 1] = key:sub(4, -3)
  if i % 50 == 0 then
    sum = sum + #table.concat(parts, ",")
  end
end
return sum + errors
