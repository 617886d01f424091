-- An invoice made with tools: sums by the calculator, a checksum, an id.
-- Run it:  llmspell run testdata/tools/invoice.lua

local calculator = Tool.get("calculator")
local text = Tool.get("text-manipulator")
local hasher = Tool.get("hash-calculator")
local base64 = Tool.get("base64-encoder")
local json = Tool.get("json-processor")

local order = [[{
  "customer": "ada lovelace",
  "currency": "EUR",
  "lines": [
    {"item": "notebook", "price": 3.5, "count": 4},
    {"item": "pencil", "price": 0.75, "count": 20},
    {"item": "lamp", "price": 24, "count": 1}
  ]
}]]

-- Reads one value of the order; path is written as for jq.
local function read(path)
  local r = json:execute({ operation = "query", input = order, query = path })
  return r.result
end

local function calculate(expression)
  local r = calculator:execute({ operation = "evaluate", input = expression })
  return r.result.result
end

local function upper(s)
  return text:execute({ operation = "uppercase", input = s }).result.result
end

local customer = upper(read(".customer"))
local count = read(".lines | length")
local sums = {}

print("INVOICE for " .. customer)
for i = 0, count - 1 do
  local line = read(".lines[" .. i .. "]")
  local sum = calculate(line.price .. "*" .. line.count)
  sums[#sums + 1] = sum
  print(string.format("  %-10s %3d x %6.2f = %8.2f", line.item, line.count, line.price, sum))
end

local net = calculate(table.concat(sums, "+"))
local tax = calculate("(" .. net .. ")*0.2")
print(string.format("  net %.2f, tax %.2f, total %.2f %s", net, tax, net + tax, read(".currency")))

-- The same request under the documented name of the parameter.
local again = calculator:execute({ expression = "2*3" })
print("2*3 =", again.result.result)

-- A fingerprint of the order, and the order as one word.
local hashed = hasher:execute({ operation = "hash", algorithm = "sha256", input = order })
print("sha256", hashed.result.hash)

local encoded = base64:execute({ operation = "encode", input = customer }).result.output
local decoded = base64:execute({ operation = "decode", input = encoded }).result.output
print("base64", encoded, decoded == customer)

-- Every invoice has an id of its own.
local first = Tool.get("uuid-generator"):execute({ operation = "generate", version = "v4" }).result.uuid
local second = Tool.execute("uuid-generator", { operation = "generate", version = "v4" }).result.uuid
print("ids differ", first ~= second, #first, (first:gsub("%x", "x")))

-- Tools that do not exist, and requests that make no sense.
print("exists", Tool.exists("calculator"), Tool.exists("crystal-ball"), Tool.get("crystal-ball") == nil)
local ok, problem = pcall(Tool.execute, "crystal-ball", {})
print("unknown tool", ok, type(problem))
ok = pcall(calculate, "2 +* 3")
print("bad expression", ok)
