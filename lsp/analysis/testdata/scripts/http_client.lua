-- A client of a JSON service, with retries and a cache in the state.
local Client = {}
Client.__index = Client

local DEFAULTS = {retries = 3, timeout = 5000, base = "https://api.example.org"}

function Client.new(options)
  options = options or {}
  local client = {
    base = options.base or DEFAULTS.base,
    retries = options.retries or DEFAULTS.retries,
    headers = {["Accept"] = "application/json"},
    log = {},
  }
  return setmetatable(client, Client)
end

function Client:url(path, query)
  local parts = {}
  for name, value in pairs(query or {}) do
    parts[#parts + 1] = name .. "=" .. tostring(value):gsub(" ", "+")
  end
  table.sort(parts)
  local url = self.base .. path
  if #parts > 0 then
    url = url .. "?" .. table.concat(parts, "&")
  end
  return url
end

function Client:note(format, ...)
  local line = os.date("%H:%M:%S") .. " " .. string.format(format, ...)
  table.insert(self.log, line)
  return line
end

function Client:get(path, query)
  local url = self:url(path, query)
  local cached = State.get("cache:" .. url)
  if cached then
    return cached
  end
  local last
  for attempt = 1, self.retries do
    local ok, answer = pcall(Tool.execute, "http-request", {
      method = "GET",
      url = url,
      headers = self.headers,
    }, {timeout_ms = DEFAULTS.timeout})
    if ok and answer.success then
      local body = JSON.parse(answer.text or "{}")
      State.set("cache:" .. url, body, {ttl = 60})
      return body
    end
    last = ok and answer.message or answer
    self:note("attempt %d of %s failed: %s", attempt, url, tostring(last))
    Utils.sleep(100 * attempt)
  end
  return nil, last
end

local client = Client.new({retries = 2})
local users, problem = client:get("/users", {page = 1, size = 20})
if not users then
  print("failed: " .. tostring(problem))
  for i, line in ipairs(client.log) do
    print(i, line)
  end
  return
end
for _, user in ipairs(users) do
  print(user.name)
end
