-- Runs tools one after another.
local steps = {
  {tool = "calculator", params = {input = "2 + 3"}},
  {tool = "text-manipulator", params = {operation = "uppercase", input = "abc"}},
}

local results = {}
local failed = false
for number, step in ipairs(steps) do
  local ok, answer = pcall(Tool.execute, step.tool, step.params)
  if ok and answer.success then
    results[#results + 1] = answer.result
  else
    failed = true
  end
end

local first = results[1]
local summary = ""
for i, result in ipairs(results) do
  summary = summary .. tostring(result)
end
print(summary)

local function process(input)
  if input then
    return input
  end
  return nil
  ;
end
print(process(first))
State.set("results", results)
