-- Operands are read when PUC Lua reads them: locals late, everything else early.
local x = 1
local function bump() x = x + 10 return x end
print(x, bump(), x)
local t = { x, bump(), x }
print(t[1], t[2], t[3])
print((x) .. "", bump() .. "", x .. "")
local s = x .. ":" .. bump() .. ":" .. x
print(s)
local function pass(...) return ... end
print(pass(x, bump()))
local log = {}
local function note(n) log[#log + 1] = n return n end
local _ = note(1) + note(2) * note(3) - note(4) ^ note(5)
_ = note(6) < note(7), note(8) > note(9)
_ = note("a") .. note("b") .. note("c")
_ = { note(10), k = note(11), [note(12)] = note(13), note(14) }
pass(note(15), note(16), pass(note(17)))
print(table.concat(log, " "))
