-- The keys of a table that a function of the program reads.
local function draw(text, opts)
  opts = opts or {}
  if opts.verbose then print(text) end
  if opts.mode == "fast" or opts.mode == "slow" then return end
  assert(opts.title, "a title is needed")
  local out = Tool.execute(opts.tool, {input = opts.depth or 3})
  opts.done = opts.done or false
  opts.unread = 1
  return opts.on_end(out, text), opts.box.left, opts["box"].top
end

draw("x", {})
--@ complete({|) has "title verbose mode tool depth done on_end box draw"
draw("x", {title = "t", de = 1, box = {}})
--@ complete(, de|) = "verbose mode tool depth done on_end"
--@ complete({|@) has "verbose mode tool depth done on_end"
--@ complete(box = {|) has "left top draw"
draw("x", {mode = "", tool = "calc"})
--@ complete(mode = "|) = "fast slow"
--@ complete(tool = "calc|) has "calculator"
draw("x", {depth = 4, title = "t"})
--@ hover(depth) has "default `3` · read by draw"
--@ hover(title) has "(field) title"

-- Through variables, fields, functions and defaults.
local defaults = {width = 80, border = {left = 1}}
local function merge(a, b)
  local all = {}
  for k, v in pairs(a) do all[k] = v end
  for k, v in pairs(b or {}) do all[k] = v end
  return all
end
local function merged(opts)
  local all = merge(defaults, opts)
  return all.height
end
merged({})
--@ complete({|) has "width border height"
merged({border = {}})
--@ complete(border = {|) has "left"
local function filled(opts)
  for k, v in pairs(defaults) do if opts[k] == nil then opts[k] = v end end
  return merged(opts), opts.own
end
filled({})
--@ complete({|) has "width border height own"
local later = {}
later.x = 1
--@ complete(later.|) has "width border height own"
filled(later)
local Job = {}
Job.__index = Job
function Job.new(opts) return setmetatable({opts = opts}, Job) end
function Job:run() return self.opts.retries or 3 end
Job.new({})
--@ complete({|) has "retries"
local Item = {price = 0}
function Item:new(o)
  setmetatable(o or {}, self)
  self.__index = self
  return o
end
function Item:total() return self.price * self.count, self:total() end
Item:new({})
--@ complete({|) has "price count Item"
local function each(list)
  for _, entry in ipairs(list) do print(entry.id, entry.label or "none") end
end
each({{}})
--@ complete({{|) has "id label"

-- What annotations say counts.
---@param opts table
---@param opts.size integer how much
local function sized(opts) return opts.size, opts.rest end
sized({size = 1})
--@ hover(size) has "how much"
---@param o {speed: number}
local function fixed(o) return o.other end
fixed({})
--@ complete({|) = "speed"

-- LDoc.
--- @param name who
--- @param[opt=false] loud whether to shout
local function say(name, loud) return name, loud end
say("x", true)
--@ signature("x"|) has "loud?"

-- What counts by default is a text: its methods are no keys of the option.
function string.wlen(text) return #text end
local function wide(args)
  local text = args.text or ""
  print(text:wlen(), text:upper(), args.place.row)
end
wide({text = "", place = {}})
--@ hover(text) has "text?: string"
--@ hover(place) has "{ row?: unknown }"
