local name = ...
local M = {}
package.loaded[name] = M
function M.answer() return 42 end
