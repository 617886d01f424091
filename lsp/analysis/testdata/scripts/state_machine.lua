-- A traffic light, and a small general state machine.
local Machine = {}
Machine.__index = Machine

function Machine.new(spec)
  local m = {
    name = spec.name,
    state = spec.initial,
    transitions = {},
    listeners = {},
    steps = 0,
  }
  for _, t in ipairs(spec.transitions) do
    m.transitions[t.from] = m.transitions[t.from] or {}
    m.transitions[t.from][t.event] = t.to
  end
  return setmetatable(m, Machine)
end

function Machine:on(state, fn)
  local list = self.listeners[state]
  if not list then
    list = {}
    self.listeners[state] = list
  end
  list[#list + 1] = fn
  return self
end

function Machine:can(event)
  local row = self.transitions[self.state]
  return row ~= nil and row[event] ~= nil
end

function Machine:fire(event)
  if not self:can(event) then
    return false, ("no %s in %s"):format(event, self.state)
  end
  local before = self.state
  self.state = self.transitions[before][event]
  self.steps = self.steps + 1
  for _, fn in ipairs(self.listeners[self.state] or {}) do
    fn(self, before)
  end
  return true
end

local light = Machine.new({
  name = "light",
  initial = "red",
  transitions = {
    {from = "red", event = "go", to = "green"},
    {from = "green", event = "slow", to = "yellow"},
    {from = "yellow", event = "stop", to = "red"},
  },
})

local log = {}
light:on("green", function(machine, before)
  log[#log + 1] = before .. " -> " .. machine.state
end):on("red", function(machine)
  log[#log + 1] = "stopped after " .. machine.steps
end)

local actions = {
  red = function() return "go", 30 end,
  green = function() return "slow", 20 end,
  yellow = function() return "stop", 3 end,
}

local clock = 0
for turn = 1, 6 do
  local action = actions[light.state]
  local event, seconds = action()
  clock = clock + seconds
  local ok, reason = light:fire(event)
  if not ok then
    error("turn " .. turn .. ": " .. reason)
  end
end

local ok, reason = light:fire("fly")
print(ok, reason, clock, light.name, light:can("go"))
return log
