---@class Shape
---@field area fun(self: Shape): number
---@field name string

---@class Square : Shape
local Square = {}
function Square:area() return 4 end

---@class Disc : Shape
local Disc = {area = function() return 3 end}

---@type Shape
--@ impl(Shape) = "interface.lua:1:11 interface.lua:5:11 interface.lua:9:11"
local shape = Square
print(shape:area())
--@ impl(area) = "interface.lua:2:11 interface.lua:7:17 interface.lua:10:15"

local worker = coroutine.create(function(n) return n end)
print(worker, Square.name, Disc)
--@ typedef(worker) = "interface.lua:18:41"
--@ typedef(Square) = "interface.lua:5:11"
local point = {x = 1, y = 2}
--@ typedef(point) = "interface.lua:22:15"
local answer = Tool.execute("calculator", {input = "1"})
--@ typedef(answer) = "llmspell-schema:calculator:1:1"
