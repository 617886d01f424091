-- collectgarbage's answers and what is safe to expect of weak tables.
print(type(collectgarbage("count")), collectgarbage("step") ~= nil, collectgarbage())
local weak = setmetatable({}, { __mode = "k" })
local key = {}
weak[key] = "kept"
collectgarbage()
print(weak[key], getmetatable(weak).__mode)
local strings = setmetatable({ "a", x = "b" }, { __mode = "v" })
collectgarbage()
print(strings[1], strings.x)
print(type(gcinfo()))
