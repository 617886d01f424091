-- Objects, keys and values are evaluated from left to right, then assigned from
-- right to left.
local log = {}
local function note(name, value)
  log[#log + 1] = name
  return value
end
local function flush()
  print(table.concat(log, " "))
  log = {}
end

local watched = setmetatable({}, {
  __newindex = function(t, key, value)
    note("set " .. tostring(key))
    rawset(t, key, value)
  end,
})
note("object", watched)[note("key", "a")], note("object2", watched)[note("key2", "b")] =
  note("value", 1), note("value2", 2)
flush()

watched.x, watched.y, watched.z = 1, 2, 3
flush()
watched.x1, watched.x1 = 1, 2
print(watched.x1)
flush()

local object = {}
function object:child(name)
  note("child " .. name)
  self[name] = self[name] or {}
  return self[name]
end
object:child("l").v, object:child("r").v = object:child("v1"), note("v2", 2)
flush()
print(object.l.v == object.v1, object.r.v)
