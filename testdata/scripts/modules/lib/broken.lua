-- A module that fails while it is loaded.
local settings = { limit = 10 }

if settings.limit > 5 then
  error("limit too high: " .. settings.limit)
end

return settings
