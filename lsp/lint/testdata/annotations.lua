-- Values that annotations promise.
local unknown = math.random() > 0.5

---@class P
---@field x number
---@field name? string
---@field tags string[]
---@field at? { line: integer }
---@field f? fun()

---@class Q : P
---@field z boolean

---@type P
local a = {x = "a", tags = {}} --! assigned-type
---@type P
local b = {x = 1, tags = {}, name = 5} --! assigned-type
---@type P
local c = {x = 1, tags = {"t"}, name = nil, f = {}, more = 1}
---@type P
local d = {x = unknown and "a" or 1, tags = {}, ["name"] = true} --! assigned-type
---@type Q
local e = {x = {}, z = true, tags = {}} --! assigned-type
---@type P[]
local list = {{x = 1, tags = {}}}
print(a, b, c, d, e, list)
---@class ByName
---@field [string] number
---@type ByName
local names = {[""] = "x"}
print(names)
---@param p P
local function take(p) return p end
take({x = "a", tags = {}}) --! assigned-type
---@return P
local function make() return {x = "a", tags = {}} end --! assigned-type
print(make())

---@return number
local function none()
  print("x")
end --! missing-return
---@return number
local function sometimes(v)
  if v then return 1 end
end --! missing-return
---@return number
local function branch(v)
  if v then return 1 else print("no") end
end --! missing-return
---@return number
local function stored(v)
  a.x = v
end --! missing-return
---@return number
local function stub() end
---@return number?
local function optional(v) if v then return 1 end end
---@return number
local function raises() error("not here") end
---@return number
local function own(v) if v then return 1 end take(v) end
---@return number
local function search(t) for _, v in ipairs(t) do if v then return v end end end
---@return number
local function cases(v)
  if v == "a" then return 1 elseif v == "b" then return 2 end
end
---@return number
local function bare(v) if v then return end print(v) end
---@return number
local function waits(v) while true do if v() then return 1 end end end
---@return number
local function repeats(v) repeat v() until false end
---@return number
local function asserts(v) if v then return 1 end assert(false, "x") end
---@return number
local function both(v) if v then return 1 else return 2 end end
---@return number
local function nested(v) do if v then return 1 end return 2 end end
---@return number ...
local function many(v) if v then return 1 end print(v) end
---@param v any
local function nothing(v) print(v) end
print(none, sometimes, branch, stored, stub, optional, raises, own, search, cases, bare, waits, repeats, asserts, both, nested, many, nothing)
