-- self is the table that a function is stored in, also where it is written as a parameter.
local M = {n = 1, f = function(self, k)
  local own = self.n
  --@ type(own) = "integer"
  return own + k
end}
M.g = function(self, k)
  local text = self:f(k)
  --@ type(self) = "{ n: integer, f: function, g: function }"
  return text
end
print(M:f(2), M:g(1))
-- Not in a table that somebody else is given.
print({n = 1, f = function(self)
  local other = self.n
  --@ type(other) = "unknown"
  return other
end})
