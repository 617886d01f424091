-- match, gmatch and captures.
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), ("2024-05-06"):match("(%d+)-(%d+)-(%d+)"))
print(("  trim  "):match("^%s*(.-)%s*$") .. "|", ("abc"):match(".-"), ("abc"):match("a(.*)c"), ("abc"):match("()b()"), ("abc"):match("x"))
print(("[[nested]]"):match("%[%[(.-)%]%]"), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("hello world"):match("%f[%w]%w+", 2), ("THE (quick) fox"):gsub("%f[%a]%a+", "X"))
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, ":", v, " ") end
print()
for w in ("one two  three"):gmatch("%a+") do io.write("<", w, ">") end
for p in ("abc"):gmatch("()") do io.write(p, " ") end
for e in ("abc"):gmatch("%d*") do io.write("[", e, "]") end
print()
print(("x^2+y^2"):gsub("%^", "**"), ("a.b-c"):gsub("%p", "%%%0"), ("[a]"):match("[]]"), ("a-b"):match("[a%-]+"), ("^x"):match("[%^x]+"), ("]"):match("[^%]]"))
print(("aaa"):find("a-", 2), ("aaa"):match("^a-$"), ("aXb"):match("%u"), ("a1_"):match("^[%a_][%w_]*$"), ("äb"):match("%a"), #("\0a"):match("%z"))
print(("0x1F"):match("^0[xX](%x+)$"), ("a\nb"):match("a.b") ~= nil, ("tab\there"):match("%c") == "\t", ("x  y"):match("x%s+y"))
print(("abcabc"):match("(a)(b)(c)%1%2%3"), ("abab"):match("(ab)%1"), ('"q\'s"'):match("([\"'])(.-)%1"))
print(("abc"):match("", 4), ("abc"):match("", 5), ("abc"):match("c", -1), ("abc"):find("b", 1, true), ("a+b"):find("+", 1, true), ("aab"):match("a?a?a?b"))
print(pcall(string.match, "x", "(") == false, pcall(string.match, "x", "%") == false, pcall(string.match, "x", "[a") == false, pcall(string.rep) == false)
print(string.find("abc", "[a-b]+"), string.find("a-c", "[a-]+"), string.find("x", "[^a-w]"), string.match("2^10", "%d%^%d+"))
print(("one;two;;four"):gsub(";", ","), select("#", ("abc"):match("(a)(b)(c)")), (("x"):gsub("x", "y")))
local parts = {}
for field in ("one;two;;four" .. ";"):gmatch("([^;]*);") do parts[#parts + 1] = "<" .. field .. ">" end
print(table.concat(parts))
