--- Greets a person.
---@param name string
---@return string
local function greet(name)
  return "hello " .. name
end
local name="you"
print(greet("Ada"))
print(greet(nmae))
local sum = Tool.execute("calculator", { })
print(sum)
