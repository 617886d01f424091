---@meta

--- Small helpers.
---@class Utils
---@colon optional
Utils = {}

--- A random UUID.
---@return string uuid
---@nodiscard
function Utils.uuid() end

--- The time in seconds since 1970, with a fraction.
---@return number seconds
---@nodiscard
function Utils.now() end

--- The time in UTC as RFC 3339, with milliseconds.
---@return llmspell.Timestamp time
---@nodiscard
function Utils.timestamp() end

--- Waits. The end of the script interrupts it, and a debugger can pause it.
---@param ms number milliseconds, up to a day
function Utils.sleep(ms) end

--- A copy of a table, with the tables in it, each once. Metatables are shared. Any other value is returned as it is.
---
--- ```lua
--- local a = {list = {1, 2}}
--- local b = Utils.deepcopy(a)
--- b.list[1] = 9
--- print(a.list[1]) --> 1
--- ```
---@generic T
---@param value T
---@return T copy
---@nodiscard
function Utils.deepcopy(value) end
