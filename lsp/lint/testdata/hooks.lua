-- What hooks return.
local unknown = math.random() > 0.5

Hook.register("BeforeToolExecution", function(ctx)
  if ctx.language == "a" then return "contineu" end --! hook-result
  if ctx.language == "b" then return "Continue" end --! hook-result
  if ctx.language == "c" then return "skp" end --! hook-result
  if ctx.language == "d" then return "retry" end --! hook-result
  if ctx.language == "e" then return "not today" end
  if ctx.language == "f" then return "continue" end
  if ctx.language == "g" then return nil end
  if ctx.language == "h" then return false end --! hook-result
  if ctx.language == "i" then return 5, "x" end --! hook-result
  if ctx.language == "j" then return unknown and "contineu" end
  if ctx.language == "k" then
    local function inner() return "contineu" end
    return inner()
  end
  return
end)

local function table_form(ctx)
  if ctx.language == "a" then return {type = "cancl", reason = "no"} end --! hook-result
  if ctx.language == "b" then return {typ = "cancel"} end --! hook-result
  if ctx.language == "c" then return {reason = "no"} end --! hook-result
  if ctx.language == "d" then return {type = "Cancel", reasn = "no"} end --! hook-result
  if ctx.language == "e" then return {type = "modified"} end --! hook-result
  if ctx.language == "f" then return {type = "modified", data = "x"} end --! hook-result
  if ctx.language == "g" then return {type = "modified", data = {params = {}}} end
  if ctx.language == "h" then return {type = "replace", data = {f = function() end}} end --! hook-result
  if ctx.language == "i" then return {type = "redirect"} end --! hook-result
  if ctx.language == "j" then return {type = "retry", delay_ms = "5"} end --! hook-result
  if ctx.language == "k" then return {type = "retry", max_attempts = 1000} end --! hook-result
  if ctx.language == "l" then return {type = "fork"} end --! hook-result
  if ctx.language == "m" then return {type = unknown and "x" or "y", note = 1} end
  local answer = {type = "cancle"} --! hook-result
  return answer
end
print(pcall(Hook.register, "BeforeToolExecution", table_form, "high"))

local function other() return "contineu" end
print(other())
Event.on("x", function() return "contineu" end)
