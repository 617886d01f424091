-- __len is ignored for tables.
local t = setmetatable({ 1, 2, 3 }, { __len = function() return 99 end })
print(#t, #setmetatable({}, getmetatable(t)))
