-- A workflow whose steps may fail: retries, error objects, handlers, clean-up.

-- Errors that carry data. Their text appears wherever they are printed.
local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(self)
  return self.kind .. ": " .. self.message
end

function Failure.new(kind, message, temporary)
  return setmetatable({ kind = kind, message = message, temporary = temporary or false }, Failure)
end

local function is_failure(value)
  return getmetatable(value) == Failure
end

-- Messages with a position, without the folder the script was started from.
local function brief(message)
  return (tostring(message):gsub("^.-([%w_]+%.lua:%d+:)", "%1"))
end

-- A service that fails in a way that depends on how often it was called.
local calls = {}
local function service(name)
  calls[name] = (calls[name] or 0) + 1
  local attempt = calls[name]
  if name == "flaky" and attempt < 3 then
    error(Failure.new("timeout", "no answer to attempt " .. attempt, true))
  elseif name == "forbidden" then
    error(Failure.new("denied", "no permission"))
  elseif name == "down" then
    error(Failure.new("timeout", "attempt " .. attempt .. " hung", true))
  elseif name == "buggy" then
    local nothing
    return nothing.field
  elseif name == "text" then
    error("plain text")
  elseif name == "blame" then
    error("the caller is at fault", 2)
  elseif name == "bare" then
    error("no position", 0)
  end
  return name .. " answered", attempt
end

-- Calls f until it succeeds, fails for good, or the attempts are used up.
-- Returns true and f's results, or false, the last error and the attempts.
local function retry(attempts, f, ...)
  local waited = 0
  for attempt = 1, attempts do
    local results = { pcall(f, ...) }
    if results[1] then
      return unpack(results)
    end
    local problem = results[2]
    local temporary = is_failure(problem) and problem.temporary
    if not temporary or attempt == attempts then
      return false, problem, attempt, waited
    end
    waited = waited + 2 ^ attempt
  end
end

for _, name in ipairs({ "steady", "flaky", "forbidden", "down" }) do
  local ok, result, attempts, waited = retry(4, service, name)
  if ok then
    print(name, "ok", result, attempts)
  else
    print(name, "failed", tostring(result), attempts, waited)
  end
end

-- Errors without an object: the position tells who is to blame.
for _, name in ipairs({ "text", "blame", "bare" }) do
  local ok, message = pcall(function()
    local result = service(name)
    return result
  end)
  print(name, ok, brief(message))
end
print("buggy", pcall(service, "buggy") == false)

-- A handler sees the error before the stack unwinds.
local depth_seen
local function handler(problem)
  depth_seen = 0
  while depth_seen < 3 and debug.getinfo(depth_seen + 1, "l") do
    depth_seen = depth_seen + 1
  end
  return "handled " .. brief(problem)
end

local function deep(n)
  if n == 0 then
    error("at the bottom")
  end
  deep(n - 1)
  return n
end

print(xpcall(function() return deep(5) end, handler))
print("frames alive in the handler:", depth_seen == 3)
print(xpcall(function() return "no error", 42 end, handler))
print(xpcall(function() error(Failure.new("denied", "by object")) end, function(problem)
  return problem.kind
end))

-- Clean-up that always runs, and errors that travel on.
local opened, closed = 0, 0
local function with_resource(use)
  opened = opened + 1
  local resource = { id = opened, open = true }
  local results = { pcall(use, resource) }
  resource.open = false
  closed = closed + 1
  if not results[1] then
    error(results[2], 0)
  end
  return unpack(results, 2)
end

print(pcall(with_resource, function(resource)
  return "used", resource.id, resource.open
end))
print(pcall(with_resource, function(resource)
  return with_resource(function(inner)
    error("nested " .. resource.id .. " and " .. inner.id, 0)
  end)
end))
print("opened", opened, "closed", closed)

-- State changed before the error stays changed, and closures made before it
-- still share it.
local balance = 100
local history = {}
local function withdraw(amount)
  history[#history + 1] = amount
  balance = balance - amount
  if balance < 0 then
    balance = balance + amount
    error(Failure.new("overdrawn", "missing " .. amount - balance))
  end
  return balance
end

for _, amount in ipairs({ 30, 50, 40, 20 }) do
  local ok, result = pcall(withdraw, amount)
  print("withdraw", amount, ok, tostring(result))
end
print("balance", balance, "tried", table.concat(history, ","))

-- Errors of any type, and errors in the middle of a chain of handlers.
for _, value in ipairs({ 42, true, "text", { code = 7 } }) do
  local ok, caught = pcall(error, value, 0)
  print(type(caught), caught == value, ok)
end
print(pcall(error))
print(select("#", pcall(error, nil)))
print(pcall(pcall, error, "inner"))

local function step(name, action)
  local ok, problem = pcall(action)
  if not ok then
    error(name .. " <- " .. brief(problem), 0)
  end
end

print(pcall(step, "outer", function()
  step("middle", function()
    step("inner", function()
      assert(false, "assertion text")
    end)
  end)
end))
print(pcall(assert, nil))
print(pcall(assert, 1, 2, 3))
