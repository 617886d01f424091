-- Counts events by name; every module that requires it shares the counts.
local counts = {}
local M = {}

function M.count(name)
  counts[name] = (counts[name] or 0) + 1
end

function M.get(name)
  return counts[name] or 0
end

function M.reset()
  counts = {}
end

return M
