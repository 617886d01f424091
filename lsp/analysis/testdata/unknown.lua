-- What nobody knows is not nil because something else is, nor false.
local cfg = require("nowhere")

local function load(found)
  local v = found()
  if v then return v end
  return nil
end
local loaded = load(cfg.find)
--@ type(loaded) = "unknown"

---@type {x: string?, on: boolean}
local rec = cfg.rec
local made = rec.x and cfg.make(rec.x)
--@ type(made) = "unknown"
local enabled = rec.on and cfg.make(rec.x)
--@ type(enabled) = "unknown"
local second = cfg.other or nil
--@ type(second) = "unknown"

-- Of values that are made one at a time.
local values = Streaming.create(function(yield) yield(cfg.value) end)
local value = values:next()
--@ type(value) = "unknown"

-- A list out of which things are taken.
local Queue = {}
Queue.__index = Queue
function Queue.new()
  return setmetatable({heap = {}, size = 0}, Queue)
end
function Queue:push(item)
  self.size = self.size + 1
  self.heap[self.size] = item
end
function Queue:pop()
  if self.size == 0 then
    return nil, "it is empty"
  end
  local top = self.heap[1]
  --@ type(top) = "unknown"
  self.heap[1] = nil
  return top
end
local emptied = {slots = {}}
emptied.slots["a"] = nil
for name, slot in pairs(emptied.slots) do
  print(name, slot)
  --@ type(slot) = "unknown"
end
local queue = Queue.new()
queue:push(1)
queue:push({})
local task = queue:pop()
--@ type(task) = "unknown"

-- Of a call that may fail in ways that nobody sees.
local function step(action)
  local ok, problem = pcall(action)
  --@ type(problem) = "unknown"
  return ok, problem
end
step(cfg.action)

local later
local function set() later = cfg.later end
set()
print(later)
--@ type(later) = "unknown"

-- A constant is not the value of what may be something unknown too.
local function orText(v) if not v then return "x" end return v.y end
local text = orText(cfg.a)
--@ type(text) = "\"x\"|unknown"
local function valid(v, validator)
  local r = false
  if v then r = validator(v) end
  return r
end
local fine = valid(cfg.b, cfg.c)
--@ type(fine) = "boolean|unknown"
if fine then
  print(fine)
  --@ type(fine) = "true|unknown"
end
local function orFalse(v) if v then return false end return cfg.made(v) end
local made = orFalse(cfg.d)
if made then
  print(made)
  --@ type(made) = "unknown"
end
-- What is being worked out is nothing unknown.
local function leaf(t) if not t.next then return false end return leaf(t.next) end
local isLeaf = leaf(cfg.e)
--@ type(isLeaf) = "false"

do -- one of two values, of which nothing is known of the other or of what chooses
  local opts = ...
  local mode = opts.m or "fast"
  --@ type(mode) = "\"fast\"|unknown"
  local word = opts.long and "long" or "short"
  --@ type(word) = "\"long\"|\"short\""
  local both = (opts.a and opts.b and "x") or 5
  --@ type(both) = "\"x\"|5"
  local one = opts.a and "x" or opts.b
  --@ type(one) = "\"x\"|unknown"
  local flag = opts.f or true
  --@ type(flag) = "boolean|unknown"
  local port = opts.p or 80
  --@ type(port) = "integer"
  local list = opts.l or {}
  --@ type(list) = "table"
  local none = opts.n or nil
  --@ type(none) = "unknown"
  local always = "x" or opts.a
  --@ type(always) = "\"x\""
end
