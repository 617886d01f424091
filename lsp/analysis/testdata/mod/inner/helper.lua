local geo = require("mod.geo")
local H = {}
H.__index = H
---@return string
function H.name() return geo.unit end
function H:size() return 1 end
return H
