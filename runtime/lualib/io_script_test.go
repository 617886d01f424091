//go:build linux

package lualib

// ioScript reads and writes files and pipes in every way.
const ioScript = `
-- numbers
local d = os.tmpname()
local function put(s) local f=io.open(d,"w") f:write(s) f:close() end
for _,s in ipairs{"1 2 3","  12abc","1e","1e+","1e+x","0x10 5","0x","0xg","inf nan","infinity","infi","in","nanx","+5-3","--5",".5.5","..","1.","1.e5","5e-3x","","   ","\n\n7\n8","1,2","0x1p3","0x.8","1e5e5","- 5","99999999999999999999","1_000","00012","+.5e1"} do
 put(s)
 local f=io.open(d) io.write(string.format("%q",s)," ")
 print(f:read("*n")) print(f:read("*n","*l")) print(f:read("*a")) f:close()
end
-- lines and chunks
for _,s in ipairs{"","\n","a","a\n","a\n\nb","\n\n","a\r\nb",string.rep("x",5000).."\n"..string.rep("y",9000)} do
 put(s)
 local f=io.open(d) for i=1,4 do local l=f:read() print(l and #l, l and l:sub(1,5)) end f:close()
 local n=0 for l in io.lines(d) do n=n+1 io.write(#l," ") end print(n)
 local f=io.open(d) print(f:read(0),f:read(1),f:read(3),f:read(0)) print(f:read("*l","*l")) print(f:read("*a","*a")) print(f:read(1,"*a")) f:close()
 local f=io.open(d) print(f:read(2,"*l",1,"*n","*a")) f:close()
end
-- seek and mixed
put("0123456789")
local f=io.open(d,"r+") print(f:read(3), f:seek()) f:seek("cur",0) f:write("ABC") print(f:seek()) f:seek("set",0) print(f:read("*a")) print(f:seek("end")) print(f:seek("set",20)) f:write("x") f:seek("set") print(#f:read("*a")) print(f:seek("cur",-5)) f:close()
local f=io.open(d,"a") print(f:seek()) f:write("tail") print(f:seek()) f:close()
local f=io.open(d,"a+") print(f:read(4)) f:seek("end") f:write("T2") f:seek("set",0) print(#f:read("*a")) f:close()
local f=io.open(d,"w+") f:write("hello\nworld\n") f:seek("set") print(f:read()) f:seek("cur",0) f:write("W") f:seek("set") print(f:read("*a")) f:close()
for _,m in ipairs{"r","rb","r+","w","wb","w+b","wb+","a","a+","rw","","x","wx","r+x","R","+r","rbbbbbbbb+"} do local f,e,n=io.open(d,m) print(m, io.type(f), e and e:gsub("^.-: ",""), n) if f then f:close() end end
local f=io.open(d,"w") print(f:setvbuf("full",10)) f:write("12345") print(#io.open(d):read("*a")) f:write("678901") f:flush() print(io.open(d):read("*a")) f:setvbuf("no") f:write("Z") print(io.open(d):read("*a")) f:setvbuf("line") f:write("q") print(#io.open(d):read("*a")) f:write("\n") print(#io.open(d):read("*a")) f:close()
-- default io
io.output(d) io.write("one\ntwo\n",3,"\n") io.close() io.output(io.stdout)
io.input(d) print(io.read()) print(io.read("*n")) print(io.read("*l")) print(io.read("*n")) for l in io.lines() do print("L",l) end io.input():close() print(pcall(io.read)) print(pcall(io.lines)) io.input(io.stdin)
print(pcall(function() for l in io.lines(d) do error("x",0) end end))
local f=io.open(d) for l in f:lines() do print(l) break end print(f:read("*a")) f:close() print(pcall(f.lines,f)) print(pcall(function() return f:lines() end))
local p=io.popen("cat > "..d,"w") p:write("via cat\n") print(p:close()) print(io.open(d):read("*a"))
local p=io.popen("echo a; echo b; true") print(p:read()) print(p:read("*a")) print(p:close())
local p=io.popen("yes") print(p:read()) print(p:close())
for l in io.popen("printf '1\\n2\\n3'"):lines() do io.write(l,";") end print()
print(os.execute("exit 0"),os.execute("false"),os.execute("nonexistcmd 2>/dev/null"),os.execute("kill -15 $$"))
print(pcall(io.popen)) print(os.remove(d)) print(select("#",os.remove(d)))
print(pcall(tostring(io.stdout).find,tostring(io.stdout),"^file %(0x"))
print(os.rename(d,d.."x"))
print(os.getenv("HOME"),os.getenv("NOPE_X"),pcall(os.getenv))
print(os.difftime(10,5),os.difftime(10),pcall(os.difftime),os.difftime(10.9,5.2))
print(io.open("/dev/full","w"):write("x")) local f=io.open("/dev/full","w") f:write("x") print(f:flush()) print(f:close()) local f=io.open("/dev/full","w") f:write("x") print(f:close())
`

// mathScript prints functions of the math library at special and ordinary points.
const mathScript = `
local fs={"abs","acos","asin","atan","ceil","cos","cosh","deg","exp","floor","log","log10","rad","sin","sinh","sqrt","tan","tanh","modf","frexp"}
local vs={0,-0,1,-1,0.5,-0.5,2,-2,10,1e10,-1e10,1e300,-1e300,1e-300,1/0,-1/0,0/0,3.7,-3.7,0.1,100,5e-324}
for _,f in ipairs(fs) do for _,v in ipairs(vs) do print(f,v,math[f](v)) end end
for _,f in ipairs{"atan2","fmod","max","min"} do for _,v in ipairs(vs) do for _,w in ipairs(vs) do print(f,v,w,math[f](v,w)) end end end
for _,v in ipairs(vs) do if v==v then for _,w in ipairs(vs) do print("pow",v,w,math.pow(v,w)) end end end
for _,v in ipairs(vs) do for _,w in ipairs{0,1,-1,10,-10,1000,-1000,2000,-3000} do print("ldexp",v,w,math.ldexp(v,w)) end end
for _,s in ipairs{0,1,42,-1,2^31,2^33+5,1e300,123456789} do math.randomseed(s) for i=1,50 do io.write(math.random()," ",math.random(100)," ",math.random(-5,5)," ") end print() end
print(math.random(2^31-1),math.random(0,2^31-2))
`
