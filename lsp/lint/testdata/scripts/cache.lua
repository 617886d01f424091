-- A cache with a limit and a clock.
local Cache = {}
local Cache_mt = {__index = Cache}

local function clock()
  return os.time()
end

function Cache.new(options)
  options = options or {}
  local limit, ttl, name = options.limit or 10, options.ttl or 60
  return setmetatable({entries = {}, count = 0, limit = limit, ttl = ttl}, Cache_mt)
end

function Cache:get(key)
  local entry = self.entries[key]
  if entry and entry.expires > clock() then
    return entry.value
  end
  self.entries[key] = nil
end

function Cache:set(key, value)
  local now = clock()
  if self.count >= self.limit then
    self:evict()
  end
  self.entries[key] = {value = value, expires = clock() + self.ttl}
  self.count = self.count + 1
end

function Cache:evict()
  local oldest, oldest_key
  for key, entry in pairs(self.entries) do
    if not oldest or entry.expires < oldest then
      oldest = entry.expires
      oldest_key = key
    end
  end
  if oldest_key then
    self.entries[oldest_key] = nil
    self.count = self.count - 1
  end
end

local c = Cache.new({limit = 2})
c:set("a", 1)
c:set("b", 2)
c:set("c", 3)
print(c.count, c:get("c"))
repeat
  local again = c.count > 5
until not again
