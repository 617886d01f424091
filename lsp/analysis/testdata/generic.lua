---@generic T
---@param x T
---@return T
local function id(x) return x end
local a = id("s")
--@ type(a) = `"s"`

---@generic K, V
---@param t table<K, V>
---@return V[]
local function values(t) end
local vs = values({a = 1, b = 2})
--@ type(vs) = "integer[]"

---@generic T, U
---@param list T[]
---@param fn fun(x: T, i: integer): U
---@return U[]
local function map(list, fn) end
local ms = map({"a", "b"}, function(x, i)
  print(x, i)
  --@ type(x) = `"a"|"b"`
  --@ type(i) = "integer"
  return #x
end)
print(ms)
--@ type(ms) = "integer[]"

---@class Box<T>
---@field value T
local Box = {}
---@return T
function Box:get() end
---@generic U
---@param fn fun(v: T): U
---@return Box<U>
function Box:map(fn) end

---@type Box<string>
local box
print(box.value, box:get())
--@ type(box) = "Box<string>"
--@ type(box.value) = "string"
--@ type(box:get()) = "string"
local mapped = box:map(function(v) return #v end)
--@ type(v) = "string"
--@ type(mapped) = "Box<integer>"
local mg = mapped:get()
--@ type(mg) = "integer"

---@overload fun(kind: "num"): number
---@overload fun(kind: "str"): string
---@param kind string
---@return boolean
local function make(kind) end
local m1, m2, m3 = make("num"), make("str"), make("other")
--@ type(m1) = "number"
--@ type(m2) = "string"
--@ type(m3) = "boolean"

---@generic T
---@param name `T`
---@return T
local function new(name) end
---@class Widget
---@field w integer
local wd = new("Widget")
--@ type(wd) = "Widget"

---@alias Mode "r"|"w"
---@param m Mode
local function open(m) end
open("r")
--@ expected("r") = `"r"|"w"`
--@ slot("r|") = "enum"

---@enum Color
local Color = {red = 1, green = 2}
---@type Color
local col
--@ type(col) = "1|2"

local any = id(nil) --[[@as Widget]]
--@ type(any) = "Widget"
---@type fun(cb: fun(w: Widget, n: integer))
local each
each(function(w, n)
  print(w, n)
  --@ type(w) = "Widget"
  --@ type(n) = "integer"
end)
---@cast any string
print(any)
--@ type(any) = "string"

local st = Streaming.create(function(yield) end)
for x in st:iter() do print(x) end
local up = ("abc"):upper()
--@ type(up) = "string"
for w in ("a b"):gmatch("%a+") do print(w) end
--@ type(w) = "string"
local s = string.format("%d", 1)
--@ type(s) = "string"
local ks = {}
for k, v in pairs({a = 1, b = 2}) do ks[k] = v end
--@ type(k) = "string"
--@ type(v) = "integer"
