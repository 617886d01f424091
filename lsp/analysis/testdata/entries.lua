-- What is stored under a key of a declared table has the type that it declares.
---@alias Handler fun(req: Request, code: integer): boolean?
---@class Request
---@field path string

---@type table<string, Handler>
local routes = {}
routes["/"] = function(req, code)
  print(req.path, code)
  --@ type(req) = "Request"
  --@ type(code) = "integer"
end
function routes.plain(req) return req end
local path = tostring(routes)
routes[path] = function(req) print(req) end
--@ type(req) = "Request"

---@type Handler[]
local chain = {}
chain[1] = function(req) print(req) end
--@ type(req) = "Request"
chain[#chain + 1] = function(req) print(req) end
--@ type(req) = "Request"
chain.name = function(req) print(req) end
--@ type(req) = "unknown"

---@class Router
---@field [string] Handler
---@field size integer
local Router = {}
Router["/x"] = function(req) print(req) end
--@ type(req) = "Request"
