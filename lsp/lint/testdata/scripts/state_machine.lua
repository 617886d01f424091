-- A machine with states and transitions.
local transitions = {
  idle = {start = "running"},
  running = {pause = "paused", stop = "idle"},
  paused = {resume = "running", stop = "idle"},
}

local Machine = {}
Machine.__index = Machine

function Machine.create(initial)
  return setmetatable({state = initial, history = {}}, Machine)
end

function Machine:fire(event)
  local to = transitions[self.state][event]
  if not to then
    return false, "no transition " .. event .. " from " .. self.state
  end
  self.history[#self.history + 1] = self.state
  self.state = to
  return true
end

function Machine:can(event)
  local allowed = transitions[self.state][event] ~= nil
  local self = self
  return allowed
end

local m = Machine.create("idle")
local ok, err = m:fire("start")
assert(ok, err)
ok, err = m:fire("nonsense")
print(ok, err)
print(m:can("stop"))
ok = m:fire("stop")
print(m.state)
local last = m.history[#m.history]
last = nil
