//go:build linux

package lualib

// errorScript calls functions of all libraries in ways that mostly fail.
const errorScript = `
local function t(f,...) print(pcall(f,...)) end
t(select) t(select,0) t(select,-1) t(select,-1,1,2) t(select,-3,1,2) t(select,"#") t(select,"x") t(select, "2", 1,2,3) t(select,2.7,1,2,3)
t(unpack) t(unpack,{},1,1e8) t(unpack,{1,2},2) t(unpack,{1,2},"1")
t(ipairs) t(next) t(pairs) t(ipairs,nil) t(rawequal,1) t(rawequal,1,1) t(rawget,{}) t(rawset,{},nil,1) t(rawset,{},0/0,1) t(rawset,{},1)
t(type) t(tostring) t(tonumber) t(tonumber,nil) t(tonumber,"10",99) t(tonumber,"z",36) t(tonumber,"0x10",16) t(tonumber," 10 ",2) t(tonumber,"") t(tonumber,"0x") t(tonumber,"1e1",10) t(tonumber,"7fffffffffffffff",16) t(tonumber,"ffffffffffffffffffff",16) t(tonumber,{},16) t(tonumber,10,16) t(tonumber,"1e1",16) t(tonumber,"8",8) t(tonumber,"10",2.9) t(tonumber,"inf") t(tonumber,"nan") t(tonumber,"0x1p4") t(tonumber,"1 2") t(tonumber,"1\0") t(tonumber,"\v1\f\r")
t(getmetatable) t(setmetatable,1) t(setmetatable,{}) t(setmetatable,{},1) t(setmetatable,nil,{}) t(setmetatable, setmetatable({},{__metatable=1}),{}) print(getmetatable(setmetatable({},{__metatable=1}))) 
t(print) t(collectgarbage,"x") t(collectgarbage,"stop") t(collectgarbage,"restart") t(collectgarbage,"setpause",100) t(collectgarbage,"setpause",200) t(collectgarbage,"setstepmul",100) t(collectgarbage,"setstepmul",100) t(collectgarbage,"collect") t(collectgarbage)  t(collectgarbage,nil) t(collectgarbage,{})
t(newproxy,1) t(newproxy,{}) t(newproxy,newproxy())
t(rawequal, 0/0,0/0) t(rawequal,1,"1")
print(pcall(function() table.sort({1,"x"}) end))
print(pcall(function() table.sort({{},{}}) end))
print(pcall(function() table.sort({3,1,2},1) end))
print(pcall(function() table.sort({1,2,3,4,5},function() return true end) end))
print(pcall(function() rawset({},nil,1) end))
print(pcall(function() table.concat({1,{},3}) end))
print(pcall(function() table.concat({1,nil,3},",",1,3) end))
print(pcall(function() table.concat({},{}) end))
print(pcall(function() table.insert({}) end))
print(pcall(function() table.insert({},1,2,3) end))
print(pcall(function() table.insert(1,2) end))
print(pcall(function() table.insert({},"a",2) end))
print(pcall(function() table.remove() end))
print(pcall(function() table.setn({},2) end))
print(pcall(function() table.foreach({},2) end))
print(pcall(function() table.foreachi() end))
print(pcall(table.foreach))
print(pcall(function() math.random(0) end))
print(pcall(function() math.random(2,1) end))
print(pcall(function() math.random(1,2,3) end))
print(pcall(function() math.max() end))
print(pcall(function() math.floor("a") end))
print(math.random(),math.random(10),math.random(5,9),math.random(100))
print(math.modf(1/0),math.modf(-1/0)) print(math.modf(-3),math.modf(0/0),math.modf(3.7),math.modf(-3.7)) print(math.frexp(0/0),math.frexp(1/0)) print(math.frexp(-1/0))
print(math.fmod(5,0),math.fmod(-5,3),math.fmod(5,1/0),math.mod(-5,3),math.pow(2,0.5),math.huge,-math.huge)
print(pcall(function() os.time{} end))
print(pcall(function() os.time{day=1,sec={}} end))
print(pcall(function() os.time(1) end))
print(os.date("!%a|%A|%b|%B|%c|%C|%d|%D|%e|%E|%f|%F|%g|%G|%h|%H|%I|%i|%j|%J|%k|%K|%l|%L|%m|%M|%n|%N|%o|%O|%p|%P|%q|%Q|%r|%R|%s|%S|%t|%T|%u|%U|%v|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%|%+|%1|%", 1e9))
print(os.date("%Z %z"))
print(os.setlocale(),os.setlocale("C"),os.setlocale("POSIX"),os.setlocale("xx"),os.setlocale(nil,"time"),pcall(os.setlocale,nil,"bad"))
print(os.execute("exit 3"),os.execute(),os.execute("kill -9 $$"))
print(os.remove("/nonexist/x"),os.rename("/nonexist/a","b"),os.remove("/tmp"))
print(os.remove("/nonexist/x")) print(os.rename("/nonexist/a","b"))
print(io.open("/nonexist/x")) print(io.open("/tmp/x","z")) print(io.popen("echo hi","z")) 
print(pcall(io.lines,"/nonexist/x")) print(pcall(function() io.lines("/nonexist/x") end)) print(pcall(function() io.input("/nonexist/x") end)) print(pcall(function() io.output("/nonexist/x") end))
print(pcall(function() io.read("x") end)) print(pcall(function() io.read("*x") end)) print(pcall(function() io.read({}) end))
print(pcall(function() io.stdout:seek("bad") end)) print(pcall(function() io.stdout:setvbuf() end)) print(pcall(function() io.stdout:setvbuf("bad") end)) print(pcall(function() io.stdout:setvbuf("no") end))
print(pcall(function() io.stdout.write() end)) print(pcall(function() io.stdout.write({}) end)) print(pcall(function() io.stdout:write({}) end)) print(pcall(function() io.write({}) end)) print(pcall(function() io.write(nil) end))
print(io.type(1),io.type(io.stdout),pcall(io.type)) print(io.stdout:close()) print(io.close(io.stdin))
local f=io.tmpfile() print(f:write("a",1,2.5)) print(f:seek("set",0)) print(f:read("*a")) print(f:read("*a")) print(f:read("*l")) print(f:read(0)) print(f:seek("set",-1)) print(f:close()) print(f) print(pcall(f.read,f)) print(pcall(function() f:read() end)) print(io.type(f)) print(pcall(io.close,f))
local f=io.open("zz","w") print(f:read()) f:close() local f=io.open("zz") print(f:write("x")) print(f:flush()) f:close() print(io.open("/tmp"):read()) print(pcall(function() for l in io.lines("/tmp") do end end))
print(io.popen("exit 3"):close()) print(pcall(function() io.lines("zz")(); end)) local it=io.lines("zz") it() print(pcall(it)) 
print(pcall(io.output,{})) print(io.input():read(0))
print(getmetatable(io.stdout).__name, getmetatable(io.stdout).__index==getmetatable(io.stdout))
io.output("zz") io.close() print(pcall(io.write,"x")) print(io.type(io.output()))
`

