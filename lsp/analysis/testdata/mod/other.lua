print(GlobalThing.value)
--@ type(GlobalThing) = "{ value: integer, make: function }"
local v = GlobalThing.make()
--@ type(v) = "integer"
--@ def(GlobalThing) = "use.lua:36:1"
--@ refs(GlobalThing) = "other.lua:1:7 other.lua:3:11 use.lua:36:1 use.lua:37:10 use.lua:37:36"
