-- What aliases.lua calls by other names.
local M = {}
local function run() return 1 end
--@ incoming(run) = "M.start@8:29@8:37 aliases.lua@4:1@19:4@20:5 caller@8:3@9:16"
M.run = run
M.both = run
M.both = function() return 2 end
function M.start() return M.run() + run() end
return M
