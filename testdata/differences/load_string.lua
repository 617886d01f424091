-- load takes a string, as in Lua 5.2.
print((pcall(load, "return 1")))
