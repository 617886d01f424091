-- Classes, methods, self, and functions in tables.
local Account = {}
Account.__index = Account

---@class Account
function Account.new(owner, balance)
  return setmetatable({ owner = owner, balance = balance or 0, log = {} }, Account)
end

function Account:deposit(amount)
  if not (amount > 0) then
    error("bad amount " .. tostring(amount), 0)
  else
    self.balance = self.balance + amount
  end
  self.log[#self.log + 1] = "deposit " .. amount
  return self
end

function Account.describe(self, prefix)
  local name, balance = self.owner, self.balance
  return prefix .. name .. ": " .. balance .. " " .. table.concat(self.log, ",")
end

function Account:each(f)
  for i, line in ipairs(self.log) do
    local upper = line:upper()
    f(i, upper)
  end
end

local Savings = setmetatable({}, { __index = Account })
Savings.__index = Savings
Savings.rate = 0.5
function Savings.new(owner)
  local self = Account.new(owner)
  return setmetatable(self, Savings)
end
function Savings:interest()
  local rate = self.rate
  local earned = self.balance * rate
  self:deposit(earned)
  return earned
end

local a = Account.new("ann", 10)
a:deposit(5):deposit(2)
print(a:describe("> "), a.balance * 2 + a.balance * 2)
a:each(function(i, line) print(i, line) end)
local s = Savings.new("bob")
s:deposit(100)
print(s:interest(), s.balance, s["owner"], ({ x = 1 }).x)
print(pcall(a.deposit, a, -1))
print(pcall(function() a:deposit(0) end))
