-- Annotations of the kinds that definition files have.

-- The object of a method as a type parameter: chains keep the class that they begin with.
---@class Shape
local Shape = {}
---@generic T
---@param self T
---@return T
function Shape.clone(self) return self end
---@generic T: Shape
---@param self T
---@param n integer
---@return T[]
function Shape:copies(n) return {self, n} end
---@class Round: Shape
---@field radius number
---@field map fun<T>(self: T, f: fun(x: number): number): T
local Round = setmetatable({}, {__index = Shape})
---@type Round
local round = Round
local c1, c2, c3 = round:clone(), round:copies(2), Round.clone(round)
local c4 = round:map(function(x) return x end)
--@ type(x) = "number"
print(c1, c2, c3, c4)
--@ type(c1) = "Round"
--@ type(c2) = "Round[]"
--@ type(c3) = "Round"
--@ type(c4) = "Round"

-- Any number of results.
---@type fun(...: string): ...: integer
local counts = Counts
local n1, n2 = counts("a", "b")
print(n1, n2)
--@ type(n1) = "integer"
--@ type(n2) = "integer"

-- Fields that may be absent, keys of several types, numbered entries.
---@type {name: string, age?: integer, [1]: boolean, [string]: number, ["a-b"]?: string}
local rec = Rec
print(rec.age, rec[1], rec.other, rec["a-b"])
--@ type(rec.age) = "integer?"
--@ type(rec[1]) = "boolean"
--@ type(rec.other) = "number"
--@ type(rec["a-b"]) = "string?"
---@type {[string]: integer, [integer]: string}
local both = Both
print(both.x, both[1])
--@ type(both.x) = "integer"
--@ type(both[1]) = "string"
---@type {[1]: string, [2]: integer}
local pair = Pair
print(pair[1], pair[2])
--@ type(pair[1]) = "string"
--@ type(pair[2]) = "integer"

-- A list, or an empty one.
---@param opts {tags?: string[], ages?: table<string, integer>}
local function lists(opts)
  local tags, ages = opts.tags or {}, opts.ages or {}
  print(tags, ages)
  --@ type(tags) = "string[]"
  --@ type(ages) = "table<string, integer>"
end
lists(Opts)

-- A method that is written for a declared field has the parameters that it says.
---@class Button
---@field on_click fun(self: Button, x: integer, y: number)?
---@field on_key fun(self: Button, key: string)
---@param b Button
local function wire(b)
  function b:on_click(left, top) print(self, left, top) end
  --@ type(left) = "integer"
  --@ type(top) = "number"
  b.on_key = function(me, key) print(me, key) end
  --@ type(me) = "Button"
  --@ type(key) = "string"
end
wire(Button)
