-- Builds a sales report and writes it as JSON with sorted keys.

local json = {}

local escapes = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}

local function quote(text)
  local escaped = text:gsub('[%c"\\]', function(c)
    return escapes[c] or string.format("\\u%04x", c:byte())
  end)
  return '"' .. escaped .. '"'
end

-- A table is an array when its keys are 1 to n and nothing else.
local function array_length(value)
  local count = 0
  for key in pairs(value) do
    if type(key) ~= "number" then
      return nil
    end
    count = count + 1
  end
  if count ~= #value then
    return nil
  end
  return count
end

local function sorted_keys(object)
  local keys = {}
  for key in pairs(object) do
    if type(key) ~= "string" then
      error("cannot write a key of type " .. type(key), 0)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local encode

local function encode_array(array, count, indent, seen)
  if count == 0 then
    return "[]"
  end
  local inner = indent .. "  "
  local parts = {}
  for i = 1, count do
    parts[i] = inner .. encode(array[i], inner, seen)
  end
  return "[\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "]"
end

local function encode_object(object, indent, seen)
  local inner = indent .. "  "
  local parts = {}
  for _, key in ipairs(sorted_keys(object)) do
    local value = encode(object[key], inner, seen)
    parts[#parts + 1] = inner .. quote(key) .. ": " .. value
  end
  return "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

local function encode_number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no number for " .. (value ~= value and "nan" or "infinity"), 0)
  end
  return string.format("%.14g", value)
end

encode = function(value, indent, seen)
  local kind = type(value)
  if kind == "nil" then
    return "null"
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "number" then
    return encode_number(value)
  elseif kind == "string" then
    return quote(value)
  elseif kind ~= "table" then
    error("cannot write a " .. kind, 0)
  end

  if seen[value] then
    error("the table contains itself", 0)
  end
  seen[value] = true
  local count = array_length(value)
  local text
  if count then
    text = encode_array(value, count, indent, seen)
  else
    text = encode_object(value, indent, seen)
  end
  seen[value] = nil
  return text
end

function json.encode(value)
  return encode(value, "", {})
end

-- The report itself.

local sales = {
  { region = "north", month = "January", units = 120, price = 9.5 },
  { region = "north", month = "February", units = 95, price = 9.5 },
  { region = "south", month = "January", units = 210, price = 8.25 },
  { region = "south", month = "February", units = 180, price = 8.75 },
  { region = "west", month = "February", units = 12, price = 11 },
}

local function group_by(rows, field)
  local groups = {}
  for _, row in ipairs(rows) do
    local name = row[field]
    groups[name] = groups[name] or {}
    table.insert(groups[name], row)
  end
  return groups
end

local function summarize(rows)
  local units, revenue = 0, 0
  local best
  for _, row in ipairs(rows) do
    local value = row.units * row.price
    units, revenue = units + row.units, revenue + value
    if not best or value > best.units * best.price then
      best = row
    end
  end
  return {
    units = units,
    revenue = revenue,
    average_price = revenue / units,
    best_month = best.month,
  }
end

local function build(rows)
  local report = {
    title = 'Sales "at a glance"',
    notes = {
      "prices in euro",
      "tabs\tand\nnew lines are escaped",
      "control \1 too",
    },
    complete = true,
    empty = {},
    regions = {},
    total = summarize(
      rows
    ),
  }
  for region, group in pairs(group_by(rows, "region")) do
    report.regions[region] = summarize(group)
    report.regions[region].rows = group
  end
  return report
end

print(json.encode(build(sales)))

-- What cannot be written is refused with a reason.
local loop = { name = "loop" }
loop.self = loop
for _, bad in ipairs({ loop, { [1.5] = "x" }, { f = print }, { n = 0 / 0 }, { n = 1 / 0 } }) do
  local ok, message = pcall(json.encode, bad)
  print(ok, message)
end
