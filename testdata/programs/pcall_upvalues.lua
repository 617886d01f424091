-- Closures keep sharing variables after an error was caught.
local n = 0
local function bump() n = n + 1 end
local function read() return n end

print(pcall(error, "x", 0))
bump()
print(n, read())

n = 10
print(read())

pcall(function()
  n = n + 5
  error("inside")
end)
print(n, read())
bump()
print(n, read())

for i = 1, 3 do
  local kept = i
  local function get() return kept end
  local function set(v) kept = v end
  pcall(function()
    set(kept * 100)
    error({})
  end)
  kept = kept + 1
  print(i, kept, get())
  set(7)
  print(kept)
end

-- Through several functions, and with the error in a library function.
local function outer()
  local a, b = 1, 2
  local function both() return a, b end
  pcall(string.rep)
  a = 10
  pcall(setmetatable, 1, 2)
  b = 20
  print(both())
  pcall(function()
    local c = 3
    local function all() return a, b, c end
    pcall(error)
    a, b, c = a + 1, b + 1, c + 1
    print(all())
    error("again")
  end)
  a = a + 1
  print(both())
end
outer()
