-- Strings as numbers and numbers as strings.
print("10" + 1, "0x10" + 0, " 5 " * 2, "1e2" + 0, "-3" - 1, "10" / "4", "7" % "4", "2" ^ "3")
print(-"2", -"0x10", -" 3 ", 10 .. 20, 1 .. "", 1.5 .. "|" .. -0.25)
print("10" == 10, 10 == "10", "abc" < "abd", "10" < "9", "a" < "B", "" < "a", "Z" < "a")
print(tonumber("12"), tonumber(" 12 "), tonumber("12a"), tonumber(""), tonumber(" "), tonumber("1 2"), tonumber("\t7\n"))
print(tonumber("0x1F"), tonumber("0X1f"), tonumber("1e"), tonumber("1e+2"), tonumber(".5"), tonumber("5."), tonumber("."), tonumber("- 5"))
print(tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("8", 8), tonumber("101", 2), tonumber("7", 8), tonumber(" 11 ", 2))
print(tonumber(nil), tonumber(true), tonumber({}), tonumber("10", 10), tonumber(10))
print(tonumber("1,5"), tonumber("1_000"), tonumber("--1"), tonumber("+1"), tonumber("1e5"), tonumber("0x"), tonumber("1.5.5"))
print(string.rep("ab", "3"), ("x"):rep(2.0), string.sub("hello", "2", "3"), #tostring(12.0))
print(pcall(function() return "abc" + 1 end) == false, pcall(function() return {} .. "x" end) == false, pcall(function() return 1 < "2" end) == false)
print(math.max("10", 9), math.floor("3.7"), ("5" + 0) == 5, tostring(nil), tostring(true))
local t = {}
t["1"], t[1] = "string", "number"
print(t["1"], t[1], #t)
print(1e15 .. "", 2 ^ 31 .. "", 100 .. "%", 0x10 .. "", 1e2 .. "")
print(table.concat({ 1, "2", 3.5 }, "-"), ("%d"):format("42"), ("%s"):format(42), ("%5.1f"):format("2.25"))
