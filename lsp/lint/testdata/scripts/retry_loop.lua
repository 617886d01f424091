-- Calls a function again until it succeeds.
local attempts = 0
local function flaky()
  attempts = attempts + 1
  if attempts < 3 then
    error("not yet")
  end
  return "done"
end

local function retry(fn, times, delay)
  local last
  for try = 1, times do
    local ok, result = pcall(fn)
    if ok then
      return result
    end
    last = result
  end
  error(last)
end

local outcome = retry(flaky, 5)
print(outcome)

while true do
  local ok = pcall(flaky)
  if ok then
    break
  end
end

for i = 1, 10 do
  print(i)
  do break end
end

::unused::
local status = "ok"
if outcome then status = "fine" else status = "bad" end
print(status)
