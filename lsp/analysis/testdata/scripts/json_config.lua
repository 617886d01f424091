-- Reads a configuration, fills in what is missing, and checks it.
local defaults = {
  host = "localhost",
  port = 8080,
  debug = false,
  limits = {requests = 100, size = 1024 * 1024},
  tags = {"web", "api"},
}

local function merge(base, over)
  local out = {}
  for key, value in pairs(base) do
    out[key] = value
  end
  for key, value in pairs(over or {}) do
    if type(value) == "table" and type(out[key]) == "table" then
      out[key] = merge(out[key], value)
    else
      out[key] = value
    end
  end
  return out
end

local function load_config(path)
  local file, err = io.open(path, "r")
  if not file then
    return nil, "cannot open " .. path .. ": " .. err
  end
  local text = file:read("*a")
  file:close()
  local ok, value = pcall(JSON.parse, text)
  if not ok then
    return nil, "cannot parse " .. path .. ": " .. value
  end
  return value
end

local checks = {
  host = function(v) return type(v) == "string" and v ~= "" end,
  port = function(v) return type(v) == "number" and v > 0 and v < 65536 end,
  debug = function(v) return type(v) == "boolean" end,
}

local function validate(config)
  local problems = {}
  for name, check in pairs(checks) do
    if not check(config[name]) then
      problems[#problems + 1] = name
    end
  end
  table.sort(problems)
  return #problems == 0, problems
end

local loaded, why = load_config("config.json")
if not loaded then
  print(why)
end
local config = merge(defaults, loaded)
local valid, problems = validate(config)
if not valid then
  error("wrong: " .. table.concat(problems, ", "))
end
local address = defaults.host .. ":" .. defaults.port
local half = defaults.limits.size / 2
local first = defaults.tags[1]
print(JSON.stringify(config, {indent = 2}), address, half, first)
for i, tag in ipairs(defaults.tags) do
  print(i, tag:upper())
end
