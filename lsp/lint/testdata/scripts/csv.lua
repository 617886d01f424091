-- Splits lines of comma-separated values.
local function split(line, separator)
  separator = separator or ","
  local fields, at = {}, 1
  while true do
    local start, stop = line:find(separator, at, true)
    if not start then
      fields[#fields + 1] = line:sub(at)
      break
    end
    fields[#fields + 1] = line:sub(at, start - 1)
    at = stop + 1
  end
  return fields
end

local function quote(field)
  if field:find('[,"\n]') then
    return '"' .. field:gsub('"', '""') .. '"'
  end
  return field
end

local rows = {}
for _, line in ipairs({"a,b,c", "1,2,3"}) do
  rows[#rows + 1] = split(line)
end
for r, row in ipairs(rows) do
  for c, field in ipairs(row) do
    row[c] = quote(field)
  end
  print(table.concat(row, ","))
end

local header = rows[1]
local width = #header
width = #rows[2]
local function unused_helper() return width end
