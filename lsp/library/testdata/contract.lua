-- Wraps the functions that SPEC declares, so that each call is compared with its
-- declaration. What disagrees goes to violations, what was called to called, fields of
-- classes that were given in arguments to given.
local SPEC, skip = ...
local violations, called, given = {}, {}, {}
local type, pairs, ipairs, select, rawget, rawset, rawequal, tostring = type, pairs, ipairs, select, rawget, rawset, rawequal, tostring
local unpack, floor, format, tonumber = unpack, math.floor, string.format, tonumber
local concat, find, match, sub, setmetatable, next = table.concat, string.find, string.match, string.sub, setmetatable, next

local basic = {
  any = function() return true end, unknown = function() return true end, never = function() return false end,
  ["nil"] = function(v) return v == nil end,
  integer = function(v) return type(v) == "number" and (v == floor(v) or v ~= v) end,
}
for _, name in ipairs({"boolean", "number", "string", "table", "function", "thread", "userdata"}) do
  basic[name] = function(v) return type(v) == name end
end

local check

-- declared finds a field of a class or of those that it inherits.
local function declared(class, key, seen)
  for _, f in ipairs(class.fields) do
    if f.name == key then return f end
  end
  for _, p in ipairs(class.parents) do
    local parent = SPEC.classes[p[2]]
    local f = parent and declared(parent, key)
    if f then return f end
  end
end

local function indexed(class, fields)
  for _, f in ipairs(fields or class.fields) do
    if f.key and f.key[1] ~= "literal" then return f end
  end
  for _, p in ipairs(class and class.parents or {}) do
    local f = SPEC.classes[p[2]] and indexed(SPEC.classes[p[2]])
    if f then return f end
  end
end

local own = {} -- by the class's name
for fn in pairs(SPEC.functions) do
  local owner, sep, method = match(fn, "^(.*)([.:])(%w[%w_]*)$")
  if owner then
    own[owner] = own[owner] or {}
    own[owner][method] = fn
  end
end

local function methods(name, class, out)
  for method, fn in pairs(own[name] or {}) do out[method] = fn end
  for _, p in ipairs(class.parents) do
    if SPEC.classes[p[2]] then methods(p[2], SPEC.classes[p[2]], out) end
  end
  return out
end

local methodsOf = {}
for name, class in pairs(SPEC.classes) do methodsOf[name] = methods(name, class, {}) end

-- members compares the members of a table with fields. strict: what is not declared is
-- a fault, else only if the class is exact.
local function members(v, class, own, strict, g, depth)
  local function all(c, f)
    for _, p in ipairs(c.parents or {}) do
      if SPEC.classes[p[2]] then all(SPEC.classes[p[2]], f) end
    end
    for _, field in ipairs(c.fields) do f(field) end
  end
  local fault
  all(class, function(f)
    if fault or not f.name and not (f.key and f.key[1] == "literal") then return end
    local name = f.name or f.key[2]
    local x = v[name]
    if x == nil then
      if not f.optional and not check(nil, f.type, strict, g, depth) then fault = tostring(name) .. " is missing" end
    else
      local ok, why = check(x, f.type, strict, g, depth)
      if not ok then fault = tostring(name) .. ": " .. why end
      if ok and not strict then given[f] = true end
    end
  end)
  if fault then return false, fault end
  local index = indexed(class)
  local mine = own and methodsOf[own] or {}
  for k, x in pairs(v) do
    local f = declared(class, k)
    if not f then
      for _, field in ipairs(class.fields) do
        if field.key and field.key[1] == "literal" and field.key[2] == k then f = field end
      end
    end
    if f or mine[k] then
      if mine[k] and not f and type(x) ~= "function" then return false, tostring(k) .. " is no function" end
    elseif index then
      local ok, why = check(k, index.key, strict, g, depth)
      if ok then ok, why = check(x, index.type, strict, g, depth) end
      if not ok then return false, "[" .. tostring(k) .. "]: " .. why end
    elseif strict or class.exact then
      return false, tostring(k) .. " is not declared"
    end
  end
  if strict then
    for name in pairs(mine) do
      if type(v[name]) ~= "function" then return false, "the method " .. name .. " is missing" end
    end
  end
  return true
