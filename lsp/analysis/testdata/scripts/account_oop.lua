-- Accounts as classes with inheritance.
local Account = {}
Account.__index = Account

function Account.new(owner, balance)
  local self = setmetatable({}, Account)
  self.owner = owner or "nobody"
  self.balance = balance or 0
  self.history = {}
  return self
end

function Account:deposit(amount)
  if amount <= 0 then
    return nil, "the amount must be positive"
  end
  self.balance = self.balance + amount
  self:record("deposit", amount)
  return self.balance
end

function Account:withdraw(amount)
  if amount > self:available() then
    return nil, "not enough money"
  end
  self.balance = self.balance - amount
  self:record("withdraw", amount)
  return self.balance
end

function Account:available()
  return self.balance
end

function Account:record(kind, amount)
  self.history[#self.history + 1] = {kind = kind, amount = amount, at = os.time()}
end

function Account:last()
  return self.history[#self.history]
end

function Account.__tostring(account)
  return ("%s: %.2f"):format(account.owner, account.balance)
end

function Account.__eq(a, b)
  return a.owner == b.owner and a.balance == b.balance
end

-- Savings can be overdrawn.
local Savings = setmetatable({}, {__index = Account})
Savings.__index = Savings

function Savings.new(owner, balance, limit)
  local self = Account.new(owner, balance)
  setmetatable(self, Savings)
  self.limit = limit or 100
  return self
end

function Savings:available()
  return self.balance + self.limit
end

function Savings:interest(rate)
  local amount = self.balance * (rate or 0.01)
  return self:deposit(amount)
end

local Bank = {accounts = {}, count = 0}

function Bank:open(owner, balance)
  local account = Account.new(owner, balance)
  self.accounts[owner] = account
  self.count = self.count + 1
  return account
end

function Bank:find(owner)
  return self.accounts[owner]
end

local a = Bank:open("Ann", 50)
local b = Savings.new("Ben", 20, 500)
local balance, problem = a:withdraw(80)
if not balance then
  print("refused: " .. problem)
end
local after = b:withdraw(200)
print(after, b:interest(0.02), b.limit, b.owner)
local last = b:last()
print(last.kind, last.amount, os.date("%Y", last.at))
local found = Bank:find("Ann")
if found then
  print(found.owner, tostring(found), found == a)
end
return Bank.count
