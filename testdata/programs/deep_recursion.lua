-- Recursion 15,000 deep, in the main thread and in a coroutine.
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(100), depth(1000), depth(15000))
local function sum(list, i) i = i or 1 if i > #list then return 0 end local first = list[i] return first + sum(list, i + 1) end
local list = {}
for i = 1, 10000 do list[i] = i end
print(sum(list))
print(coroutine.resume(coroutine.create(function() return depth(10000) end)))
local function build(n) if n == 0 then return nil end return { next = build(n - 1), value = n } end
local node, count = build(5000), 0
while node do count = count + node.value node = node.next end
print(count)
local function forever(n) return 1 + forever(n + 1) end
local ok, message = pcall(forever, 1)
print(ok, message:match("stack overflow"))
print(depth(100))
local function unwind(n) if n == 0 then error("bottom", 0) end unwind(n - 1) return n end
print(pcall(unwind, 10000))
print(depth(5000))
