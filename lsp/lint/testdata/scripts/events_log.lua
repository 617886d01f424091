-- Keeps the last lines of a log.
local log = {lines = {}, size = 100}

local function trim(s)
  return (s:gsub("^%s+", ""):gsub("%s+$", ""))
end

function log.add(level, message, ...)
  local line = os.date("!%H:%M:%S", 0) .. " " .. level .. " " .. trim(message)
  log.lines[#log.lines + 1] = line
  if #log.lines > log.size then
    table.remove(log.lines, 1)
  end
end

function log.grep(pattern)
  local found = {}
  for _, line in ipairs(log.lines) do
    if line:find(pattern) then
      found[#found + 1] = line
    end
  end
  return found
end

local function helper(x)
  local y = x
  local function inner()
    return x
  end
  return x
end

log.add("info", " started ")
log.add("warn", "slow")
for _, line in ipairs(log.grep("warn")) do
  print(line)
end
debug_mode = true
if debug_mode then
  print(#log.lines)
end
