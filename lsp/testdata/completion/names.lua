local M = {}
M.__index = M

---@class Point
---@field x number the first
---@field y? number the second
---@field _secret string
---@field old string
---@field move fun(self: Point, dx: number)

--- Makes a point.
---@param x number how far right
---@param y? number
---@return Point
function M.new(x, y)
	return setmetatable({ x = x, y = y }, M)
end

---@deprecated use new
function M.make() end

local near = 1
local function outer(first)
	local near, middle = "a", true
	do
		local hidden = 1
	end
	local inner = first
	--@ complete(= |) has "middle near first"
	return n
	--@ complete(return |) has "inner middle near first outer M"
end

local pt = M.new(1, 2)
--@ signature(1|) = "M.new(*x: number*, y?: number): Point"
--@ signature(, |) = "M.new(x: number, *y?: number*): Point"
--@ hints(local) = "pt: Point"
--@ hover(M.|new) has "Makes a point."
--@ hover(M.n|ew) has "how far right"
print(pt.x)
--@ complete(pt.|) has "x y old _secret"
pt:move(1)
--@ complete(pt:|) = "move"
local s = ("x"):rep(2)
--@ complete(:r|) has "find format"
--@ hover(re|p) has "function rep("
s:
--@ complete(s:|) has "byte find"
for i = 1, 3 do
--@ complete(i|) = ""
--@ complete(= 1|) = ""
	goto continue
	--@ complete(goto |) = "continue"
	::continue::
	--@ complete(conti|) = ""
end
local LIMIT = 100
--@ hover(LIMIT) has "number = 100"
function M.
--@ complete(M.|) = ""
local function named(one, two) end
--@ complete(named|) = ""
--@ complete(one|) = ""
-- a comment with words
--@ complete(wor|ds) = ""
if pt then end
--@ complete(pt |) = "then and or"
while pt do end
--@ complete(pt |) = "do and or"
---@param one
--@ complete(---@|) has "param return type class field"
---@type Poi
--@ complete(Poi|) has "Point"
--@ hover(Poi) = ""
print(M.new, unknown_thing)
--@ hover(unknown_thing) has "unknown"
return M
