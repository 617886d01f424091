-- Reads rows of a CSV text, groups them by region, and writes a report.
local CSV = [[
region,product,units,price
north,apple,10,0.5
south,apple,7,0.55
north,pear,3,0.8
]]

local function split(line, separator)
  local fields = {}
  for field in (line .. separator):gmatch("(.-)" .. separator) do
    fields[#fields + 1] = field
  end
  return fields
end

local function parse(text)
  local header
  local rows = {}
  for line in text:gmatch("[^\n]+") do
    local fields = split(line, ",")
    if not header then
      header = fields
    else
      local row = {}
      for i, name in ipairs(header) do
        row[name] = fields[i]
      end
      table.insert(rows, row)
    end
  end
  return rows, header
end

local function group_by(rows, key)
  local groups = {}
  for _, row in ipairs(rows) do
    local name = row[key]
    groups[name] = groups[name] or {}
    table.insert(groups[name], row)
  end
  return groups
end

local function totals(rows)
  local units, revenue = 0, 0
  for _, row in ipairs(rows) do
    local count = tonumber(row.units) or 0
    local price = tonumber(row.price) or 0
    units = units + count
    revenue = revenue + count * price
  end
  return {units = units, revenue = revenue, mean = units > 0 and revenue / units or nil}
end

local rows, header = parse(CSV)
print("columns: " .. table.concat(header, ", "))

local report = {}
for region, list in pairs(group_by(rows, "region")) do
  local sum = totals(list)
  report[#report + 1] = {region = region, sum = sum, count = #list}
end

table.sort(report, function(a, b) return a.sum.revenue > b.sum.revenue end)

for place, entry in ipairs(report) do
  local line = string.format("%d. %-8s %3d units %6.2f", place, entry.region, entry.sum.units, entry.sum.revenue)
  if entry.sum.mean then
    line = line .. string.format(" (%.2f each)", entry.sum.mean)
  end
  print(line)
end

local longest = 0
for _, entry in ipairs(report) do
  longest = math.max(longest, #entry.region)
end
local best = report[1]
return {best = best and best.region, longest = longest, rows = #rows}
