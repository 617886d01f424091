-- A call by another name is a call of the function.
local M = require("aliased")
local go, fmt = M.run, string.format
go()
fmt("%d", 1)
local again = go
local function caller()
  again()
  return pcall(again)
end
caller()
--@ outgoing(caller) = "run@8:3@9:16 pcall@9:10"
local changed = M.run
changed = print
changed()
M.both()
M.start()
local fs = {one = M.run, ["two"] = again}
fs.one()
fs["two"]()
--@ incoming(fs) = "nothing"
string.format("%s", fmt)
--@ incoming(format) = "aliases.lua@5:1@22:8"
