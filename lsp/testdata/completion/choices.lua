---@alias Level "low"|"high"|string
---@alias Mode
---| string
---| "r" # read
---| "w"

---@param level? Level
---@param mode string|"r"|"w"|nil
---@param size 1|2|number
local function set(level, mode, size) return level, mode, size end
set("")
--@ complete("|@) = "low high"
set("x", "")
--@ complete("|@) = "r w"

---@param mode Mode
---@return Level
local function open(mode)
  print(mode)
  return ""
  --@ complete("|@) = "low high"
end
open("")
--@ complete("|@) = "r w"

---@type { mode: Mode, level: Level? }
local t = { mode = "" }
--@ complete("|@) = "r w"
if t.level == "" then print(t) end
--@ complete("|@) = "low high"

Hook.register("BeforeToolExecution", function(ctx)
  if ctx then
    return ""
    --@ complete("|@) = "continue skip"
  end
end)
