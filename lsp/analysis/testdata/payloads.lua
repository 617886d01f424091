-- The data of events is what the file publishes under the name.
Event.publish("order.created", {id = 1, items = {"pen"}})
Event.publish("order.paid", {id = 1, amount = 9.5})
Event.on("order.created", function(e)
  --@ type(e) = "llmspell.Event"
  print(e.data.id, e.event_type)
  --@ members(e.data) = "id items"
  --@ type(e.event_type) = "string"
  local items = e.data.items
  --@ type(items) = `"pen"[]`
end)
Event.on("order.*", function(e)
  print(e.data.amount)
  --@ type(e.data.amount) = "number"
  --@ members(e.data) = "id items amount"
end)
Event.on({"order.paid", "tool.failed"}, function(e)
  print(e.data)
  --@ members(e.data) = "id amount tool operation duration_ms code message"
end)
Event.on("nobody.says", function(e)
  print(e.data)
  --@ type(e.data) = "any"
end)
Event.on("execution.failed", function(e)
  print(e.data.line)
  --@ type(e.data.line) = "integer?"
end)
local function on_paid(e)
  --@ type(e) = "llmspell.Event"
  print(e.data.amount)
  --@ type(e.data.amount) = "number"
end
Event.on("order.paid", on_paid)
local sub = Event.subscribe("order.paid")
local got = Event.receive(sub, 10)
--@ type(got) = "llmspell.Event?"
if got then
  print(got.data.amount)
  --@ type(got.data.amount) = "number"
end
for _, e in ipairs(Event.receive_batch(sub, 10)) do
  print(e.data.amount)
  --@ type(e.data.amount) = "number"
end

-- An event of several is known where its type was asked for.
Event.on("*", function(e)
  if e.event_type == "order.created" then
    print(e.data)
    --@ members(e.data) = "id items"
  elseif e.event_type == "tool.failed" and e.data.code then
    print(e.data.duration_ms)
    --@ type(e.data.duration_ms) = "number"
  elseif e.event_type ~= "order.paid" then
    return
  end
  if e.event_type ~= "order.paid" then return end
  print(e.data)
  --@ members(e.data) = "id amount"
end)
local any = Event.receive(Event.subscribe("*"), 10)
if any and any.event_type == "execution.failed" then
  print(any.data.line)
  --@ type(any.data.line) = "integer?"
end

-- What a hook gets depends on its point, however that is written.
Hook.register("AfterToolExecution", function(ctx)
  print(ctx.data.duration_ms, ctx.component_id.name)
  --@ type(ctx.data.duration_ms) = "number"
  --@ type(ctx.component_id) = "llmspell.HookComponent"
end)
Hook.register("before_state_write", function(ctx)
  print(ctx.data.key)
  --@ type(ctx.data.key) = "string"
end, "high")
Hook.register("custom:price", function(ctx)
  print(ctx.data.price)
  --@ type(ctx.data.price) = "integer"
end)
local function either(ctx)
  if ctx.point == "BeforeStateWrite" then
    print(ctx.data.key)
    --@ type(ctx.data.key) = "string"
  end
end
Hook.register("BeforeStateWrite", either)
Hook.register("AfterToolExecution", either)
Hook.fire("custom:price", {price = 4})
local point = Hook.points()[1]
Hook.register(point, function(ctx)
  print(ctx.data)
  --@ type(ctx.data) = "table<string, any>"
end)

-- State has what the file sets; a key may be absent all the same.
State.set("user", {name = "Ann", age = 7})
State.set("theme", "dark")
State.set("theme", "light", {scope = "session"})
State.increment("runs")
local user = State.get("user")
print(user)
--@ members(user) = "name age"
local theme = State.get("theme")
print(theme)
--@ type(theme) = "string?"
local limit = State.get("theme", {default = 10})
--@ type(limit) = "string|integer"
local runs = State.get("runs")
print(runs)
--@ type(runs) = "number?"
local scoped = State.get("user", {scope = "session"})
--@ type(scoped) = "any"
local other = State.get("other")
print(other)
--@ type(other) = "any"
if user then
  print(user.name)
  --@ type(user.name) = "string"
end

-- Calls of tools that go on, and several at a time.
local handle = Tool.start("calculator", {input = "1"})
--@ type(handle) = "llmspell.ToolHandle"
local answer = handle:wait(5)
--@ type(answer) = "tool calculator result?"
local late, reason = handle:result()
--@ type(late) = "tool calculator result?"
if not late then
  print(reason)
  --@ type(reason) = `"timeout"`
end
print(handle:done())
--@ type(handle:done()) = "boolean"
local answers = Tool.parallel({{"calculator", {input = "1"}}, {name = "calculator", params = {}}})
--@ type(answers) = "tool calculator result[]"
local two = Tool.parallel({{"calculator", {input = "1"}}, {"hash-calculator", {input = "1"}}})
local second = two[2]
--@ type(second) = "tool hash-calculator result"
local calls = {}
for i = 1, 3 do
  calls[#calls + 1] = {"calculator", {input = "1 + " .. i}}
end
for i, r in ipairs(Tool.parallel(calls, {limit = 2})) do
  print(i, r.result)
  --@ type(r) = "tool calculator result"
end
local stamp, parts = os.date("%Y-%m-%d"), os.date("*t")
--@ type(stamp) = "string"
--@ type(parts) = "osdate"
