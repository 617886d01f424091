-- A calculator for text: tokens, a recursive descent parser, an evaluator.
--
--   program    = statement { ";" statement }
--   statement  = name "=" expression | expression
--   expression = term { ("+" | "-") term }
--   term       = factor { ("*" | "/" | "%") factor }
--   factor     = "-" factor | power
--   power      = primary [ "^" factor ]
--   primary    = number | name [ "(" [ arguments ] ")" ] | "(" expression ")"

local patterns = {
  { "space", "^%s+" },
  { "number", "^%d+%.?%d*[eE][+-]?%d+" },
  { "number", "^%d+%.?%d*" },
  { "name", "^[%a_][%w_]*" },
  { "symbol", "^[-+*/%%^()=,;]" },
}

local function tokenize(text)
  local tokens = {}
  local position = 1
  while position <= #text do
    local kind, lexeme
    for _, rule in ipairs(patterns) do
      lexeme = text:match(rule[2], position)
      if lexeme then
        kind = rule[1]
        break
      end
    end
    if not kind then
      error({ position = position, message = "unexpected character '" .. text:sub(position, position) .. "'" })
    end
    if kind ~= "space" then
      tokens[#tokens + 1] = { kind = kind, text = lexeme, position = position }
    end
    position = position + #lexeme
  end
  tokens[#tokens + 1] = { kind = "end", text = "end of text", position = position }
  return tokens
end

local Parser = {}
Parser.__index = Parser

function Parser.new(text)
  return setmetatable({ tokens = tokenize(text), index = 1 }, Parser)
end

function Parser:peek(ahead)
  return self.tokens[math.min(self.index + (ahead or 0), #self.tokens)]
end

function Parser:next()
  local token = self:peek()
  self.index = self.index + 1
  return token
end

function Parser:accept(text)
  if self:peek().kind == "symbol" and self:peek().text == text then
    return self:next()
  end
end

function Parser:fail(message)
  error({ position = self:peek().position, message = message })
end

function Parser:expect(text)
  return self:accept(text)
    or self:fail("expected '" .. text .. "' near '" .. self:peek().text .. "'")
end

-- Parses one or more operands joined by left-associative operators.
function Parser:chain(operand, ...)
  local left = operand(self)
  local found = true
  while found do
    found = false
    for i = 1, select("#", ...) do
      local operator = (select(i, ...))
      if self:accept(operator) then
        left = { operator, left, operand(self) }
        found = true
        break
      end
    end
  end
  return left
end

function Parser:primary()
  local token = self:peek()
  if token.kind == "number" then
    self:next()
    return { "number", tonumber(token.text) }
  elseif token.kind == "name" then
    self:next()
    if not self:accept("(") then
      return { "name", token.text }
    end
    local call = { "call", token.text }
    if not self:accept(")") then
      repeat
        call[#call + 1] = self:expression()
      until not self:accept(",")
      self:expect(")")
    end
    return call
  elseif self:accept("(") then
    local inside = self:expression()
    self:expect(")")
    return inside
  end
  self:fail("unexpected '" .. token.text .. "'")
end

function Parser:power()
  local base = self:primary()
  if self:accept("^") then
    return { "^", base, self:factor() }
  end
  return base
end

function Parser:factor()
  if self:accept("-") then
    return { "negate", self:factor() }
  end
  return self:power()
end

function Parser:term() return self:chain(self.factor, "*", "/", "%") end
function Parser:expression() return self:chain(self.term, "+", "-") end

function Parser:statement()
  if self:peek().kind == "name" and self:peek(1).text == "=" then
    local name = self:next().text
    self:next()
    return { "assign", name, self:expression() }
  end
  return self:expression()
end

function Parser:program()
  local statements = { "program" }
  repeat
    statements[#statements + 1] = self:statement()
  until not self:accept(";")
  if self:peek().kind ~= "end" then
    self:fail("unexpected '" .. self:peek().text .. "'")
  end
  return statements
end

local function show(node)
  if type(node) ~= "table" then
    return tostring(node)
  end
  if node[1] == "number" or node[1] == "name" then
    return tostring(node[2])
  end
  local parts = {}
  for i, part in ipairs(node) do
    parts[i] = show(part)
  end
  return "(" .. table.concat(parts, " ") .. ")"
end

local functions = {
  max = math.max,
  min = math.min,
  sqrt = math.sqrt,
  sum = function(...)
    local total = 0
    for _, value in ipairs({ ... }) do
      total = total + value
    end
    return total
  end,
}

local evaluate

local visit = {
  number = function(node) return node[2] end,
  name = function(node, names)
    return names[node[2]] or error({ message = "no such name: " .. node[2] })
  end,
  negate = function(node, names) return -evaluate(node[2], names) end,
  assign = function(node, names)
    local value = evaluate(node[3], names)
    names[node[2]] = value
    return value
  end,
  call = function(node, names)
    local f = functions[node[2]]
    if not f then
      error({ message = "no such function: " .. node[2] })
    end
    local arguments = {}
    for i = 3, #node do
      arguments[#arguments + 1] = evaluate(node[i], names)
    end
    return f(unpack(arguments))
  end,
  program = function(node, names)
    local result
    for i = 2, #node do
      result = evaluate(node[i], names)
    end
    return result
  end,
}

local operators = {
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end,
  ["%"] = function(a, b) return a % b end,
  ["^"] = function(a, b) return a ^ b end,
}

evaluate = function(node, names)
  local operator = operators[node[1]]
  if operator then
    return operator(evaluate(node[2], names), evaluate(node[3], names))
  end
  return visit[node[1]](node, names)
end

local programs = {
  "1 + 2 * 3",
  "(1 + 2) * 3",
  "-2 ^ 2",
  "2 ^ 3 ^ 2",
  "2 ^ -1",
  "10 % 4 - 7 / 2",
  "x = 3; y = x * x + 1; sqrt(y - 1) + sum(x, y, 1.5)",
  "max(1, 5, 3) - min(4, 2) * 1e2",
  "sum()",
  "1 +",
  "(1 + 2",
  "3 $ 4",
  "1 2",
  "nothing * 2",
  "f(1)",
}

for _, text in ipairs(programs) do
  local ok, result = pcall(function()
    local tree = Parser.new(text):program()
    return show(tree) .. " = " .. evaluate(tree, {})
  end)
  if ok then
    print(text, "->", result)
  elseif result.position then
    print(text, "->", "error at " .. result.position .. ": " .. result.message)
  else
    print(text, "->", "error: " .. result.message)
  end
end
