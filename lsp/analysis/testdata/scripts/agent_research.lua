-- An agent that answers a question in steps: search, read, summarise.
local Agent = {}
Agent.__index = Agent

function Agent.new(options)
  local agent = setmetatable({}, Agent)
  agent.name = options.name
  agent.steps = {}
  agent.memory = {notes = {}, sources = {}}
  agent.limit = options.limit or 5
  agent.verbose = options.verbose == true
  return agent
end

function Agent:step(name, fn)
  table.insert(self.steps, {name = name, run = fn})
  return self
end

function Agent:remember(text, source)
  local note = {text = text, source = source, at = os.time()}
  self.memory.notes[#self.memory.notes + 1] = note
  if source then
    self.memory.sources[source] = (self.memory.sources[source] or 0) + 1
  end
  return note
end

function Agent:say(...)
  if self.verbose then
    print(self.name, ...)
  end
end

function Agent:run(question)
  local context = {question = question, findings = {}, done = false}
  for number, step in ipairs(self.steps) do
    if number > self.limit or context.done then
      break
    end
    self:say("step " .. number .. ": " .. step.name)
    local ok, err = pcall(step.run, self, context)
    if not ok then
      self:remember("failed: " .. tostring(err), step.name)
    end
  end
  return context
end

local agent = Agent.new({name = "researcher", verbose = true})

agent
  :step("search", function(self, context)
    local answer = Tool.execute("calculator", {input = "2 + 2"})
    if answer.success then
      local value = answer.result.result
      self:remember("found " .. tostring(value), "calculator")
      table.insert(context.findings, {title = "sum", value = value})
    end
  end)
  :step("parallel", function(self, context)
    local answers = Tool.parallel({
      {"calculator", {input = "1 + 1"}},
      {"hash-calculator", {operation = "hash", input = "abc"}},
    })
    for i, answer in ipairs(answers) do
      if answer.success then
        context.findings[#context.findings + 1] = {title = "answer " .. i, value = answer.text}
      end
    end
    local handle = Tool.start("calculator", {input = "6 * 7"})
    local late = handle:wait(1000)
    if late then
      self:remember(late.text or "nothing")
    end
  end)
  :step("finish", function(_, context)
    context.done = #context.findings > 0
  end)

Hook.register("BeforeToolExecution", function(ctx)
  if ctx.component_id.name == "http-request" then
    return {type = "cancel", reason = "offline"}
  end
end, {priority = "high"})

local result = agent:run("What is 2 + 2?")
for i, finding in ipairs(result.findings) do
  print(i, finding.title, tostring(finding.value))
end
for source, uses in pairs(agent.memory.sources) do
  print(source, uses)
end
local calc = Tool.get("calculator")
local sum = calc:execute({input = "1 + 2"})
print(result.question, result.done, sum.result.result, calc.category, #agent.memory.notes)
