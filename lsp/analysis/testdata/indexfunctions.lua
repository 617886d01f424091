-- What an __index function looks up belongs to the table.
local methods, extras = {}, {}
function methods:hello() return "hi" end
function extras.count() return 2 end
local function new() return setmetatable({n = 1}, {__index = function(_, k) return methods[k] or extras[k] end}) end
local o = new()
local h, c = o:hello(), o.count()
print(o.n, h, c, o.other)
--@ type(o.n) = "integer"
--@ type(h) = `"hi"`
--@ type(c) = "2"
--@ type(o.other) = "unknown"

-- Nor is a table that looks into itself, or by another key, more than it is.
local loop = setmetatable({a = 1}, {__index = function(t, k) return t[k] end})
local other = "x"
local by = setmetatable({}, {__index = function(_, k) return methods[other] or k end})
print(loop.a, loop.b, by.hello)
--@ type(loop.a) = "integer"
--@ type(loop.b) = "unknown"
--@ type(by.hello) = "unknown"
