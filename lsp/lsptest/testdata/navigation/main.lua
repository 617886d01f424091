local Account = require("account")
--@ def(account) = "account.lua:1:1"
--@ def(Account) = "main.lua:1:7"
--@ tokens(Account) = "Account:namespace+declaration+readonly"
local acc = Account.new(1)
--@ def(new) = "account.lua:11:18"
--@ typedef(acc) = "account.lua:1:11"
--@ refs(new) = "account.lua:11:18 main.lua:5:21"
acc:deposit(2)
--@ def(deposit) = "account.lua:19:18"
--@ uses(deposit) = "account.lua:30:8 main.lua:9:5"
--@ rename put(deposit) = "account.lua:19:18=put account.lua:30:8=put main.lua:9:5=put"
--@ incoming(deposit) = "Account:close@30:8 main.lua@9:5"
--@ tokens(acc:deposit) = "acc:variable+readonly deposit:method"

function helper(n) return n end
--@ tokens(helper(n)) = "helper:function+declaration+global n:parameter+declaration"
local function outer(x)
  local function inner() return x + helper(1) end
--@ tokens(x) = "x:parameter+upvalue"
--@ incoming(helper) = "inner@19:37 main.lua@30:7 other.lua@1:7"
  local y = pcall(inner)
--@ incoming(inner) = "outer@22:19"
  goto done
--@ def(done) = "main.lua:27:5"
--@ rename finish(done) = "main.lua:24:8=finish main.lua:27:5=finish"
  ::done::
  return y
end
outer(helper(3))
--@ outgoing(outer) = "pcall@22:13 inner@22:19"
--@ rename help(helper) = "main.lua:16:10=help main.lua:19:37=help main.lua:30:7=help other.lua:1:7=help other.lua:1:18=help"
--@ prepare(helper) = "helper@30:7-30:13"

local calc = Tool.get("calculator")
--@ def(calculator) = "llmspell-schema:calculator:1:1"
--@ tokens(Tool.get("calculator") has "calculator:function+defaultLibrary"
--@ def(get) has ".lua:"
--@ tokens(Tool) = "Tool:namespace+defaultLibrary"
local r = calc:execute({input = "1"})
--@ def(input) has "llmspell-schema:calculator:"
--@ typedef(calc) = "llmspell-schema:calculator:1:1"
State.save("global", "count", r)
--@ rename total(count) = "main.lua:43:23=total other.lua:3:37=total"
State.save("session", "count", 1)
--@ uses(count) = "main.lua:45:24"

if acc then
--@ highlight(if) = "t48:1 t48:8 t51:1 t53:1"
  print(acc)
else
  print(1)
end
for i = 1, 3 do
  if i > 1 then break end
--@ highlight(break) = "t54:1 t54:14 t55:17 t57:1"
end
local text = "some words here"
--@ select(wo|rds) = `words | some words here | "some words here" | local text = "some words here" | 1-62 | 1-63`
local t = {first = {second = 1}}
--@ select(sec|ond) = "second | second = 1 | {second = 1} | first = {second = 1} | {first = {second = 1}} | local t = {first = {second = 1}} | 59-60 | 1-62 | 1-63"
return t
