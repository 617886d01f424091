local keys = State.list({prefix = "user:"})
--@ type(keys) = "string[]"
local named = State.list({values = false})
--@ type(named) = "string[]"
local entries = State.list({values = true, limit = 2})
--@ type(entries) = "llmspell.StateEntry[]"
local report = Session.replay("id", {mode = "exact"})
--@ type(report) = "llmspell.ReplayReport"
local reports = Replay.run("id", {schedule = Replay.schedules.once(1)})
--@ type(reports) = "llmspell.ReplayReport[]"

---@class Raw
---@field raw true

---@overload fun(o: Raw): {n: number}
---@overload fun(o?: {x: number}): string
local function f(o) return o end
local text = f({x = 1})
--@ type(text) = "string"
local none = f()
--@ type(none) = "string"
local other = f({raw = true})
--@ type(other) = "{ n: number }"
local point = {x = 1}
local ofVariable = f(point)
--@ type(ofVariable) = "string"
local more = f({x = 1, extra = 2})
--@ type(more) = "string"

---@overload fun(o: {raw: true}): number
---@overload fun(o: {raw: false}): string
---@overload fun(o: {kind: "a"|"b", at: {y: number}}): boolean
---@overload fun(o: {kind: "a"|"b", at: {z: number}}): thread
---@overload fun(o: string[]): userdata
local function g(o) return o end
local byFalse = g({raw = false})
--@ type(byFalse) = "string"
local byTrue = g({raw = true})
--@ type(byTrue) = "number"
local inner = g({kind = "b", at = {z = 1}})
--@ type(inner) = "thread"
local list = g({"a", "b"})
--@ type(list) = "userdata"
