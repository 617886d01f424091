-- Never ends, never calls anything: only a safe point in the VM can stop it.
local n = 0
while true do
  n = n + 1
end
