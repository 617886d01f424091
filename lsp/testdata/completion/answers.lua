-- What the kernel gives has its fields wherever it comes from.
local M = {}
function M.calc(x) return Tool.execute("calculator", {input = x}) end
local function run(x) return M.calc(x) end
local ok, r = pcall(Tool.execute, "calculator", {input = "1"})
print(r.result, r.result.result)
--@ complete(r.|@) has "result success operation"
--@ complete(r.result.|) has "input result result_type"
--@ hover(result@) has "result"
if ok then print(r.success) end
--@ complete(r.|) has "result success operation"
print(M.calc("1").success, M.calc("1").result.result)
--@ complete(("1").|@) has "result success operation"
--@ complete(("1").result.|) has "input result result_type"
print(run("1").success, run("1").result.result)
--@ complete(run("1").|@) has "result success operation"
--@ complete(run("1").result.|) has "input result result_type"
local ok2, m = pcall(M.calc, "1")
print(ok2, m.success)
--@ complete(m.|) has "result success operation"
local store = {first = M.calc("1")}
store.answer = Tool.execute("calculator", {input = "1"})
print(store.answer.success, store.answer.result.result, store.first.result.result)
--@ complete(store.answer.|@) has "result success operation"
--@ complete(store.answer.result.|) has "input result result_type"
--@ complete(store.first.result.|) has "input result result_type"
local h = Tool.start("calculator", {input = "1"})
print(h:wait().success, h:wait().result.result, h:result().result.result)
--@ complete(wait().|@) has "result success operation"
--@ complete(wait().result.|) has "input result result_type"
--@ complete(h:result().result.|) has "input result result_type"
local handles = {}
for i = 1, 3 do handles[i] = Tool.start("calculator", {input = "1"}) end
for _, x in ipairs(handles) do
  print(x:wait().result.result)
  --@ complete(wait().result.|) has "input result result_type"
end
local sub = Event.subscribe("tool.failed")
local e = Event.receive(sub, 10)
print(e.event_type, e.data.code)
--@ complete(e.|@) has "id event_type"
--@ complete(e.data.|) has "tool operation"
Hook.register("BeforeToolExecution", function(ctx)
  print(ctx.point, ctx.data.params, ctx.component_id.name)
  --@ complete(ctx.|@@) has "point component_id"
  --@ complete(ctx.data.|) has "params"
  --@ complete(component_id.|) has "type name"
end)
local tools = {calc = Tool.get("calculator")}
print(tools.calc.schema.parameters, tools.calc.schema.parameters[1].required)
--@ complete(schema.|@) has "name description parameters json_schema"
--@ complete(parameters[1].|) has "name type description required default enum"
State.transaction(function(tx)
  tx.set("a", tx.get("b"))
  --@ complete(tx.|@) has "get set"
  --@ signature(tx.set(|) has "key"
end)
