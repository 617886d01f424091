-- Words that other languages keep for themselves are names in Lua 5.1. (goto is
-- left out: it is a keyword here, as in every Lua since.)
local continue, class, switch, const, global = 1, 2, 3, 4, 5
continue = continue + class
print(continue, class, switch, const, global)
local t = { continue = "field", ["end"] = "keyword", ["goto"] = "quoted" }
print(t.continue, t["end"], t["goto"])
function t:class() return "method" end
print(t:class())
local function const() return "function" end
print(const())
local _ENV, _VERSION_ = "an ordinary name", _VERSION
print(_ENV, _VERSION_)
