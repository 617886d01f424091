-- Parses a log, groups errors, and finds the slowest requests.
local SAMPLE = [[
2026-01-31 12:00:01 INFO  GET /users 200 12ms
2026-01-31 12:00:02 ERROR GET /orders 500 230ms
2026-01-31 12:00:05 WARN  POST /users 409 31ms
2026-01-31 12:00:09 ERROR GET /orders 500 245ms
]]

local LEVELS = {INFO = 1, WARN = 2, ERROR = 3}

local function parse_line(line)
  local date, time, level, method, path, status, ms = line:match("^(%S+) (%S+) (%u+)%s+(%u+) (%S+) (%d+) (%d+)ms$")
  if not date then
    return nil, "malformed: " .. line
  end
  return {
    stamp = date .. "T" .. time,
    level = level,
    rank = LEVELS[level] or 0,
    request = {method = method, path = path},
    status = tonumber(status),
    ms = tonumber(ms) or 0,
  }
end

local function lines_of(text)
  return text:gmatch("([^\n]*)\n")
end

local entries, bad = {}, {}
for line in lines_of(SAMPLE) do
  local entry, problem = parse_line(line)
  if entry then
    entries[#entries + 1] = entry
  else
    bad[#bad + 1] = problem
  end
end

local by_path = {}
local slowest
for i, entry in ipairs(entries) do
  local path = entry.request.path
  local stats = by_path[path] or {count = 0, errors = 0, total = 0}
  stats.count = stats.count + 1
  stats.total = stats.total + entry.ms
  if entry.rank >= LEVELS.ERROR then
    stats.errors = stats.errors + 1
  end
  by_path[path] = stats
  if not slowest or entry.ms > slowest.ms then
    slowest = entry
  end
  if i % 2 == 0 then
    print(entry.stamp, entry.status)
  end
end

local paths = {}
for path in pairs(by_path) do
  paths[#paths + 1] = path
end
table.sort(paths, function(a, b) return by_path[a].total > by_path[b].total end)

for rank, path in ipairs(paths) do
  local stats = by_path[path]
  local rate = stats.errors / stats.count * 100
  print(("%d %-10s %5.1f ms %3.0f%%"):format(rank, path, stats.total / stats.count, rate))
end

local function redact(text)
  local out, n = text:gsub("(%d+)%.(%d+)%.(%d+)%.(%d+)", function(a, b)
    return a .. "." .. b .. ".x.x"
  end)
  return out, n
end

local clean, replaced = redact("from 10.0.0.1 to 10.0.0.2")
local upper = ("abc"):upper():rep(2)
local code = ("A"):byte()
local first, last = ("hello world"):find("o w", 1, true)
print(clean, replaced, upper, code, first, last, slowest and slowest.request.method, #bad)
