-- Keeps a conversation in the state, within a budget of words.
local History = {}
History.__index = History

---@param key string
---@param budget? integer
function History.open(key, budget)
  local saved = State.get("chat:messages", {default = {}})
  return setmetatable({key = key, budget = budget or 200, messages = saved}, History)
end

local function words(text)
  local n = 0
  for _ in text:gmatch("%S+") do
    n = n + 1
  end
  return n
end

function History:size()
  local n = 0
  for _, m in ipairs(self.messages) do
    n = n + m.words
  end
  return n
end

function History:append(role, text)
  local message = {role = role, text = text, words = words(text), at = os.time()}
  self.messages[#self.messages + 1] = message
  while self:size() > self.budget and #self.messages > 1 do
    table.remove(self.messages, 1)
  end
  State.set("chat:messages", self.messages)
  Event.publish("chat.message", {role = role, length = #text})
  return message
end

function History:last(role)
  for i = #self.messages, 1, -1 do
    local m = self.messages[i]
    if m.role == role then
      return m, i
    end
  end
  return nil
end

function History:render(format)
  local out = {}
  for _, m in ipairs(self.messages) do
    if format == "json" then
      out[#out + 1] = JSON.stringify({role = m.role, content = m.text})
    else
      out[#out + 1] = ("[%s] %s"):format(m.role, m.text)
    end
  end
  return table.concat(out, "\n")
end

Event.on("chat.message", function(event)
  print(event.data.role .. ": " .. event.data.length .. " bytes")
end)

Hook.register("BeforeStateWrite", function(ctx)
  if ctx.data.key == "chat:messages" and ctx.data.scope ~= "global" then
    return {type = "cancel", reason = "only globally"}
  end
end)

local chat = History.open("main", 50)
local hello = chat:append("user", "What is the sum of 2 and 3?")
local answer = Tool.execute("calculator", {input = "2 + 3"})
local reply = answer.success and "It is " .. tostring(answer.result.result) or "I cannot tell: " .. (answer.message or "no reason")
chat:append("assistant", reply)
State.increment("chat:turns")
local turns = State.get("chat:turns") or 0
local last, index = chat:last("assistant")
if last then
  print(index, last.text, last.words)
end
local failures = select(2, Event.dispatch())
print(hello.words, turns, chat:size(), #chat:render("json"), #failures)
