local calc = Tool.get("calculator")
--@ type(calc) = "tool calculator"
--@ slot("calcu|) = "tool"
local r = calc:execute({input = "1"})
--@ type(r) = "tool calculator result"
--@ keys({|) has "operation"
--@ expected({input = "1"}) = "tool calculator parameters"
local a = Tool.execute("calculator", {input = "1 + 1"})
--@ type(a) = "tool calculator result"
--@ keys({|) has "input"
local b = Tool.calculator:execute({})
--@ type(b) = "tool calculator result"
local c = Tool["calculator"]
--@ type(c) = "tool calculator"
local ok, d = pcall(calc.execute, calc, {})
--@ type(d) = "tool calculator result|string"
--@ members(d) = "result success operation message text error metadata _raw_text"
--@ keys({|) has "input"
local p = {}
--@ keys({|) has "input"
local e = calc:execute(p)
local alias = {execute = Tool.get}
local f = alias.execute("calculator")
--@ type(f) = "tool calculator"
--@ slot("calc|) = "tool"
local name = "calculator"
local g = Tool.get(name)
--@ type(g) = "tool calculator"
local answers = Tool.parallel({{"calculator", {}}, {name = "calculator", params = {}}})
--@ keys(params = {|) has "input"
--@ slot("calcu|@) = "tool"
--@ slot("calcu|) = "tool"
local fs = {calc = Tool.get("calculator")}
fs.calc:execute({})
--@ keys({|) has "input"
calc.execute({})
--@ keys({|) has "input"
