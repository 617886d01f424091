-- Walks through decoded JSON, and prints the paths of its values.
local data = JSON.parse('{"a": [1, 2, {"b": true}], "c": null}')

local function walk(value, path, visit)
  if type(value) == "table" then
    for k, v in pairs(value) do
      walk(v, path .. "." .. tostring(k), visit)
    end
  else
    visit(path, value)
  end
end

local paths = {}
walk(data, "$", function(path, value)
  paths[#paths + 1] = path
end)
table.sort(paths)
for i = 1, #paths do
  print(paths[i])
end

local function count(value)
  local n = 0
  walk(value, "", function() n = n + 1 end)
  return n
end

local total = count(data)
if total > 0 then
  print(total)
elseif total == 0 then
  -- nothing in it
else
  error("negative")
end
local pretty = true
if pretty and not count(data) == 0 then
  print(JSON.stringify(data))
end
