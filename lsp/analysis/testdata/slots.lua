local v = State.get("count")
--@ slot("cou|) = "state"
Event.subscribe("user.*", function() end)
--@ slot("us|) = "event"
Hook.register("BeforeToolExecution", function(ctx) print(ctx) end)
--@ slot("Be|) = "hook"
local m = require("x")
--@ slot("x|) = "require"
local f = io.open("a.txt", "r")
--@ slot("a.t|) = "file"
--@ slot("r|) has ""
if Tool.exists("calculator") then print() end
--@ slot("calc|) = "tool"
local w = Workflow.sequential({steps = {{name = "a", tool = "calculator", parameters = {}}}})
--@ slot("calcu|) = "tool"
--@ slot("a|") = ""
local agent = Agent.builder():model("openai/x"):allow_tool("calculator"):build()
--@ slot("calcu|) = "tool"
--@ slot("openai|) = "model"
agent:allowed_tools({"calculator"})
--@ slot("calcu|) = "tool"
---@type llmspell.ToolName
local tool = "calculator"
--@ slot("calcu|) = "tool"
---@param name llmspell.ToolName
---@param opts {model: llmspell.ModelName}
local function own(name, opts) end
own("calculator", {model = "m/x"})
--@ slot("calcu|) = "tool"
local t = Tool["calculator"]
--@ slot("calcu|) = "tool"
local n = {tool = Tool.get, ["x y"] = 1}
n.tool("calculator")
--@ slot("calcu|) = "tool"
local s = "calculator"
--@ slot("calcu|) = ""
local calc = Tool.get("calculator")
calc:execute({operation = "evaluate", input = "1"})
--@ call({operation|) = "execute 0"
--@ expected({operation = "evaluate", input = "1"}) = "tool calculator parameters"
calc:execute({input = "1"}, {timeout_ms = 1})
--@ call(timeout|) = "execute 1"
--@ keys({timeout|) has "retries"
string.format("%d", 1, 2)
--@ call( 1|) = "string.format 1"
local reps = ("x"):rep(3, ",")
--@ call(3|) = "string.rep 1"
local unfinished = Tool.get("
--@ slot("|) = "tool"
