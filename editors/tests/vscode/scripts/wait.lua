-- Goes on until somebody sets done.
local turns = 0
while not done do
  turns = turns + 1
end
print("done after some turns: " .. tostring(turns > 0))
