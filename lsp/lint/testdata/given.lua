-- Tools and options that are reached through variables, lists and functions.
local unknown = math.random() > 0.5

do -- a name in a variable
  local name = "calculatr" --! unknown-tool
  print("calling " .. name)
  print(Tool.execute(name, {input = "1"}))
  local got = "calculatr" --! unknown-tool
  local tool = Tool.get(got)
  print(tool)
  local asked = "no-such-tool"
  assert(not Tool.exists(asked))
  print(pcall(Tool.execute, asked))
  local compared = "calculatr"
  if compared == "x" then print(Tool.execute(compared)) end
  local changed = "calculatr"
  if unknown then changed = "calculator" end
  print(Tool.execute(changed, {input = "1"}))
  for _, each in ipairs({"calculatr", "system-monitor"}) do --! unknown-tool
    print(each, Tool.execute(each, {}))
  end
  local names = {"calculatr", "system-monitor"} --! unknown-tool
  for i, each in ipairs(names) do print(i, Tool.execute(each, {})) end
  for _, each in ipairs({"calculatr", "system-monitor"}) do -- looks which there are
    local found = Tool.get(each)
    if found then print(found.name) end
  end
end

do -- parameters in a variable
  local empty = {}
  Tool.execute("calculator", empty) --! missing-parameter
  local built = {}
  built.input = "1"
  built.zzz = 1 --! unknown-parameter
  built["operation"] = "evaluat" --! invalid-parameter
  print(#built, built.input, JSON.stringify(built))
  Tool.execute("calculator", built)
  Tool.execute("calculator", built)
  local mended = {inptu = "1"}
  mended.inptu = nil
  mended.input = "2"
  Tool.execute("calculator", mended)
  local later = {input = "1"}
  Tool.execute("calculator", later)
  later.zzz = 1
  local number = "1"
  local operation = "evaluat"
  Tool.execute("calculator", {input = number, operation = operation}) --! invalid-parameter
  local copied = {}
  for k, v in pairs({input = "1"}) do copied[k] = v end
  Tool.execute("calculator", copied)
  local helped = {zzz = 1}
  unknownFunction(helped) --! undefined-global
  Tool.execute("calculator", helped)
  local alias = {zzz = 1}
  local other = alias
  other.zzz = nil
  other.input = "1"
  Tool.execute("calculator", alias)
  local branch = {}
  if unknown then branch.input = "1" else branch.operation = "functions" end
  Tool.execute("calculator", branch)
  local typo = {input = "1"}
  if unknown then typo.opertion = "validate" end --! unknown-parameter
  Tool.execute("calculator", typo)
  local maybe = {zzz = 1, input = "1"}
  if unknown then maybe.zzz = nil end
  Tool.execute("calculator", maybe)
  local looped = {}
  for i = 1, 3 do
    if i > 1 then Tool.execute("calculator", looped) end
    looped.input = tostring(i)
  end
  local captured = {}
  local function fill() captured.input = "1" end
  fill()
  Tool.execute("calculator", captured)
  local inside = {variables = {x = 1}}
  inside.variables.y = "2"
  inside.input = "x + y"
  Tool.execute("calculator", inside)
  local nested = {input = "x", variables = {x = {}}}
  Tool.execute("calculator", nested)
  local opts = {timeout_ms = 5}
  opts.retry = 2 --! unknown-parameter
  Tool.execute("calculator", {input = "1"}, opts)
  local stored = {scop = "x"} --! unknown-parameter
  State.set("k", 1, stored)
  local meta = setmetatable({}, {__index = {input = "1"}})
  Tool.execute("calculator", meta)
  local deferred = {}
  table.insert(deferred, "x")
  print(#deferred)
end

local function jumps()
  local goon = {}
  do goto fill end
  ::back::
  Tool.execute("calculator", goon)
  do return end
  ::fill::
  goon.input = "1"
  goto back
end
jumps()

local function lists()
  local calls = {}
  calls[#calls + 1] = {name = "calculatr", params = {input = "1"}} --! unknown-tool
  calls[2] = {name = "calculator", params = {inptu = "1"}} --! unknown-parameter
  table.insert(calls, {"calculator", {inptu = "1"}}) --! unknown-parameter
  table.insert(calls, 1, {"calculator", {input = 1}}) --! invalid-parameter
  for i = 1, 3 do calls[#calls + 1] = {"calculator", {input = tostring(i), zzz = i}} end --! unknown-parameter
  Tool.parallel(calls)
  local whole = {{"calculatr"}, {name = "calculator", parms = {}}} --! unknown-tool unknown-parameter
  Tool.parallel(whole)
  local one = {name = "calculator"}
  one.parms = {input = "1"} --! unknown-parameter
  Tool.parallel({one, {"calculator", {input = "1"}}})
  local changed = {{name = "calculatr"}}
  changed[1].name = "calculator"
  Tool.parallel(changed)
  local filtered = {{name = "calculatr"}}
  for _, c in ipairs(filtered) do c.name = "calculator" end
  Tool.parallel(filtered)
  local given = {{name = "calculatr"}}
  unknownFunction(given) --! undefined-global
  Tool.parallel(given)
end

local function run(name, params) return Tool.execute(name, params) end
run("calculatr", {input = "1"}) --! unknown-tool
run("calculator", {inptu = "1"}) --! unknown-parameter
local function call(params, timeout)
  params = params or {}
  print(params.input)
  local r = Tool.execute("calculator", params, {timeout_ms = timeout})
  return r.result
end
call({inptu = "1"}) --! unknown-parameter
local M = {}
function M.run(name, params) return run(name, params) end
M.run("calculatr", {input = "1"}) --! unknown-tool
M.run("calculator", {inptu = "1"}) --! unknown-parameter
local function complete(params)
  params.input = params.input or "1"
  return Tool.execute("calculator", params)
end
complete({})
local function special(name, params)
  if name == "own" then return params.x end
  return Tool.execute(name, params)
end
special("own", {x = 1})
local function safe(name, params)
  local ok, r = pcall(Tool.execute, name, params)
  return ok and r or nil
end
safe("no-such-tool", {inptu = 1})
local function exists(name) return Tool.get(name) ~= nil end
print(exists("no-such-tool"))
local function first(name, params) if not params then return end Tool.execute(name, params) end
first("calculator", {inptu = 1})
local function renamed(name, params)
  name = "x" .. name
  return Tool.execute(name, params)
end
renamed("calc", {inptu = 1})
local function mapped(params)
  local list = {}
  for k in pairs(params) do list[#list + 1] = k end
  return Tool.execute("calculator", params)
end
mapped({inptu = "1"}) --! unknown-parameter
local function emit(name, data) Event.publish(name, data) end
emit("a.b", 1)

-- Options of the kernel's functions.
Tool.search("x", {limit = "a"}) --! discarded-result invalid-parameter
Session.create({nme = "x"}) --! unknown-parameter
Event.subscribe("x", {bufer = 1}) --! unknown-parameter
Event.publish("x", {any = 1, thing = 2})
State.set("k", {scop = 1}, {scope = "x"})
Hook.register("ToolError", function() end, {priority = "urgent"}) --! invalid-parameter
JSON.stringify({}, {indnt = 2}) --! discarded-result unknown-parameter
Artifact.store(nil, "custom", "n", "x", {whatever = 1})
State.register_migration({version = 2, steps = {{ad = "x"}}}) --! unknown-parameter
State.register_migration({version = 2, transform = function(v) return v end})
return lists
