local function load(text)
  if text == "" then
    return nil, "it is empty"
  end
  return {text = text, size = #text}
end

local function risky(n)
  if n > 3 then error("too many") end
  return n * 2, "done"
end

-- What pcall gives depends on how the call has ended.
local ok, value, word = pcall(risky, 2)
--@ type(ok) = "boolean"
--@ type(value) = "integer|string"
if ok then
  print(value, word)
  --@ type(value) = "integer"
  --@ type(word) = `"done"`
else
  print(value, word)
  --@ type(value) = "string"
  --@ type(word) = "nil"
end
if not ok then
  print(value)
  --@ type(value) = "string"
  return
end
print(value)
--@ type(value) = "integer"

-- Comparisons with true and false, and conditions of several parts.
local fine, answer = pcall(Tool.execute, "calculator", {input = "1"})
if fine == false then
  print(answer)
  --@ type(answer) = "string"
elseif fine and answer.success then
  print(answer)
  --@ type(answer) = "tool calculator result"
end
local text = fine and answer.text or answer
assert(fine, answer)
print(answer)
--@ type(answer) = "tool calculator result"

-- An error that is a table.
local done, err = pcall(function() error({code = 7}) end)
if not done then
  print(err)
  --@ members(err) = "code"
end

-- A handler makes the error.
local good, trace = xpcall(risky, function(e) return {message = e} end, 5)
if not good then
  print(trace)
  --@ members(trace) = "message"
else
  print(trace)
  --@ type(trace) = "integer"
end

-- Something unknown may raise anything.
local o, e = pcall(unheardOf)
if not o then
  print(e)
  --@ type(e) = "any"
end

-- Results of one function that belong together.
local data, problem = load("x")
--@ type(data) = "table?"
--@ type(problem) = `"it is empty"?`
if not data then
  print(problem)
  --@ type(problem) = `"it is empty"`
  return
end
print(data.size, problem)
--@ type(problem) = "nil"

-- Functions of the library that give nil and a message.
local file, message = io.open("notes.txt")
if not file then
  print(message)
  --@ type(message) = "string"
else
  print(file)
  --@ type(file) = "file*"
end

-- Captures of a pattern: there are all of them or none.
local key, at, rest = ("a=b"):match("(%w+)=()(.*)")
--@ type(key) = "string?"
--@ type(at) = "integer?"
if key then
  print(at, rest)
  --@ type(at) = "integer"
  --@ type(rest) = "string"
end
local from, to, found = string.find("abc", "b(c)")
if from then
  print(to, found)
  --@ type(to) = "integer"
  --@ type(found) = "string"
end
for name, v in ("a=1,b=2"):gmatch("(%w+)=(%w+)") do
  print(name, v)
  --@ type(name) = "string"
  --@ type(v) = "string"
end
for word in string.gmatch("a b", "%a+") do
  print(word)
  --@ type(word) = "string"
end
local odd = ("x"):match("[")
--@ type(odd) = "string|integer|nil"
local swapped = ("k=v"):gsub("(%w)=(%w)()", function(a, b, place)
  --@ type(a) = "string"
  --@ type(place) = "integer"
  return b .. a
end)

-- A variable that is written again tells nothing.
local again, what = pcall(risky, 1)
again = true
if again then
  print(what)
  --@ type(what) = "integer|string"
end
