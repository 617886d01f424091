-- Prints rows in columns.
local function width(rows, column)
  local most = 0
  for _, row in ipairs(rows) do
    most = math.max(most, #tostring(row[column]))
  end
  return most
end

local function render(rows, separator, align)
  local columns = #rows[1]
  local widths = {}
  for c = 1, columns do
    widths[c] = width(rows, c)
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local cells = {}
    for c = 1, columns do
      local cell = tostring(row[c])
      cells[c] = cell .. string.rep(" ", widths[c] - #cell)
    end
    lines[#lines + 1] = table.concat(cells, separator or "  ")
  end
  return table.concat(lines, "\n")
end

print(render({{"name", "n"}, {"apples", 3}}))
print(string.format("%s has %d", "it", 3))
if columns then
  print(columns)
end
local rows = {}
for rows = 1, 2 do
  print(rows)
end
goto finish
do
  print("skipped")
end
::finish::
print("done")
