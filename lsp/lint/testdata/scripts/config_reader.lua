-- Reads key = value lines into a table.
local M = {}

local defaults = {
  host = "localhost",
  port = 8080,
  host = "127.0.0.1",
}

function M.parse(text)
  local result = {}
  for line in text:gmatch("[^\n]+") do
    local key, value = line:match("^%s*(%w+)%s*=%s*(.-)%s*$")
    if key then
      if value == "true" then
        value = true
      elseif value == "false" then
        value = false
      elseif tonumber(value) then
        value = tonumber(value)
      end
      result[key] = value
    end
  end
  for k, v in pairs(defaults) do
    if result[k] == nil then
      result[k] = v
    end
  end
  return result
end

function M.dump(config)
  local keys = {}
  for key in pairs(config) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local lines = {}
  for _, key in ipairs(keys) do
    local line = key .. " = " .. tostring(config[key])
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n")
end

do
end

local parsed = M.parse("port = 9000\nverbose = true")
print(M.dump(parsed))
return M
