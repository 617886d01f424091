-- Tail calls: depth without a stack, results, varargs, methods, pcall.
local function loop(n, sum) if n == 0 then return sum end return loop(n - 1, sum + n) end
print(loop(200000, 0))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(50001), odd(50001))
local function pass(...) return ... end
local function tail(...) return pass(...) end
print(tail(1, nil, 3), select("#", tail()), (tail(1, 2)))
local function grow(n, ...) if n == 0 then return select("#", ...), ... end return grow(n - 1, n, ...) end
print(grow(5))
local object = { n = 0 }
function object:count(limit) if self.n >= limit then return self.n, "end" end self.n = self.n + 1 return self:count(limit) end
print(object:count(30000))
local function not_tail(n) if n == 0 then return 0 end return (not_tail(n - 1)) end
print(not_tail(100))
local function to_c(s) return string.rep(s, 2) end
print(to_c("ab"), (to_c("x")))
local function protected(n) if n == 0 then return pcall(error, "bottom", 0) end return protected(n - 1) end
print(protected(10))
-- A closure over the locals of a function that leaves by a tail call.
local kept
local function leaves(x) local y = x * 2 kept = function() y = y + 1 return x, y end return pass(y) end
print(leaves(5), kept())
print(kept())
local callable = setmetatable({}, { __call = function(self, n) if n == 0 then return "called" end return self(n - 1) end })
print(callable(1000))
local function cps(n, k) if n == 0 then return k(0) end return cps(n - 1, function(v) return k(v + n) end) end
print(cps(1000, function(v) return v end))