// environmentScript uses environments and a tostring of its own.
const environmentScript = `
print(getfenv(0)==_G, getfenv(1)==_G, getfenv()==_G, getfenv(print)==_G, getfenv(nil)==_G)
print(pcall(getfenv,"x"), pcall(getfenv,-1), pcall(getfenv,100))
print(pcall(getfenv,100)) print(pcall(getfenv,-1))
print(pcall(function() getfenv(100) end))
print(pcall(setfenv)) print(pcall(setfenv,1)) print(pcall(setfenv,print,{})) print(pcall(setfenv,"x",{})) print(pcall(function() setfenv(-1,{}) end)) print(pcall(function() setfenv(100,{}) end)) print(pcall(function() setfenv(nil,{}) end))
local function f() return x end
print(setfenv(f,{x=1})==f, f(), getfenv(f).x)
print((function() local p=print; setfenv(1,{y=3}) p(y) end)())
local p=print
print(getfenv(0)==_G)
print(pcall(tostring,setmetatable({},{__tostring=function() return 1 end})))
print(pcall(print,setmetatable({},{__tostring=function() return {} end})))
print(pcall(function() print(setmetatable({},{__tostring=function() return {} end})) end))
tostring=function(x) return "<"..type(x)..">" end print(1,nil,{})

tostring=nil print2=print
local ok,e=pcall(print,1) print=nil io.write(tostring2 and "" or e,"\n")
`
