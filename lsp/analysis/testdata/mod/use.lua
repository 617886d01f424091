local geo = require("mod.geo")
local near = require "geo"
print(geo.unit, near.unit)
--@ type(geo.unit) = `"cm"`
--@ type(near.unit) = `"cm"`
--@ def(unit) = "geo.lua:3:3"
--@ refs(unit) = "geo.lua:3:3 helper.lua:5:30 use.lua:3:11 use.lua:3:22 use.lua:30:12 use.lua:34:13"
local d = geo.double(2)
--@ type(d) = "number"
--@ def(double) = "geo.lua:7:12"
local a, b = geo.pair()
--@ type(b) = `"a"`
local c = geo.circle(1)
--@ type(c) = "Circle"
--@ members(c) = "radius __index area"
local area = c:area()
--@ type(area@) = "integer"
local wrap = require("mod.inner")
local w = wrap(1)
print(w.n, geo.helper)
--@ type(w.n) = "integer"
local nm = geo.helper.name()
--@ type(nm) = "string"
--@ def(name) = "helper.lua:5:12"
local none = require("mod.none")
--@ type(none@) = "unknown"
--@ slot("mod.no|) = "require"
--@ def("mod.none") = ""
local file = dofile("mod/geo.lua")
print(file.unit)
--@ type(file.unit) = `"cm"`
---@module "mod.geo"
local later
print(later.unit)
--@ type(later.unit) = `"cm"`
GlobalThing = {value = 1}
function GlobalThing.make() return GlobalThing.value end

-- Modules that return nothing.
local loaded, loadedas, old = require("mod.loaded"), require("mod.loadedas"), require("mod.old")
print(loaded.answer(), loadedas.size, old.version, old.half(4))
--@ type(loaded.answer()) = "42"
--@ type(loadedas.size) = "number"
--@ type(old.version) = `"1"`
--@ type(old.half(4)) = "integer"
