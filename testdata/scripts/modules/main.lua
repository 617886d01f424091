-- A script of several files. The modules are found beside this file, whatever
-- folder it is started from.
local here = (arg and arg[0] or ""):match("^(.*[/\\])") or "./"
package.path = here .. "?.lua;" .. here .. "lib/?.lua;" .. package.path

local text = require("lib.text")
local inventory = require("inventory")
local counter = require("lib.counter")

local stock = inventory.new({
  { "apple", 12, 0.4 },
  { "pear", 0, 0.55 },
  { "melon", 3, 2.25 },
})

stock:add("plum", 40, 0.15)
stock:take("apple", 5)

print(text.title("stock list"))
for line in stock:lines() do
  print(line)
end
print(text.rule(30))
print(text.pad("value", 20) .. string.format("%9.2f", stock:value()))

-- What a module refuses is an error that names the place here.
local function attempt(what, ...)
  local ok, problem = pcall(what, ...)
  print(ok, (tostring(problem):gsub("^.-([%w_]+%.lua:%d+:)", "%1")))
end

attempt(stock.take, stock, "pear", 1)
attempt(stock.take, stock, "cherry", 1)
attempt(stock.take, stock, "melon", 2)
attempt(require, "lib.broken")

-- A module is loaded once, and its state is shared.
print(require("lib.counter") == counter, package.loaded["inventory"] == inventory)
print("lookups", counter.get("lookup"), "changes", counter.get("change"))
counter.reset()
print("lookups", counter.get("lookup"))

-- A module may return any value, or nothing.
print(require("lib.answer"), require("lib.answer"))
print(require("lib.silent"), SILENT)
print(pcall(require, "lib.nowhere") == false)

-- package.preload comes first.
package.preload["made.up"] = function(name)
  return { name = name, from = "preload" }
end
print(require("made.up").name, require("made.up").from)
