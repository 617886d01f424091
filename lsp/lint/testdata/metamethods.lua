-- Keys of metatables, and groups of tools.
local function found(t, k) return rawget(t, k) end
local t = setmetatable({}, {__indx = found}) --! unknown-metamethod
local u = setmetatable({}, {
  __index = found,
  __tostrng = function() return "u" end, --! unknown-metamethod
  __cal = function() return 1 end, --! unknown-metamethod
  __mode = "k",
  __metatable = "locked",
  __pairs = pairs,
  __own = function() return 1 end,
  __names = {},
  __calls = 0,
})
print(t, u)

local C = {}
C.__idnex = C --! unknown-metamethod
C.__model = "x"
C.__lenn = 5
function C.__ad(a, b) return a.n + b.n end --! unknown-metamethod
function C.new(n) return setmetatable({n = n}, C) end
print(C.new(1) + C.new(2))

local D = {}
D.__index = D
D.__adds = function(self) return self.n end
function D.new(n) return setmetatable({n = n}, D) end
print(D.new(1):__adds())

local plain = {__newindx = found}
print(plain)

print(Tool.list({category = "utilty"})) --! unknown-category
print(Tool.list({category = "utility"}), Tool.list({category = "my-own-things"}))
print(Tool.search("x", {category = "utlity"}), Tool.discover({category = "Utility"})) --! unknown-category unknown-category
local filter = {category = "utilty"}
print(filter)
Tool.register({name = "m", description = "d", category = "utilties", execute = found})
print(Tool.list({category = "utilties"}))
