---@class Worker
---@field tools llmspell.ToolName[]
---@field main llmspell.ToolName
---@field byName table<string, llmspell.ToolName>
---@field [1] llmspell.HookPoint

---@alias Names llmspell.ToolName[]

---@param w Worker
local function worker(w) end
worker({ tools = { "" } })
--@ complete("|@) has "api-tester archive-handler"
worker({ tools = { "calculator", ("") } })
--@ complete("|@) has "api-tester archive-handler"
worker({ main = x or "" })
--@ complete("|@) has "api-tester archive-handler"
worker({ byName = { calc = "" } })
--@ complete("|@) has "api-tester archive-handler"
worker({ [""] = 1 })
--@ complete("|@) = "tools main byName"
worker({ tools = {}, ["ma"] = 1 })
--@ complete(["ma|) = "main byName"
worker({ ["main"] = "" })
--@ complete("|@) has "api-tester archive-handler"
worker({ "" })
--@ complete("|@) has "BeforeToolDiscovery"
---@type Names
local names = { "" }
--@ complete("|@) has "api-tester archive-handler"
---@type Worker
local made = {}
made.tools = { "" }
--@ complete("|@) has "api-tester archive-handler"
made.main = ""
--@ complete("|@) has "api-tester archive-handler"
---@param list Names
---@param ... llmspell.HookPoint
local function several(list, ...) end
several({ "" }, "x", "y")
--@ complete("|@@@@@) has "api-tester archive-handler"
--@ complete("y|) has "BeforeToolDiscovery"
---@return llmspell.ToolName name, Names more
local function named() return "", { "" } end
--@ complete("|@) has "api-tester archive-handler"
--@ complete("|@@@) has "api-tester archive-handler"
local name = "calc"
--@ complete("calc|) has "api-tester archive-handler"
Tool.get(name)
for _, each in ipairs({ "", "calculator" }) do Tool.execute(each, {}) end
--@ complete("|@@@) has "api-tester archive-handler"
local list = { "" }
--@ complete("|@) has "api-tester archive-handler"
for _, each in ipairs(list) do print(Tool.exists(each)) end
Tool.get("" .. name)
--@ complete("|@) = ""
local plain = ""
--@ complete("|@) = ""
print(plain)
Event.subscribe({ "" })
--@ complete("|@) has "kernel.started"
State.get("k", { scope = "" })
--@ complete("|@) has "global session"
State.save("user:7", "k", 1)
State.list({ scope = "" })
--@ complete("|@) has "user:7"
State.set("user", { name = "Ann", age = 7 }, { scope = "user:7" })
--@ hover(us|er@) has Set in `slots.lua:66`
State.get("", { scope = "user:7" })
--@ complete("|@@@) = "k user"
Event.publish("job.done", { id = 1 })
Event.on("job.done", print)
--@ hover(job|.) has "Published in `slots.lua:70`"
--@ complete("job|) has "job.done"
Hook.register("custom:price", print)
--@ complete(pri|ce) has "custom:price"
Hook.fire("custom:price", { price = 4 })
--@ hover(pri|ce@) has "price: integer"
