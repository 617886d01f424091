-- Routes requests to handlers by method and pattern, with middleware.
local Router = {}
Router.__index = Router

local function compile(pattern)
  local names = {}
  local expression = pattern:gsub(":(%w+)", function(name)
    names[#names + 1] = name
    return "([^/]+)"
  end)
  return {expression = "^" .. expression .. "$", names = names}
end

function Router.new()
  return setmetatable({routes = {}, before = {}, hits = {}}, Router)
end

function Router:on(method, pattern, handler)
  local compiled = compile(pattern)
  self.routes[#self.routes + 1] = {
    method = method:upper(),
    pattern = pattern,
    expression = compiled.expression,
    names = compiled.names,
    handler = handler,
  }
  return self
end

function Router:use(fn)
  table.insert(self.before, fn)
  return self
end

function Router:match(method, path)
  for _, route in ipairs(self.routes) do
    if route.method == method then
      local found = {path:match(route.expression)}
      if #found > 0 then
        local params = {}
        for i, name in ipairs(route.names) do
          params[name] = found[i]
        end
        return route, params
      end
    end
  end
end

function Router:dispatch(request)
  for _, fn in ipairs(self.before) do
    local answer = fn(request)
    if answer then
      return answer
    end
  end
  local route, params = self:match(request.method, request.path)
  if not route then
    return {status = 404, body = "no route to " .. request.path}
  end
  self.hits[route.pattern] = (self.hits[route.pattern] or 0) + 1
  local ok, result = pcall(route.handler, request, params)
  if not ok then
    return {status = 500, body = tostring(result)}
  end
  return result
end

local router = Router.new()
local users = {["1"] = {name = "Ann", admin = true}, ["2"] = {name = "Ben", admin = false}}

router:use(function(request)
  if not request.token then
    return {status = 401, body = "who are you?"}
  end
end)

router:on("get", "/users/:id", function(request, params)
  local user = users[params.id]
  if not user then
    return {status = 404, body = "no user " .. request.path}
  end
  return {status = 200, body = JSON.stringify({name = user.name, admin = user.admin})}
end):on("post", "/users", function(request)
  local count = 0
  for _ in pairs(users) do
    count = count + 1
  end
  local id = tostring(count + 1)
  users[id] = {name = request.body or "nobody", admin = false}
  return {status = 201, body = id}
end)

local function send(method, path, body)
  local answer = router:dispatch({method = method, path = path, body = body, token = "secret"})
  print(("%s %s -> %d %s"):format(method, path, answer.status, answer.body))
  return answer.status
end

local first = send("GET", "/users/1")
local second = send("POST", "/users", "Cem")
local missing = send("GET", "/nowhere")
for pattern, n in pairs(router.hits) do
  print(pattern, n)
end
return first == 200 and second == 201 and missing == 404
