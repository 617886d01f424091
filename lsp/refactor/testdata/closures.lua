-- Variables that functions keep, loops that make new ones, goto, varargs, coroutines.
local counters = {}
for i = 1, 3 do
  local count = i
  local function get() return count end
  local function add(by) count = count + by return get() end
  counters[i] = { get = get, add = add }
end
print(counters[1].add(5), counters[2].get(), counters[1].get())

local function sum(...)
  local total = 0
  local many = select("#", ...)
  for i = 1, many do
    local v = select(i, ...)
    if type(v) ~= "number" then goto continue end
    total = total + v
    ::continue::
  end
  return total, many
end
print(sum(1, "x", 2, nil, 3), (sum()))

local function find(list, wanted)
  for i = 1, #list do
    local item = list[i]
    if item == wanted then
      return i, item
    end
  end
  return nil, "none"
end
print(find({ 5, 6, 7 }, 6))
print(find({ 5 }, 8))

local function classify(v)
  local kind = type(v)
  if kind == "number" then
    if v < 0 then return "negative" else return "number" end
  elseif kind == "string" then
    return "text " .. #v
  else
    return kind
  end
end
print(classify(-1), classify(1), classify("abc"), classify(nil))

local function square(x) return x * x end
local area = function(w, h) return square(w) + h end
print(square(3), area(2, square(2)), area(square(2) + 1, 4) * 2)

local gen = coroutine.wrap(function(a)
  local b = coroutine.yield(a + 1)
  local c = coroutine.yield(b * 2)
  return "done " .. c
end)
print(gen(1), gen(10), gen("end"))

local function fact(k) if k <= 1 then return 1 end return k * fact(k - 1) end
print(fact(6))
local acc
local function walk(tree, depth)
  acc = (acc or "") .. tree.name .. depth
  for _, child in ipairs(tree) do walk(child, depth + 1) end
end
walk({ name = "a", { name = "b", { name = "c" } }, { name = "d" } }, 0)
print(acc)
local config = { ["name"] = "x", size = 3, ["not"] = true }
for _, key in ipairs({ "name", "size", "not" }) do print(key, config[key]) end
