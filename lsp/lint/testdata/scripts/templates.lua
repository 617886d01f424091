-- Fills templates with values.
local templates = {
  greeting = "Hello, ${name}!",
  farewell = "Bye, ${name}. It is ${time}.",
}

local function render(name, values)
  local template = templates[name] or error("no template " .. name)
  local missing = {}
  local out = template:gsub("%${(%w+)}", function(key)
    local value = values[key]
    if value == nil then
      missing[#missing + 1] = key
      return ""
    end
    return tostring(value)
  end)
  return out, missing
end

print(render("greeting", {name = "Ada"}))
local text, missing = render("farewell", {name = "Ada"})
print(text, #missing)
text = render("greeting", {})
print((text))

local escaped = {["&"] = "&amp;", ["<"] = "&lt;", ["&"] = "&#38;"}
print(("a & b"):gsub("[&<]", escaped))

for _, name in ipairs({"greeting", "farewell"}) do
  local template = templates[name]
  print(name, #template);
end
local function noop(...) end
noop(render)
tempaltes = nil