end

local function describe(v)
  if type(v) == "string" then return format("%q", sub(v, 1, 40)) end
  return type(v) == "table" and "a table" or tostring(v)
end

function check(v, t, strict, g, depth)
  depth = (depth or 0) + 1
  if t == nil or depth > 12 then return true end
  local kind = t[1]
  if kind == "union" then
    local why
    for _, of in ipairs(t[2]) do
      local ok, w = check(v, of, strict, g, depth)
      if ok then return true end
      if type(v) == "table" or not why then why = w end
    end
    return false, why
  elseif kind == "literal" then
    return v == t[2], describe(v) .. " is not " .. tostring(t[2])
  elseif kind == "function" then
    return type(v) == "function", describe(v) .. " is no function"
  elseif kind == "map" then
    if type(v) ~= "table" then return false, describe(v) .. " is no table" end
    for k, x in pairs(v) do
      local ok, why = check(k, t[2], strict, g, depth)
      if ok then ok, why = check(x, t[3], strict, g, depth) end
      if not ok then return false, "[" .. tostring(k) .. "]: " .. tostring(why) end
    end
    return true
  elseif kind == "table" then
    if type(v) ~= "table" then return false, describe(v) .. " is no table" end
    return members(v, {fields = t[2], parents = {}}, nil, strict, g, depth)
  end
  local name, args = t[2], t[3]
  if g[name] then return true end
  if not strict and (name == "number" or name == "integer") and type(v) == "string" then v = tonumber(v) or v end
  if not strict and name == "string" and type(v) == "number" then return true end
  if basic[name] then return basic[name](v), describe(v) .. " is no " .. name end
  if name == "table" then return type(v) == "table", describe(v) .. " is no table" end
  if SPEC.aliases[name] then return check(v, SPEC.aliases[name], strict, g, depth) end
  local class = SPEC.classes[name]
  if not class then return false, "there is no type " .. name end
  if type(v) == "userdata" then
    for method in pairs(methodsOf[name]) do
      if type(v[method]) ~= "function" then return false, "the method " .. method .. " is missing" end
    end
    return true
  end
  if type(v) ~= "table" then return false, describe(v) .. " is no " .. name end
  if strict and rawget(_G, name) == v then return true end
  if not strict and rawget(_G, name) == v then return true end
  local inner = g
  if next(class.generics) then
    inner = setmetatable({}, {__index = g})
    for p in pairs(class.generics) do rawset(inner, p, true) end
  end
  return members(v, class, name, strict, inner, depth)
end
basic.table = function(v) return type(v) == "table" end

local function fits(way, args, n, g)
  for i, p in ipairs(way[2]) do
    local v = args[i]
    if not (v == nil and p.optional) then
      local ok, why = check(v, p.type, false, g)
      if not ok then return false, format("argument %d, %s: %s", i, p.name, why) end
    end
  end
  for i = #way[2] + 1, n do
    if not way[3] then return false, format("%d arguments are too many", n) end
    local ok, why = check(args[i], way[3], false, g)
    if not ok then return false, format("argument %d: %s", i, why) end
  end
  return true
end

local function gives(way, results, n, g)
  for i, t in ipairs(way[4]) do
    local ok, why = check(results[i], t, true, g)
    if not ok then return false, format("result %d: %s", i, why) end
  end
  for i = #way[4] + 1, n do
    if not way[5] then return false, format("%d results are too many", n) end
    local ok, why = check(results[i], way[5], true, g)
    if not ok then return false, format("result %d: %s", i, why) end
  end
  return true
end

