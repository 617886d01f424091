-- What metamethods get as arguments: __unm gets its operand twice.
local function report(...) return select("#", ...) .. " " .. tostring(rawequal((select(1, ...)), (select(2, ...)))) end
local t = setmetatable({}, { __unm = report, __add = report, __concat = report, __index = report, __lt = function(...) return select("#", ...) == 2 end })
print(-t, t + t, t + 1, t .. t, t.x, t < t)
