print(helper(1), helper)

local count = State.load("global", "count")

---@class Base
local Base = {}
function Base:run() return 1 end
--@ impl(run) = "other.lua:7:15 other.lua:15:18"

---@class Derived: Base
--@ super(Derived) = "Base"
--@ sub(Base) = "Derived"
--@ rename Root(Base) = "other.lua:5:11=Root other.lua:10:20=Root other.lua:21:13=Root"
local Derived = setmetatable({}, {__index = Base})
function Derived:run() return 2 end

local Plain = {}
Plain.__index = Plain
local More = setmetatable({}, {__index = Plain})
--@ sub(Plain) = "More"
---@param b Base
--@ def(Base) = "other.lua:5:11"
--@ tokens(---@param b Base) = "@param:keyword+documentation b:parameter+documentation Base:type+documentation"
local function use(b) b:run() end
use(Derived)
return {use = use, More = More}
--@ def(use) = "other.lua:24:16"
