-- A job runner: reads jobs, runs their tools, keeps results and reports them.
local Runner = {}
Runner.__index = Runner

local json = require("json")
local calc = Tool.get("calculator")
local files = Tool.get("file_operations")

local defaults = {
  retries = 3,
  timeout = 2.5,
  operations = { "evaluate", "validate", "parse" },
  on_error = function(job, message)
    print("job " .. job.name .. " failed: " .. message)
    return false
  end,
}

--- Makes a runner.
-- @param options a table, see defaults
function Runner.new(options)
  local self = setmetatable({}, Runner)
  self.options = options or {}
  for key, value in pairs(defaults) do
    if self.options[key] == nil then
      self.options[key] = value
    end
  end
  self.jobs, self.results = {}, {}
  self.counts = { done = 0, failed = 0, skipped = 0 }
  return self
end

--- Adds a job, or several.
function Runner:add(job, ...)
  if type(job) ~= "table" then
    error("a job is a table, not a " .. type(job), 2)
  elseif not job.name then
    job.name = "job " .. tostring(#self.jobs + 1)
  end
  self.jobs[#self.jobs + 1] = job
  if select("#", ...) > 0 then
    return self:add(...)
  end
  return self
end

-- How long to wait before try number n.
local function delay(n, limit)
  local seconds = 0.1
  while n > 1 and seconds < limit do
    seconds = seconds * 2
    n = n - 1
  end
  return math.min(seconds, limit)
end

local function evaluate(job)
  local result = calc:execute({
    operation = "evaluate",
    input = job.expression,
    variables = job.variables or {},
  })
  if not result.success then
    return nil, result.error
  end
  return result.result.value
end

local function read(job)
  local ok, result = pcall(files.execute, files, { operation = "read", path = job.path })
  if not ok then
    return nil, tostring(result)
  end
  local text = result.result and result.result.content or ""
  local count = 0
  for line in text:gmatch("[^\n]+") do
    count = count + 1
    if line:sub(1, 2) == "--" then
      goto continue
    end
    job.lines = job.lines or {}
    job.lines[#job.lines + 1] = line
    ::continue::
  end
  return count
end

local kinds = {
  evaluate = evaluate,
  read = read,
  ["wait"] = function(job)
    local waited = 0
    repeat
      local step = delay(waited + 1, 1)
      waited = waited + step
    until waited >= (job.seconds or 1)
    return waited
  end,
}

--- Runs one job, with retries.
function Runner:run_one(job)
  local run = kinds[job.kind or "evaluate"]
  if not run then
    self.counts.skipped = self.counts.skipped + 1
    return nil, "there is no kind of job '" .. tostring(job.kind) .. "'"
  end
  local value, message
  for try = 1, self.options.retries do
    value, message = run(job)
    if value ~= nil then
      self.counts.done = self.counts.done + 1
      return value
    end
    delay(try, self.options.timeout)
  end
  self.counts.failed = self.counts.failed + 1
  if not self.options.on_error(job, message) then
    return nil, message
  end
  return false
end

--- Runs all jobs in the order in which they were added.
function Runner:run()
  for index, job in ipairs(self.jobs) do
    local value, message = self:run_one(job)
    self.results[index] = {
      name = job.name,
      value = value,
      message = message,
    }
    Event.publish("job.done", { name = job.name, ok = value ~= nil })
  end
  return self.results
end

-- What is left of a text after the spaces around it.
local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

local function table_of(rows, columns)
  local widths = {}
  for _, row in ipairs(rows) do
    for i = 1, #columns do
      local cell = trim(tostring(row[columns[i]]))
      if not widths[i] or #cell > widths[i] then
        widths[i] = #cell
      end
    end
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(columns) do
      local cell = trim(tostring(row[column]))
      cells[i] = cell .. string.rep(" ", widths[i] - #cell)
    end
    lines[#lines + 1] = table.concat(cells, "  ")
  end
  return lines
end

--- Writes what came out.
function Runner:report(format)
  if format == "json" then
    return json.encode(self.results)
  end
  local lines = table_of(self.results, { "name", "value", "message" })
  local counts = self.counts
  lines[#lines + 1] = string.format(
    "%d done, %d failed, %d skipped",
    counts.done,
    counts.failed,
    counts.skipped
  )
  return table.concat(lines, "\n")
end

local function from_text(text)
  local runner = Runner.new()
  local number = 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local name, kind, rest = line:match("^(%w+)%s+(%w+)%s+(.*)$")
    if name then
      runner:add({ name = name, kind = kind, expression = rest, path = rest, seconds = tonumber(rest) })
    elseif trim(line) ~= "" then
      print("line " .. number .. " is no job: " .. line)
    end
  end
  return runner
end

function Runner.load(path)
  local result = files:execute({ operation = "read", path = path })
  return from_text(result.result.content)
end

return Runner
