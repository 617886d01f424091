local calc = Tool.get("calculator")
--@ complete("calc|) has "api-tester archive-handler"
--@ hover(calculator) has "Evaluates arithmetic"
--@ hover(calc) has "tool calculator"
--@ hints(local) = "calc: tool calculator"
calc:execute({ or })
--@ complete(or|) = "input operation variables"
calc:execute({ input = "1 + 1", })
--@ complete(, |) = "operation variables"
--@ hover(input) has "2 * (x + 1)"
--@ signature("1| + 1) = "calculator { operation?: \"evaluate\"|\"validate\"|\"functions\", *input?: string*, variables?: table<string, any> }"
calc:execute({ expression = "1", })
--@ complete(, |) = "operation variables"
calc:execute({ ["operation"] = "validate", })
--@ complete(, |) = "input variables"
--@ complete("vali|) = "evaluate validate functions"
--@ hover(vali|date) has "evaluate"
calc:execute({ operation = })
--@ complete(= |) has "\"evaluate\" \"validate\" \"functions\""
local r = calc:execute({ operation = "evaluate", input = "1" })
--@ hover(r) has "success: boolean"
print(r.result, r.metadata.cached)
--@ complete(r.|) has "result success operation message text error metadata"
--@ complete(metadata.|) has "duration_ms cached attempts"
--@ hover(cached) has "boolean"
local ok, answer = pcall(calc.execute, calc, { })
--@ complete({ |) = "input operation variables"
print(answer.success)
--@ complete(answer.|) has "result success"
local p = { }
--@ complete({ |) = "input operation variables"
calc:execute(p)
Tool.execute("calculator", { }, { })
--@ complete({ |@) = "input operation variables"
--@ complete({ |) = "timeout_ms cache retries"
--@ complete(calcul|ator) has "json-processor"
Tool.parallel({ { "calculator", { } }, { name = "calculator", params = { } } })
--@ complete(params = { |) = "input operation variables"
--@ complete("calculator", { |) = "input operation variables"
Tool.calculator:execute({ })
--@ complete({ |) = "input operation variables"
--@ complete(Tool.|) has "file_operations"
Tool.file_operations:execute({ operation = "read", pa })
--@ complete(pa|) has "path"
Tool["calculator"].execute({ })
--@ complete({ |) = "input operation variables"
--@ complete("calcul|) has "file-operations"
local alias = { execute = Tool.get }
alias.execute("calculator")
--@ complete("calc|) has "api-tester archive-handler"
local fs = Tool.get([[file-operations]])
--@ complete([[file|) has "api-tester archive-handler"
fs:
--@ complete(fs:|) = "execute getSchema get_schema"
print(fs.name)
--@ complete(fs.|) = "name description version category schema execute getSchema get_schema not"
Event.subscribe("tool.invoked")
--@ complete("tool|) has "kernel.started"
--@ hover(tool.inv|oked) has "A tool is called"
Event.publish("my.own", {})
Event.subscribe("x")
--@ complete("x|) has "my.own"
Hook.register("ToolError", function() end)
--@ complete("Tool|) has "BeforeToolExecution"
--@ hover(ToolErr|or) has "A call of a tool has failed"
State.set("global", "count", 1)
