-- Ten turns: for conditions, hit conditions and log messages.
local sum = 0
for n = 1, 10 do
  sum = sum + n
end
print("sum", sum)
