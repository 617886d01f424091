-- Runs a script and writes one line of text for each line the script executes.
--
--   lua5.1 tracer.lua TRACE-FILE MAX-EVENTS SCRIPT [ARGUMENT...]
--
-- A line of the trace: thread, line, depth, source, function, then a name and
-- a value for each local, all separated by tabs. A value starts with a letter:
-- n number, s string (at most 60 bytes), v anything else by name. The last
-- line is "end", "error" or "cap". Everything the tracer needs is kept in
-- locals, so that a script may change any global without disturbing it.
local getinfo, getlocal, sethook = debug.getinfo, debug.getlocal, debug.sethook
local create, wrap, running = coroutine.create, coroutine.wrap, coroutine.running
local format, gsub, sub, byte = string.format, string.gsub, string.sub, string.byte
local concat, unpack, type, error = table.concat, unpack, type, error
local tostring, tonumber, pcall, loadfile, select = tostring, tonumber, pcall, loadfile, select
local setmetatable, exit, stderr = setmetatable, os.exit, io.stderr

local MAX_LEVELS = 200 -- counting levels takes time at each event; see Stop.Depth

local trace = assert(io.open((...), "wb"))
trace:setvbuf("full", 65536)
local left = tonumber((select(2, ...)))
local own = getinfo(1, "S").source

local escapes = { ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }
local function escape(text)
  return (gsub(text, "[\\\n\t\r]", escapes))
end

local function render(value)
  local kind = type(value)
  if kind == "number" then return "n" .. format("%.14g", value) end
  if kind == "string" then return "s" .. escape(sub(value, 1, 60)) end
  if kind == "nil" or kind == "boolean" then return "v" .. tostring(value) end
  return "v" .. kind
end

-- The main thread is 1; coroutines count from 2 in the order of their making.
local threads = 1
local numbers = setmetatable({}, { __mode = "k" })

local function depth()
  local count = 0
  for level = 3, MAX_LEVELS + 2 do
    local info = getinfo(level, "S")
    if not info then break end
    if info.source ~= own and (info.what == "Lua" or info.what == "main") then
      count = count + 1
    end
  end
  return count
end

local function hook(_, line)
  local info = getinfo(2, "Sn")
  if info.source == own or byte(info.source) ~= 64 then return end -- 64 is "@", a file
  if left == 0 then
    sethook()
    trace:write("cap\n")
    trace:close()
    exit(3)
  end
  left = left - 1
  local co = running()
  local name = info.what == "main" and "main chunk" or info.name or ""
  local fields = {
    co and numbers[co] or 1, line, depth(), escape(sub(info.source, 2)), escape(name),
  }
  local n, index = 5, 1
  while true do
    local key, value = getlocal(2, index)
    if not key then break end
    if byte(key) ~= 40 then -- 40 is "(", a name the compiler made
      fields[n + 1], fields[n + 2] = key, render(value)
      n = n + 2
    end
    index = index + 1
  end
  trace:write(concat(fields, "\t", 1, n), "\n")
end

-- The replacements report a bad argument as the originals do: under the name
-- that the caller used, at the caller's line.
local function check(f)
  if type(f) ~= "function" or getinfo(f, "S").what == "C" then
    local name = getinfo(2, "n").name or "?"
    error("bad argument #1 to '" .. name .. "' (Lua function expected)", 3)
  end
  threads = threads + 1
end

function coroutine.create(f)
  check(f)
  local co = create(f)
  numbers[co] = threads
  sethook(co, hook, "l")
  return co
end

-- wrap keeps its thread to itself, so the hook is set from the inside. The tail
-- call leaves no frame of the tracer's below the script's function.
function coroutine.wrap(f)
  check(f)
  local number = threads
  return wrap(function(...)
    numbers[running()] = number
    sethook(hook, "l")
    return f(...)
  end)
end

arg = { [-1] = arg[-1], [0] = arg[3], unpack(arg, 4) }
local chunk, problem = loadfile(arg[0])
local ok = false
if chunk then
  -- Called through pcall, the script sees what it sees under lua5.1 itself: a C
  -- function below its main chunk.
  sethook(hook, "l")
  ok, problem = pcall(chunk, unpack(arg))
  sethook()
end
trace:write(ok and "end\n" or "error\n")
trace:close()
if not ok then
  stderr:write("lua5.1: ", type(problem) == "string" and problem or "(error object is a " .. type(problem) .. " value)", "\n")
  exit(1)
end
