-- State machines by tail calls, mutual recursion, and loops without loops.

-- Reads a text like `key = value; key = "quoted; value"` one character at a
-- time. Each state is a function that ends by calling the next state.

local function read_settings(text)
  local settings, order = {}, {}
  local position, key, value, key_start = 0, "", "", 1
  local trace = {}

  local before_key, in_key, before_value, in_value, in_quotes, after_value, finish

  local function advance()
    position = position + 1
    return text:sub(position, position)
  end

  local function enter(state)
    trace[#trace + 1] = state
  end

  local function store()
    settings[key] = value
    order[#order + 1] = key
  end

  function before_key()
    local c = advance()
    if c == "" then
      return finish()
    elseif c:match("[%s;]") then
      return before_key()
    elseif c:match("%a") then
      key_start = position
      enter("key")
      return in_key(c)
    end
    return nil, "unexpected '" .. c .. "' at " .. position
  end

  function in_key(sofar)
    local c = advance()
    if c:match("[%w_]") then
      return in_key(sofar .. c)
    end
    key = sofar
    if c == "=" then
      return before_value()
    elseif c:match("%s") then
      return before_value("skip")
    end
    return nil, "key at " .. key_start .. " has no value"
  end

  function before_value(skip)
    local c = advance()
    if skip and c == "=" then
      return before_value()
    elseif c:match("%s") then
      return before_value(skip)
    elseif c == '"' then
      enter("quotes")
      return in_quotes("")
    elseif c == "" or c == ";" then
      return nil, "empty value of " .. key
    end
    enter("value")
    return in_value(c)
  end

  function in_value(sofar)
    local c = advance()
    if c == "" or c == ";" then
      value = sofar:gsub("%s+$", "")
      store()
      return before_key()
    end
    return in_value(sofar .. c)
  end

  function in_quotes(sofar)
    local c = advance()
    if c == "" then
      return nil, "quotes of " .. key .. " never end"
    elseif c == '"' then
      value = sofar
      store()
      return after_value()
    end
    return in_quotes(sofar .. c)
  end

  function after_value()
    local c = advance()
    if c == "" then
      return finish()
    elseif c == ";" then
      return before_key()
    elseif c:match("%s") then
      return after_value()
    end
    return nil, "unexpected '" .. c .. "' after " .. key
  end

  function finish()
    return settings, order, table.concat(trace, " ")
  end

  return before_key()
end

local texts = {
  'color = blue; size=12 ;title = "a; b = c"',
  "",
  "  a=1;;  b = two words  ",
  "a = ",
  'a = "open',
  "= 1",
  'a = "x" y',
  "flag; b = 1",
}

for _, text in ipairs(texts) do
  local settings, order, states = read_settings(text)
  print("[" .. text .. "]")
  if not settings then
    print("  error: " .. order)
  else
    for _, key in ipairs(order) do
      print("  " .. key .. " -> [" .. settings[key] .. "]")
    end
    print("  " .. #order .. " settings, states: " .. states)
  end
end

-- Mutual recursion: tail calls need no stack, however many there are.
local is_even, is_odd

function is_even(n)
  if n == 0 then
    return true
  end
  return is_odd(n - 1)
end

function is_odd(n)
  if n == 0 then
    return false
  end
  return is_even(n - 1)
end

print(is_even(100000), is_odd(100001), is_even(7))

-- A loop as a function that calls itself, with accumulators.
local function gcd(a, b)
  if b == 0 then
    return a
  end
  return gcd(b, a % b)
end

local function collatz(n, steps, highest)
  if n == 1 then
    return steps, highest
  end
  local following
  if n % 2 == 0 then
    following = n / 2
  else
    following = 3 * n + 1
  end
  return collatz(following, steps + 1, math.max(highest, following))
end

print(gcd(1071, 462), collatz(27, 0, 27))

-- A traffic light: states are table entries, transitions are tail calls.
local light = { history = {} }

function light:green(ticks)
  self.history[#self.history + 1] = "green"
  if ticks == 0 then return "stopped at green" end
  return self:yellow(ticks - 1, "red")
end

function light:yellow(ticks, following)
  self.history[#self.history + 1] = "yellow"
  if ticks == 0 then return "stopped at yellow" end
  return self[following](self, ticks - 1)
end

function light:red(ticks)
  self.history[#self.history + 1] = "red"
  if ticks == 0 then return "stopped at red" end
  return self:yellow(ticks - 1, "green")
end

print(light:green(6))
print(table.concat(light.history, " "))

-- Continuations: the rest of the work is an argument.
local function sum_tree(tree, continue)
  if type(tree) == "number" then
    return continue(tree)
  end
  return sum_tree(tree[1], function(left)
    return sum_tree(tree[2], function(right)
      return continue(left + right)
    end)
  end)
end

print(sum_tree({ { 1, 2 }, { { 3, 4 }, 5 } }, function(total)
  return "total", total
end))
