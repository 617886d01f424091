-- A loop that never ends and calls nothing.

local n = 0
while true do
  n = n + 1
end
