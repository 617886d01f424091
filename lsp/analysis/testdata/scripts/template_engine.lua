-- Fills in templates: {{name}}, {{#list}}…{{/list}}, {{value|filter}}.
local filters = {
  upper = function(s) return s:upper() end,
  trim = function(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end,
  first = function(s) return s:sub(1, 1) end,
}

local function lookup(context, path)
  local value = context
  for part in path:gmatch("[^%.]+") do
    if type(value) ~= "table" then
      return nil
    end
    value = value[part]
  end
  return value
end

local Node = {}
Node.__index = Node

function Node.text(text)
  return setmetatable({kind = "text", text = text}, Node)
end

function Node.value(path, filter)
  return setmetatable({kind = "value", path = path, filter = filter}, Node)
end

function Node.list(path)
  return setmetatable({kind = "list", path = path, children = {}}, Node)
end

function Node:add(child)
  self.children[#self.children + 1] = child
end

local function parse(source)
  local root = Node.list("")
  local stack = {root}
  local at = 1
  while true do
    local from, to, mark, body = source:find("{{([#/]?)([^}]+)}}", at)
    if not from then
      break
    end
    local top = stack[#stack]
    if from > at then
      top:add(Node.text(source:sub(at, from - 1)))
    end
    if mark == "#" then
      local list = Node.list(body)
      top:add(list)
      stack[#stack + 1] = list
    elseif mark == "/" then
      if #stack == 1 or top.path ~= body then
        error(("%s is closed, but not open"):format(body))
      end
      stack[#stack] = nil
    else
      local path, filter = body:match("^([^|]+)|?(.*)$")
      top:add(Node.value(path, filter))
    end
    at = to + 1
  end
  if at <= #source then
    root:add(Node.text(source:sub(at)))
  end
  return root
end

local render

local function render_node(node, context, out)
  if node.kind == "text" then
    out[#out + 1] = node.text
  elseif node.kind == "value" then
    local text = tostring(lookup(context, node.path) or "")
    local filter = filters[node.filter]
    out[#out + 1] = filter and filter(text) or text
  else
    for _, item in ipairs(lookup(context, node.path) or {}) do
      render(node, item, out)
    end
  end
end

function render(node, context, out)
  for _, child in ipairs(node.children) do
    render_node(child, context, out)
  end
end

local tree = parse("Dear {{name|upper}},\n{{#items}}- {{title}}: {{price}}\n{{/items}}bye")
local out = {}
render(tree, {name = "Ann", items = {{title = "pen", price = 2}, {title = "ink", price = 5}}}, out)
local text = table.concat(out)
print(text, #out, #tree.children)
local ok, problem = pcall(parse, "{{/x}}")
print(ok, ok and "fine" or problem)
