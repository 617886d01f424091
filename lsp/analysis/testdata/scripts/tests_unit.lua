-- A small test framework and tests with it.
local Suite = {}
Suite.__index = Suite

local function describe_value(v)
  if type(v) == "string" then
    return ("%q"):format(v)
  elseif type(v) == "table" then
    local parts = {}
    for key, value in pairs(v) do
      parts[#parts + 1] = tostring(key) .. "=" .. tostring(value)
    end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return tostring(v)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

function Suite.new(name)
  return setmetatable({name = name, tests = {}, passed = 0, failures = {}}, Suite)
end

function Suite:test(name, fn)
  self.tests[#self.tests + 1] = {name = name, fn = fn}
  return self
end

local check = {}

function check.equal(got, want, message)
  if not same(got, want) then
    error((message or "not equal") .. ": " .. describe_value(got) .. ", not " .. describe_value(want), 2)
  end
end

function check.raises(fn, pattern)
  local ok, err = pcall(fn)
  if ok then
    error("nothing was raised", 2)
  end
  if not tostring(err):find(pattern) then
    error("the wrong error: " .. tostring(err), 2)
  end
end

function Suite:run()
  local started = os.clock()
  for _, test in ipairs(self.tests) do
    local ok, err = xpcall(function() test.fn(check) end, debug.traceback)
    if ok then
      self.passed = self.passed + 1
    else
      self.failures[#self.failures + 1] = {test = test.name, message = err}
    end
  end
  return #self.failures == 0, os.clock() - started
end

local function factorial(n)
  if n < 0 then
    error("negative")
  end
  return n <= 1 and 1 or n * factorial(n - 1)
end

local suite = Suite.new("numbers")
suite:test("factorial", function(c)
  c.equal(factorial(5), 120)
  c.equal(factorial(0), 1, "zero")
end)
suite:test("errors", function(c)
  c.raises(function() factorial(-1) end, "negative")
end)

local passed, seconds = suite:run()
print(suite.name, passed, ("%.3f s"):format(seconds))
for i, failure in ipairs(suite.failures) do
  print(i .. ": " .. failure.test .. ": " .. failure.message)
end
return {passed = suite.passed, failed = #suite.failures}
