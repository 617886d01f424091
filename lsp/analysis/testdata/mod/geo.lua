--- Shapes.
local M = {}
M.unit = "cm"
--- Doubles.
---@param x number
---@return number
function M.double(x) return x * 2 end
function M.pair() return 1, "a" end
local Circle = {}
Circle.__index = Circle
function Circle:area() return self.radius * 3 end
function M.circle(r) return setmetatable({radius = 1}, Circle) end
M.helper = require("mod.inner.helper")
return M
