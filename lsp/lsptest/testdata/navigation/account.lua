---@class Account
---@field balance number
local Account = {}
Account.__index = Account

--- Makes one.
---@param amount number what it begins with
--@ refs(amount) = "account.lua:7:11 account.lua:11:22 account.lua:14:34"
---@return Account
--@ def(Account) = "account.lua:1:11"
function Account.new(amount)
--@ typedef(new) = "account.lua:11:18"
--@ linked(amount) = "7:11 11:22 14:34"
  return setmetatable({balance = amount}, Account)
--@ def(amount) = "account.lua:11:22"
--@ linked(amount) = ""
end

function Account:deposit(amount)
  self.balance = self.balance + amount
--@ def(balance) = "account.lua:2:11"
--@ highlight(balance) = "w2:11 w14:24 w20:8 r20:23 r30:22"
--@ decl(self) = "account.lua:19:18"
--@ rename other(self) has "self is the parameter"
  return self
end

function Account:close()
--@ outgoing(close) = "Account:deposit@30:8"
  self:deposit(-self.balance)
--@ def(deposit) = "account.lua:19:18"
end

return Account
