-- A tokenizer and a calculator with precedence.
local Lexer = {}
Lexer.__index = Lexer

local PATTERNS = {
  {kind = "number", pattern = "^%d+%.?%d*"},
  {kind = "name", pattern = "^[%a_][%w_]*"},
  {kind = "op", pattern = "^[%+%-%*/%^%(%)=]"},
}

function Lexer.new(text)
  return setmetatable({text = text, at = 1, line = 1}, Lexer)
end

function Lexer:skip()
  local _, last = self.text:find("^%s*", self.at)
  if last then
    self.at = last + 1
  end
end

function Lexer:next()
  self:skip()
  if self.at > #self.text then
    return nil
  end
  for _, rule in ipairs(PATTERNS) do
    local from, to = self.text:find(rule.pattern, self.at)
    if from then
      local token = {kind = rule.kind, text = self.text:sub(from, to), at = from}
      self.at = to + 1
      return token
    end
  end
  error(("line %d: unexpected %q"):format(self.line, self.text:sub(self.at, self.at)))
end

local function tokenize(text)
  local lexer = Lexer.new(text)
  local tokens = {}
  local token = lexer:next()
  while token do
    tokens[#tokens + 1] = token
    token = lexer:next()
  end
  return tokens
end

local PRECEDENCE = {["+"] = 1, ["-"] = 1, ["*"] = 2, ["/"] = 2, ["^"] = 3}

local OPERATORS = {
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a / b end,
  ["^"] = function(a, b) return a ^ b end,
}

local function evaluate(text, variables)
  local tokens = tokenize(text)
  local at = 1
  local expression

  local function primary()
    local token = tokens[at]
    if not token then
      error("the expression ends too early")
    end
    at = at + 1
    if token.kind == "number" then
      return tonumber(token.text)
    elseif token.kind == "name" then
      return variables[token.text] or error("no variable " .. token.text)
    elseif token.text == "(" then
      local value = expression(0)
      at = at + 1
      return value
    end
  end

  function expression(least)
    local left = primary()
    while tokens[at] do
      local op = tokens[at].text
      local level = PRECEDENCE[op]
      if not level or level < least then
        break
      end
      at = at + 1
      local right = expression(level + 1)
      left = OPERATORS[op](left, right)
    end
    return left
  end

  return expression(0)
end

local ok, result = pcall(evaluate, "2 * (x + 3) ^ 2", {x = 1})
if ok then
  print(result)
else
  print("error: " .. result)
end
return {tokens = #tokenize("a + 1"), result = ok and result or nil}