local function any(ways, f, values, n, g)
  local first
  for _, way in ipairs(ways) do
    local ok, why = f(way, values, n, g)
    if ok then return true end
    first = first or why
  end
  return false, first
end

local wrapped = setmetatable({}, {__mode = "k"})
local wrapObject

-- wrap returns a function that does the same and compares. object is what a colon puts
-- in front of the arguments, colon whether the declaration has it there.
local function wrap(name, f, object, colon)
  if wrapped[f] then return f end
  local fn = SPEC.functions[name]
  local g = setmetatable({}, {__index = fn.generics})
  local owner = match(name, "^(.*):")
  if owner then
    for p in pairs(SPEC.classes[owner].generics) do g[p] = true end
  end
  for p in pairs(fn.generics) do g[p] = true end
  local function compare(before, ...)
    local results, n = {...}, select("#", ...)
    called[name] = true
    if before then violations[#violations + 1] = name .. ": " .. before end
    local ok, why = any(fn.ways, gives, results, n, g)
    if not ok then violations[#violations + 1] = name .. ": " .. why end
    for _, way in ipairs(fn.ways) do
      for i, t in ipairs(way[4]) do
        wrapObject(results[i], t)
      end
    end
    return ...
  end
  local w = function(...)
    local args, n = {...}, select("#", ...)
    if object and rawequal(args[1], object) and n > 0 then
      local class = SPEC.classes[owner or match(name, "^(.*)%.")]
      if class and class.colon then
        n = n - 1
        for i = 1, n + 1 do args[i] = args[i + 1] end
      end
    end
    local ok, why = any(fn.ways, fits, args, n, g)
    return compare(not ok and why or nil, f(...))
  end
  wrapped[w] = true
  return w
end

-- wrapObject wraps the methods of an object that a function has returned.
function wrapObject(v, t)
  if type(v) ~= "table" or type(t) ~= "table" then return end
  if t[1] == "union" then
    for _, of in ipairs(t[2]) do wrapObject(v, of) end
    return
  end
  local mine = t[1] == "name" and methodsOf[t[2]]
  if not mine or t[2] == "State" then return end
  for method, name in pairs(mine) do
    local f = rawget(v, method)
    if f and find(name, ":") then rawset(v, method, wrap(name, f, v)) end
  end
end

for name in pairs(SPEC.functions) do
  local owner, method = match(name, "^(.*)%.([%w_]+)$")
  if not find(name, ":") and not find(name, "^llmspell%.") and not skip[name] then
    if owner then
      local object = _G[owner]
      object[method] = wrap(name, object[method], object)
    elseif not owner then
      _G[name] = wrap(name, _G[name])
    end
  end
end
for class, t in pairs({ReplaySchedules = Replay.schedules, MemoryEpisodic = Memory.episodic, MemorySemantic = Memory.semantic, MemoryProcedural = Memory.procedural}) do
  for method, name in pairs(methodsOf["llmspell." .. class]) do t[method] = wrap(name, t[method], t) end
end

-- METHOD calls a method of a userdata, and compares.
function METHOD(class, object, method, ...)
  local name = class .. ":" .. method
  local f = object[method]
  local fn = wrap(name, function(...) return f(object, ...) end)
  return fn(...)
end

-- CHECK compares a value with a type by its name.
function CHECK(value, name)
  local ok, why = check(value, {"name", name, {}}, true, {})
  if not ok then violations[#violations + 1] = name .. ": " .. why end
end

-- REPORT returns the faults, and the names of the functions that were called and of the
-- fields that were given, a line each.
function REPORT()
  local names = {}
  for name in pairs(called) do names[#names + 1] = name end
  for name, class in pairs(SPEC.classes) do
    for _, f in ipairs(class.fields) do
      if given[f] then names[#names + 1] = name .. " " .. tostring(f.name or f.key[2]) end
    end
  end
  return concat(violations, "\n"), concat(names, "\n")
end
